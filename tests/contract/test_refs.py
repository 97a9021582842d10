"""Commits that Sentry fetches from GitHub."""

import pytest

from contract.servers import Server

History = tuple[str, ...]


def _ref(commit: str, **more: object) -> dict[str, object]:
    return {"repository": "acme/app", "commit": commit, **more}


def test_commits_land_after_the_answer(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    ref = _ref(contract_history[3], previousCommit=contract_history[0])
    expected = list(reversed(contract_history[1:4]))

    actual = contract_server.open(contract_name, refs=[ref])

    assert (actual.status, actual.body["commitCount"]) == (201, 0)
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )
    arrived = contract_server.release(contract_name)
    assert (arrived["commitCount"], arrived["lastCommit"]["id"]) == (3, expected[0])
    assert arrived["lastCommit"]["message"] == "refactor: b -> c\n\nLonger body.\n\nFixes WEB-1"
    assert arrived["lastCommit"]["dateCreated"] == "2026-01-04T12:00:00Z"
    assert {author["email"] for author in arrived["authors"]} == {
        "dev@example.com",
        "x@elsewhere.test",
    }


@pytest.mark.parametrize("previous", [{}, {"previousCommit": None}, {"previousCommit": ""}])
def test_without_a_previous_commit_the_range_begins_at_the_newest_other_release(
    contract_server: Server,
    contract_name: str,
    contract_history: History,
    previous: dict[str, object],
) -> None:
    first = f"{contract_name}-1"
    contract_server.open(first, "api", refs=[_ref(contract_history[1])])

    contract_server.open(contract_name, "api", refs=[_ref(contract_history[3], **previous)])

    expected = [contract_history[3], contract_history[2]]
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )


def test_when_the_newest_other_release_has_no_head_the_last_commits_are_taken(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    contract_server.open(f"{contract_name}-1", "api")

    contract_server.open(contract_name, "api", refs=[_ref(contract_history[2])])

    expected = list(reversed(contract_history[:3]))
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )


def test_range_in_the_commit_wins_over_the_previous_commit(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    span = f"{contract_history[1]}..{contract_history[2]}"

    contract_server.open(contract_name, refs=[_ref(span, previousCommit=contract_history[0])])

    expected = [contract_history[2]]
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )


def test_branch_is_as_good_as_a_commit(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    contract_server.open(contract_name, refs=[_ref("main", previousCommit=contract_history[4])])

    expected = [contract_history[5]]
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )


def test_put_replaces_the_commits_by_fetched_ones(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    contract_server.open(contract_name, commits=[{"id": contract_name}])
    refs = [_ref(contract_history[2], previousCommit=contract_history[0])]

    actual = contract_server.query("PUT", contract_server.at(contract_name), {"refs": refs})

    assert (actual.status, actual.body["commitCount"]) == (200, 1)
    expected = [contract_history[2], contract_history[1]]
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )


