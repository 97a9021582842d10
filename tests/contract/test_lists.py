"""Which releases a list shows, in which order, on how many pages."""

import re

import pytest

from contract.servers import Server


def _versions(server: Server, query: str) -> list[str]:
    return [release["version"] for release in server.query("GET", f"/releases/?{query}").body]


def test_newest_creation_comes_first_whatever_the_date_of_release(
    contract_server: Server, contract_name: str
) -> None:
    names = [f"{contract_name}-{n}" for n in range(3)]
    for name, day in zip(names, ("2026-03-03", "2026-01-01", "2026-02-02"), strict=True):
        contract_server.open(name, dateReleased=f"{day}T00:00:00Z")

    assert _versions(contract_server, f"query={contract_name}") == names[::-1]


def test_list_shows_whole_releases(contract_server: Server, contract_name: str) -> None:
    opened = contract_server.open(contract_name, ref="abc").body

    listed = contract_server.query("GET", f"/releases/?query={contract_name}").body

    assert listed == [opened]


@pytest.mark.parametrize(
    ("query", "observed"),
    [("{}", 2), ("{:.15}", 2), ("{}-a", 1), ("release:{}-a", 1), ("release:{}", 0), ("{}zz", 0)],
)
def test_query_finds_parts_of_names_and_release_finds_whole_ones(
    contract_server: Server, contract_name: str, query: str, observed: int
) -> None:
    for tail in "ab":
        contract_server.open(f"{contract_name}-{tail}")

    assert len(_versions(contract_server, f"query={query.format(contract_name)}")) == observed


def test_query_ignores_case(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name)

    assert _versions(contract_server, f"query={contract_name.upper()}") == [contract_name]


def test_environment_shows_only_what_was_deployed_there(
    contract_server: Server, contract_name: str
) -> None:
    deployed, other, newest = (f"{contract_name}-{n}" for n in range(3))
    for name in (deployed, other, newest):
        contract_server.open(name)
    for name, place in ((newest, "qa"), (deployed, contract_name), (newest, contract_name)):
        path = contract_server.at(name, "deploys/")
        contract_server.query("POST", path, {"environment": place})

    assert _versions(contract_server, f"environment={contract_name}") == [newest, deployed]
    both = f"environment={contract_name}&environment=qa&query={contract_name}"
    assert sorted(_versions(contract_server, both)) == [deployed, newest]


@pytest.mark.parametrize("known", ["", "&environment=qa"])
def test_environment_that_was_never_deployed_to_is_404(
    contract_server: Server, contract_name: str, known: str
) -> None:
    contract_server.open(contract_name)
    contract_server.query(
        "POST", contract_server.at(contract_name, "deploys/"), {"environment": "qa"}
    )

    actual = contract_server.query("GET", f"/releases/?environment={contract_name}{known}")

    assert actual.output == (404, {"detail": "The requested resource does not exist"})


def test_environment_counts_for_the_projects_that_the_deploy_named(
    contract_server: Server, contract_name: str
) -> None:
    projects = contract_server.open(contract_name, "web", "api").body["projects"]
    deploy = {"environment": contract_name, "projects": ["web"]}
    contract_server.query("POST", contract_server.at(contract_name, "deploys/"), deploy)

    observed = {
        project["slug"]: _versions(
            contract_server, f"environment={contract_name}&project={project['id']}"
        )
        for project in projects
    }

    assert observed == {"web": [contract_name], "api": []}


def test_project_filter_takes_ids_only(contract_server: Server, contract_name: str) -> None:
    project = contract_server.open(contract_name).body["projects"][0]["id"]

    assert _versions(contract_server, f"project={project}&query={contract_name}") == [contract_name]
    refused = contract_server.query("GET", "/releases/?project=web")
    reason = "Invalid project parameter. Values must be numbers."
    assert refused.output == (400, {"detail": reason})
    unknown_host = contract_server.query("GET", "/releases/?project=999999")
    assert unknown_host.status == 403


def test_archived_releases_are_only_listed_on_request(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name, status="archived")

    assert _versions(contract_server, f"query={contract_name}") == []
    assert _versions(contract_server, f"query={contract_name}&status=archived") == [contract_name]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("per_page=101", "Invalid per_page value. Cannot exceed 100."),
        ("per_page=x", "Invalid per_page parameter."),
        ("cursor=zzz", "Invalid cursor parameter."),
        ("status=bogus", "invalid value for status"),
    ],
)
def test_bad_list_parameter_is_refused(contract_server: Server, query: str, reason: str) -> None:
    assert contract_server.query("GET", f"/releases/?{query}").output == (400, {"detail": reason})


def _next(link: str) -> tuple[str, bool]:
    found = re.search(r'<([^>]+)>; rel="next"; results="(\w+)"', link)
    assert found, link
    return found[1], found[2] == "true"


@pytest.mark.parametrize("part", ["releases", "deploys", "commits"])
def test_link_header_leads_through_all_pages(
    contract_server: Server, contract_name: str, part: str
) -> None:
    expected = [f"{contract_name}-{n}" for n in range(3)]
    contract_server.open(contract_name, commits=[{"id": name} for name in expected])
    for day, name in enumerate(expected, start=1):
        contract_server.open(name) if part == "releases" else None
        # Sentry sorts by this time; pages of deploys with the same one would overlap.
        deploy = {"environment": name, "dateFinished": f"2026-01-0{day}T00:00:00Z"}
        contract_server.query("POST", contract_server.at(contract_name, "deploys/"), deploy)
    path = contract_server.at(contract_name, f"{part}/") + "?per_page=1"
    if part == "releases":
        path = f"/releases/?query={contract_name}-&per_page=1"
    key = {"releases": "version", "deploys": "environment", "commits": "id"}[part]
    observed, more = [], True

    while more:
        actual = contract_server.query("GET", path)
        observed += [row[key] for row in actual.body]
        url, more = _next(actual.headers["Link"])
        assert url.startswith(contract_server.url)
        path = url.removeprefix(contract_server.url)

    assert sorted(observed) == expected


def test_link_header_is_spelled_as_documented(contract_server: Server, contract_name: str) -> None:
    for n in range(2):
        contract_server.open(f"{contract_name}-{n}")
    root = f"{contract_server.url}/api/0/organizations/{contract_server.organization}"
    url = f"{root}/releases/?query={contract_name}&per_page=1"

    first = contract_server.query("GET", f"/releases/?query={contract_name}&per_page=1")
    second = contract_server.query(
        "GET", f"/releases/?query={contract_name}&per_page=1&cursor=1:1:0"
    )

    assert first.headers["Link"] == (
        f'<{url}&cursor=1:-1:1>; rel="previous"; results="false"; cursor="1:-1:1", '
        f'<{url}&cursor=1:1:0>; rel="next"; results="true"; cursor="1:1:0"'
    )
    assert second.headers["Link"] == (
        f'<{url}&cursor=1:0:1>; rel="previous"; results="true"; cursor="1:0:1", '
        f'<{url}&cursor=1:2:0>; rel="next"; results="false"; cursor="1:2:0"'
    )
