"""Claims about the data that an announcement hides in its comment, and which comment it finds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.model.commits import (
    CommentPlan,
    CommitHistory,
    CommitRange,
    CommitTimes,
    DeployedRelease,
    IssueComment,
    RangeRelation,
)
from sentry_release.model.job import EventKind
from sentry_release.release.announcement_policy import (
    build_account,
    build_marker,
    find_reason_in_history,
    find_reason_not_to_announce,
    parse_rows,
    plan_comment,
)
from sentry_release.release.commit_details import compute_lead_time

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = "sentry.io/acme"
RANGE = CommitRange(repository="acme/app", source="acme/app", head="b" * 40, previous="a" * 40)
NAMES = st.text(min_size=1, max_size=100)


def row(release: str = "shop@1.0.0+1", environment: str = "production") -> DeployedRelease:
    return DeployedRelease(release=release, environment=environment, deployed_at=NOON)


def comment(body: str, number: int = 1, *, is_trusted: bool = True) -> IssueComment:
    return IssueComment(id=number, number=7, body=body, is_trusted=is_trusted, updated_at=NOON)


def own(*rows: DeployedRelease, number: int = 1, is_trusted: bool = True) -> IssueComment:
    return comment(f"{build_marker(ACCOUNT, rows)}\ntext", number, is_trusted=is_trusted)


@tried
@given(names=st.lists(st.tuples(NAMES, NAMES), max_size=5), account=NAMES)
def test_rows_are_read_as_they_were_written_and_never_end_their_marker(
    names: list[tuple[str, str]], account: str
) -> None:
    rows = tuple(row(release, environment) for release, environment in names)

    marker = build_marker(account, rows)

    assert parse_rows(f"{marker}\ntext", account) == rows
    inside = marker.removeprefix("<!-- sentry-release ").removesuffix(" -->")
    assert not {"<", ">", "@", "#", "&"} & set(inside)
    assert "--" not in inside
    assert "\n" not in marker


@tried
@given(body=st.text(), data=st.text())
def test_any_other_comment_has_no_rows(body: str, data: str) -> None:
    assert parse_rows(body, ACCOUNT) is None
    assert parse_rows(f"<!-- sentry-release {{{data}}} -->\n{body}", ACCOUNT) is None


@pytest.mark.parametrize(
    "rows",
    ['"x"', "[[]]", '[["a", "b"]]', '[["", "b", "2026-03-01T12:00"]]', '[["a", "", "2026-03-01T12:00"]]', '[["a", 1, "2026"]]',
     '[["a", "b", "noon"]]', "{}x", "null", "[" * 9000],
)  # fmt: skip
def test_damaged_data_makes_no_comment_of_the_action(rows: str) -> None:
    text = f'<!-- sentry-release {{"account": "{ACCOUNT}", "rows": {rows}}} -->'

    assert parse_rows(text, ACCOUNT) in {None, ()}


@pytest.mark.parametrize(
    ("written", "hour"),
    [("2026-03-01T12:00:00", 12), ("2026-03-01T12:00:00+02:00", 10), ("2026-03-01T12:00:00Z", 12)],
)
def test_the_time_of_a_row_is_in_utc_unless_it_has_another_zone(written: str, hour: int) -> None:
    text = f'<!-- sentry-release {{"account": "{ACCOUNT}", "rows": [["a", "b", "{written}"]]}} -->'

    (found,) = parse_rows(text, ACCOUNT) or ()

    assert found.deployed_at == datetime(2026, 3, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize(("length", "is_read"), [(250, True), (251, False)])
def test_names_of_250_characters_are_read(length: int, *, is_read: bool) -> None:
    name = "n" * length

    assert (parse_rows(own(row(name)).body, ACCOUNT) is not None) is is_read
    assert (parse_rows(own(row("shop@1", name)).body, ACCOUNT) is not None) is is_read


def test_the_first_deploy_is_a_new_comment_and_the_next_environment_a_row_of_it() -> None:
    staging, production = row(environment="staging"), row()
    first = own(staging)

    assert plan_comment((), ACCOUNT, staging) == CommentPlan(rows=(staging,))
    assert plan_comment((first,), ACCOUNT, production) == CommentPlan(
        rows=(staging, production), comment=first
    )
    assert plan_comment((first,), ACCOUNT, staging) is None


def test_a_later_release_of_the_package_adds_no_row_and_another_package_does() -> None:
    first = own(row("shop@1.0.0+1"))

    assert plan_comment((first,), ACCOUNT, row("shop@1.1.0+2")) is None
    assert plan_comment((first,), ACCOUNT, row("admin@1.1.0+2")) is not None


def test_the_oldest_comment_counts_and_that_of_an_outsider_does_not() -> None:
    forged = own(number=1, is_trusted=False)
    older, newer = own(row("a@1"), number=2), own(row("b@1"), number=3)

    plan = plan_comment((newer, forged, older), ACCOUNT, row())

    assert plan is not None
    assert plan.comment == older


def test_quoted_data_is_not_a_comment_of_the_action() -> None:
    quoted = comment(f"> {own(row()).body}")

    assert plan_comment((quoted,), ACCOUNT, row()) == CommentPlan(rows=(row(),))


def test_a_comment_does_not_grow_without_end() -> None:
    rows = [row(f"app{number}@1") for number in range(50)]

    assert plan_comment((own(*rows[:49]),), ACCOUNT, row()) is not None
    assert plan_comment((own(*rows),), ACCOUNT, row()) is None


def test_the_account_has_no_password_of_the_url() -> None:
    assert build_account("https://user:pass@sentry.test:9000/x", "acme") == "sentry.test:9000/acme"


@pytest.mark.parametrize(
    ("commits", "kind", "repository", "expected"),
    [
        (RANGE, EventKind.OWN, "Acme/App", None),
        (RANGE, EventKind.TRIAL, "acme/app", "only runs of the repository itself"),
        (RANGE, EventKind.FORK, "acme/app", "only runs of the repository itself"),
        (None, EventKind.OWN, "acme/app", "are unknown"),
        (RANGE, EventKind.OWN, "acme/infra", "not the repository of the workflow"),
        (RANGE, EventKind.OWN, None, "not the repository of the workflow"),
    ],
)
def test_an_announcement_that_is_not_sent_has_a_reason(
    commits: CommitRange | None, kind: EventKind, repository: str | None, expected: str | None
) -> None:
    reason = find_reason_not_to_announce(commits, kind, repository)

    assert (reason is None) if expected is None else (expected in (reason or ""))


@pytest.mark.parametrize("relation", RangeRelation)
def test_only_new_commits_are_announced(relation: RangeRelation) -> None:
    history = CommitHistory(commits=(), relation=relation, total=0)

    assert find_reason_in_history(history)


def test_a_commit_from_the_future_has_a_lead_time_of_zero() -> None:
    times = CommitTimes(oldest=NOON - timedelta(hours=1), median=NOON + timedelta(hours=1))

    lead_time = compute_lead_time(times, NOON)

    assert (lead_time.oldest_s, lead_time.median_s) == (3600, 0)