def test_commits_sent_along_are_kept_and_nothing_is_fetched(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    fetched, other = contract_name, f"{contract_name}-2"
    ref = _ref(contract_history[5], previousCommit=contract_history[4])
    contract_server.open(fetched, refs=[ref], commits=[{"id": contract_name}])

    # The other release's commits show that the time for fetching has passed.
    contract_server.open(other, refs=[ref])
    contract_server.eventually(lambda: contract_server.commit_ids(other), [contract_history[5]])

    assert contract_server.commit_ids(fetched) == [contract_name]


@pytest.mark.parametrize("commit", ["f" * 40, "abc\n", "a b", "b" * 64])
def test_commit_unknown_to_github_is_accepted_and_never_lands(
    contract_server: Server, contract_name: str, contract_history: History, commit: str
) -> None:
    other = f"{contract_name}-2"
    previous = {"previousCommit": contract_history[4]}

    actual = contract_server.open(contract_name, refs=[_ref(commit, **previous)])

    assert (actual.status, actual.body["commitCount"]) == (201, 0)
    contract_server.open(other, refs=[_ref(contract_history[5], **previous)])
    contract_server.eventually(lambda: contract_server.commit_ids(other), [contract_history[5]])
    assert contract_server.release(contract_name)["commitCount"] == 0


def test_empty_range_lands_nothing(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    other = f"{contract_name}-2"
    head = contract_history[5]
    contract_server.open(contract_name, refs=[_ref(head, previousCommit=head)])

    contract_server.open(other, refs=[_ref(head, previousCommit=contract_history[4])])
    contract_server.eventually(lambda: contract_server.commit_ids(other), [head])

    assert contract_server.commit_ids(contract_name) == []


@pytest.mark.parametrize("repository", ["acme/nope", "ACME/app"])
def test_unknown_repository_is_refused_but_the_release_is_open(
    contract_server: Server, contract_name: str, contract_history: History, repository: str
) -> None:
    ref = {"repository": repository, "commit": contract_history[1]}

    actual = contract_server.open(contract_name, "web", "api", refs=[ref])

    refusal = {"refs": [f"Invalid repository names: {repository}"]}
    assert actual.output == (400, refusal)
    assert len(contract_server.release(contract_name)["projects"]) == 2
    again = contract_server.query("PUT", contract_server.at(contract_name), {"refs": [ref]})
    assert again.output == (400, refusal)


@pytest.mark.parametrize(
    ("refs", "refusal"),
    [
        ([{}], {"commit": ["This field is required."], "repository": ["This field is required."]}),
        ([{"repository": "acme/app"}], {"commit": ["This field is required."]}),
        ([{"commit": "x"}], {"repository": ["This field is required."]}),
        ([_ref("")], {"commit": ["This field may not be blank."]}),
        ([_ref("..")], {"commit": ["Commit cannot begin or end with .."]}),
        ([_ref("a..")], {"commit": ["Commit cannot begin or end with .."]}),
        ([_ref("..b")], {"commit": ["Commit cannot begin or end with .."]}),
        ([_ref("a" * 65)], {"commit": ["Commit too long - max is 64 chars"]}),
        (
            [_ref(f"{'a' * 65}..b")],
            {"commit": ["Start or end commit too long - max is 64 chars each"]},
        ),
        (
            [{"repository": "r" * 201, "commit": "a"}],
            {"repository": ["Ensure this field has no more than 200 characters."]},
        ),
        (
            [_ref("a", previousCommit="p" * 65)],
            {"previousCommit": ["Ensure this field has no more than 64 characters."]},
        ),
        ({"repository": "acme/app"}, ['Expected a list of items but got type "dict".']),
        ("x", ['Expected a list of items but got type "str".']),
        (["x"], {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}),
        ([None], ["This field may not be null."]),
        (None, ["This field may not be null."]),
    ],
)
def test_bad_ref_is_refused_and_nothing_is_opened(
    contract_server: Server, contract_name: str, refs: object, refusal: object
) -> None:
    assert contract_server.open(contract_name, refs=refs).output == (400, {"refs": refusal})
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404


def test_three_ended_range_breaks_the_server_and_opens_nothing(
    contract_server: Server, contract_name: str
) -> None:
    assert contract_server.open(contract_name, refs=[_ref("a..b..c")]).status == 500
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404


def test_empty_refs_in_a_post_do_nothing(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name, commits=[{"id": contract_name}])

    again = contract_server.open(contract_name, refs=[])

    assert (again.status, again.body["commitCount"]) == (208, 1)


def test_organization_token_may_have_commits_fetched(
    contract_server: Server, contract_name: str, contract_history: History
) -> None:
    ref = _ref(contract_history[5], previousCommit=contract_history[4])
    body = {"version": contract_name, "projects": ["web"], "refs": [ref]}

    actual = contract_server.query(
        "POST",
        "/releases/",
        body,
        authorization=f"Bearer {contract_server.organization_token}",
    )

    assert actual.status == 201
    expected = [contract_history[5]]
    assert (
        contract_server.eventually(lambda: contract_server.commit_ids(contract_name), expected)
        == expected
    )
