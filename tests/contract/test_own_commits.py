"""Commits that are sent along instead of being fetched."""

from typing import Any

import pytest

from contract.servers import Server


def test_commits_are_there_at_once_and_newest_first(
    contract_server: Server, contract_name: str
) -> None:
    old = {
        "id": f"{contract_name}-old",
        "repository": "acme/app",
        "message": "feat: one",
        "author_name": "Dev",
        "author_email": "dev@example.com",
        "timestamp": "2026-01-01T00:00:00Z",
        "patch_set": [{"path": "a.py", "type": "M"}, {"path": "d é.py", "type": "A"}],
    }
    new = {
        "id": f"{contract_name}-new",
        "repository": "acme/app",
        "message": "two",
        "author_name": "X",
        "author_email": "x@contract.test",
        "timestamp": "2026-01-02T00:00:00+02:00",
    }

    actual = contract_server.open(contract_name, commits=[old, new])

    assert (actual.status, actual.body["commitCount"]) == (201, 2)
    first, second = contract_server.query("GET", contract_server.at(contract_name, "commits/")).body
    assert (first["id"], second["id"]) == (new["id"], old["id"])
    assert actual.body["lastCommit"] == first
    assert set(first) == {
        *("id", "message", "dateCreated", "pullRequest", "suspectCommitType", "repository"),
        *("author", "releases"),
    }
    assert set(first["repository"]) == {
        *("id", "name", "url", "provider", "status", "dateCreated", "integrationId"),
        "externalSlug",
    }
    assert (first["message"], first["dateCreated"]) == ("two", "2026-01-01T22:00:00Z")
    assert first["author"] == {"name": "X", "email": "x@contract.test"}
    assert (second["author"]["email"], second["author"]["emails"][0]["is_verified"]) == (
        "dev@example.com",
        True,
    )
    assert {author["email"] for author in actual.body["authors"]} == {
        "dev@example.com",
        "x@contract.test",
    }
    repository = first["repository"]
    assert (repository["name"], repository["provider"]["id"]) == ("acme/app", "integrations:github")
    assert [release["version"] for release in first["releases"]] == [contract_name]


def test_commits_without_dates_keep_their_order(
    contract_server: Server, contract_name: str
) -> None:
    ids = [f"{contract_name}-{n}" for n in range(3)]

    contract_server.open(contract_name, commits=[{"id": sha} for sha in ids])

    assert contract_server.commit_ids(contract_name) == ids


def test_unknown_repository_of_a_commit_is_created_without_a_provider(
    contract_server: Server, contract_name: str
) -> None:
    commits = [{"id": contract_name, "repository": f"acme/{contract_name}"}]

    last = contract_server.open(contract_name, commits=commits).body["lastCommit"]

    assert last["repository"]["name"] == f"acme/{contract_name}"
    assert last["repository"]["provider"] == {"id": "unknown", "name": "Unknown Provider"}
    ref = {"repository": f"acme/{contract_name}", "commit": "abc"}
    assert contract_server.open(contract_name, refs=[ref]).status == 208


def test_commit_without_a_repository_hangs_on_the_organization(
    contract_server: Server, contract_name: str
) -> None:
    last = contract_server.open(contract_name, commits=[{"id": contract_name}]).body["lastCommit"]

    assert last["repository"]["name"] == "organization-1"
    assert (last["message"], last["author"]) == (None, {})


def test_author_without_an_address_gets_one_made_of_the_name(
    contract_server: Server, contract_name: str
) -> None:
    commits = [{"id": contract_name, "author_name": "Ann Ö B.", "author_email": None}]

    last = contract_server.open(contract_name, commits=commits).body["lastCommit"]

    assert last["author"] == {"name": "Ann Ö B.", "email": "annb.@localhost"}


def test_put_replaces_the_commits(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name, commits=[{"id": f"{contract_name}-{n}"} for n in range(2)])

    other = {"commits": [{"id": f"{contract_name}-2", "message": "only"}]}
    actual = contract_server.query("PUT", contract_server.at(contract_name), other)

    assert actual.body["commitCount"] == 1
    assert contract_server.commit_ids(contract_name) == [f"{contract_name}-2"]


