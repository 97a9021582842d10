"""Claims about what main leaves for post."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.model.commits import BuiltCommit, CommitSource, CommitTimes
from sentry_release.model.job import JobEnvironment
from sentry_release.release.post_state import PostState

SOME_TEXT = st.none() | st.text()
HANDOVERS = st.builds(
    PostState,
    release=st.text(),
    environment=SOME_TEXT,
    environment_problem=SOME_TEXT,
    is_production=st.booleans(),
    started=st.none() | st.datetimes(timezones=st.just(UTC)),
    commit=SOME_TEXT,
    repository=SOME_TEXT,
    commit_why=SOME_TEXT,
    head=SOME_TEXT,
    previous_release=SOME_TEXT,
    previous_commit=SOME_TEXT,
    commit_source=st.sampled_from(CommitSource),
    is_created=st.booleans(),
    created_here=st.booleans(),
    skip_reason=SOME_TEXT,
)


@tried
@given(HANDOVERS)
def test_post_finds_everything_that_main_left(state: PostState) -> None:
    assert PostState.from_state(state.to_state()) == state


def test_a_state_has_a_commit_and_times_only_if_the_main_step_knew_them() -> None:
    empty = PostState(release="shop@1.4.0+27")
    built = BuiltCommit(sha="b" * 40, repository="acme/app", why="HEAD")
    times = CommitTimes(
        oldest=datetime(2026, 3, 1, tzinfo=UTC), median=datetime(2026, 3, 2, tzinfo=UTC)
    )

    assert (empty.built, empty.commit_times) == (None, None)
    assert empty.with_commit(None).with_commit_times(None) == empty
    assert empty.with_commit(built).built == built
    assert empty.with_commit_times(times).commit_times == times
    assert replace(empty, oldest_commit_s=0.0).commit_times is None


def test_before_anything_was_done_the_state_says_so() -> None:
    empty = PostState(release="shop@1.4.0+27")

    assert (empty.is_created, empty.created_here, empty.is_production) == (False, False, False)
    assert empty.job_environment == JobEnvironment()
    assert empty.used_s == 0


@tried
@given(HANDOVERS)
def test_what_main_leaves_is_one_line_that_every_file_can_hold(state: PostState) -> None:
    text = state.to_state()

    assert text.isascii()
    assert "\n" not in text
    assert "\r" not in text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="cut short"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="an empty one"),
        pytest.param('{"started": null, "commit_source": "none"}', id="no release"),
        pytest.param(
            '{"release": "a", "started": null, "commit_source": "fax"}', id="an unknown way"
        ),
        pytest.param(
            '{"release": "a", "started": "soon", "commit_source": "none"}', id="no point in time"
        ),
        pytest.param(
            '{"release": "a", "started": 5, "commit_source": "none"}', id="a number for a moment"
        ),
        pytest.param(
            '{"release": "a", "started": null, "commit_source": "none", "later": 1}',
            id="a word of tomorrow",
        ),
        pytest.param("[" * 100_000, id="JSON that is nested too deeply"),
    ],
)
def test_what_cannot_be_read_counts_as_nothing_left(text: str) -> None:
    assert PostState.from_state(text) is None


@tried
@given(st.text())
def test_no_state_can_break_post(text: str) -> None:
    PostState.from_state(text)