def test_commit_sent_twice_counts_twice_and_is_listed_once(
    contract_server: Server, contract_name: str
) -> None:
    twice = [{"id": contract_name}, {"id": contract_name}]

    assert contract_server.open(contract_name, commits=twice).body["commitCount"] == 2
    assert contract_server.commit_ids(contract_name) == [contract_name]


def test_a_commit_with_skipsentry_is_omitted(contract_server: Server, contract_name: str) -> None:
    rows = [
        {"id": f"{contract_name}-1", "message": "one #skipsentry"},
        {"id": f"{contract_name}-2", "message": "two"},
    ]

    assert contract_server.open(contract_name, commits=rows).body["commitCount"] == 1


def test_commit_shared_by_two_releases_names_both(
    contract_server: Server, contract_name: str
) -> None:
    names = {f"{contract_name}-a", f"{contract_name}-b"}
    for name in names:
        contract_server.open(name, commits=[{"id": contract_name}])

    (commit,) = contract_server.query("GET", contract_server.at(min(names), "commits/")).body

    assert {release["version"] for release in commit["releases"]} == names


@pytest.mark.parametrize(
    ("commit", "refusal"),
    [
        ({}, {"id": ["This field is required."]}),
        ({"id": ""}, {"id": ["This field may not be blank."]}),
        ({"id": "z" * 65}, {"id": ["Ensure this field has no more than 64 characters."]}),
        (
            {"id": "z", "author_email": "e" * 76},
            {"author_email": ["Ensure this field has no more than 75 characters."]},
        ),
        (
            {"id": "z", "author_name": "n" * 129},
            {"author_name": ["Ensure this field has no more than 128 characters."]},
        ),
        (
            {"id": "z", "repository": "r" * 65},
            {"repository": ["Ensure this field has no more than 64 characters."]},
        ),
        (
            {"id": "z", "patch_set": [{"path": "p" * 511, "type": "A"}]},
            {"patch_set": {"path": ["Ensure this field has no more than 510 characters."]}},
        ),
        (
            {"id": "z", "patch_set": [{"path": "p", "type": "R"}]},
            {"patch_set": {"type": ["Commit patch_set type R is not supported."]}},
        ),
        (
            {"id": "z", "patch_set": [{}]},
            {"patch_set": {key: ["This field is required."] for key in ("path", "type")}},
        ),
    ],
)
def test_bad_commit_is_refused(
    contract_server: Server, contract_name: str, commit: dict[str, Any], refusal: dict[str, Any]
) -> None:
    # The first bad commit stands for all.
    actual = contract_server.open(contract_name, commits=[{"id": "good"}, commit, {"id": None}])

    assert actual.output == (400, {"commits": refusal})


def test_longest_fields_are_taken(contract_server: Server, contract_name: str) -> None:
    commit = {
        "id": contract_name.ljust(64, "z"),
        "repository": "r" * 64,
        "author_name": "n" * 128,
        "author_email": "e" * 75,
        "message": "m" * 5000,
        "patch_set": [{"path": "p" * 255, "type": kind} for kind in "AMD"],
    }

    assert contract_server.open(contract_name, commits=[commit]).status == 201


@pytest.mark.parametrize(
    "commits",
    [
        [{"id": "z", "message": None}],
        [{"id": "z", "timestamp": None}],
        [{"id": "z", "timestamp": "2026-01-01T00:00:00Z"}, {"id": "y"}],
    ],
)
def test_null_or_half_missing_fields_break_the_server(
    contract_server: Server, contract_name: str, commits: list[dict[str, Any]]
) -> None:
    actual = contract_server.open(contract_name, commits=commits)

    assert (actual.status, actual.body["detail"]) == (500, "Internal Error")
    assert contract_server.release(contract_name)["commitCount"] == 0


def test_empty_refs_clear_the_commits_once(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name, commits=[{"id": contract_name}])
    path = contract_server.at(contract_name)

    actual = contract_server.query("PUT", path, {"refs": []})

    assert (actual.status, actual.body["commitCount"], actual.body["lastCommit"]) == (200, 0, None)
    assert contract_server.query("PUT", path, {"refs": []}).status == 500


def test_empty_refs_break_the_server_when_two_repositories_are_involved(
    contract_server: Server, contract_name: str
) -> None:
    two = [{"id": contract_name, "repository": name} for name in ("acme/app", "acme/other")]
    contract_server.open(contract_name, commits=two)

    cleared = contract_server.query("PUT", contract_server.at(contract_name), {"refs": []})

    assert cleared.status == 500
    assert contract_server.release(contract_name)["commitCount"] == 2


def _by_repository(server: Server, version: str) -> dict[str, str]:
    """The repository of each commit of a release, and who provides it."""
    listed = server.query("GET", server.at(version, "commits/")).body
    return {
        one["id"]: f"{one['repository']['name']} {one['repository']['provider']['id']}"
        for one in listed
    }


def test_commits_of_two_repositories_are_in_one_list_with_their_repository(
    contract_server: Server, contract_name: str, contract_history: tuple[str, ...]
) -> None:
    other = f"acme/{contract_name}"
    head, other_head = contract_history[2], "7" * 40
    rows = [{"id": other_head, "repository": other}, {"id": head, "repository": "acme/app"}]

    contract_server.open(contract_name, commits=rows)

    assert _by_repository(contract_server, contract_name) == {
        other_head: f"{other} unknown",
        head: "acme/app integrations:github",
    }


def test_ranges_of_one_repository_replace_the_commits_of_the_other(
    contract_server: Server, contract_name: str, contract_history: tuple[str, ...]
) -> None:
    rows = [{"id": "7" * 40, "repository": f"acme/{contract_name}"}]
    contract_server.open(contract_name, commits=rows)
    ref = {
        "repository": "acme/app",
        "commit": contract_history[2],
        "previousCommit": contract_history[1],
    }

    answer = contract_server.open(contract_name, refs=[ref])

    # What the release had is still in the answer, and goes when the range has been fetched.
    assert answer.body["lastCommit"]["repository"]["name"] == f"acme/{contract_name}"
    expected = [contract_history[2]]
    observed = contract_server.eventually(
        lambda: contract_server.commit_ids(contract_name), expected
    )
    assert observed == expected


def test_a_list_that_repeats_the_commits_of_the_other_repository_keeps_them(
    contract_server: Server, contract_name: str, contract_history: tuple[str, ...]
) -> None:
    theirs = {
        "id": "7" * 40,
        "repository": f"acme/{contract_name}",
        "message": "feat: theirs",
    }
    contract_server.open(contract_name, commits=[theirs])
    own = {"id": contract_history[2], "repository": "acme/app"}

    contract_server.query("PUT", contract_server.at(contract_name), {"commits": [own, theirs]})

    assert len(_by_repository(contract_server, contract_name)) == 2


def test_an_update_of_url_and_ranges_leaves_the_ref_alone(
    contract_server: Server, contract_name: str, contract_history: tuple[str, ...]
) -> None:
    first, second = (f"https://github.com/acme/app/commit/{one}" for one in contract_history[1:3])
    contract_server.open(contract_name, ref=contract_history[1], url=first)
    ref = {
        "repository": "acme/app",
        "commit": contract_history[2],
        "previousCommit": contract_history[0],
    }

    update = {"url": second, "refs": [ref]}
    actual = contract_server.query("PUT", contract_server.at(contract_name), update)

    assert (actual.body["ref"], actual.body["url"]) == (contract_history[1], second)
    expected = [contract_history[2], contract_history[1]]
    observed = contract_server.eventually(
        lambda: contract_server.commit_ids(contract_name), expected
    )
    assert observed == expected
