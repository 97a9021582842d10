"""Claims about the input `repository`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.config.input_reader import InputReader
from sentry_release.config.input_values import RepositoryPin, read_repositories
from sentry_release.errors import WorkflowError

A, B, LONG = "a" * 40, "b" * 40, "c" * 64


def read(text: str) -> tuple[RepositoryPin, ...]:
    """The repositories that the input names."""
    reader = InputReader({"INPUT_REPOSITORIES": text})
    found = read_repositories(reader)
    reader.raise_errors()
    return found


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("App", (RepositoryPin(name="App"),), id="a name"),
        pytest.param(f"acme/lib@{A}", (RepositoryPin(name="acme/lib", head=A),), id="a commit"),
        pytest.param(
            f"acme/lib@{A}..{B}",
            (RepositoryPin(name="acme/lib", head=B, previous=A),),
            id="a range",
        ),
        pytest.param(f"lib@{LONG}", (RepositoryPin(name="lib", head=LONG),), id="a longer sha"),
        pytest.param(
            f"acme/app\nacme/lib@{A}, acme/ui@{B}",
            (
                RepositoryPin(name="acme/app"),
                RepositoryPin(name="acme/lib", head=A),
                RepositoryPin(name="acme/ui", head=B),
            ),
            id="several",
        ),
        pytest.param("n" * 64, (RepositoryPin(name="n" * 64),), id="as long as Sentry takes"),
    ],
)
def test_a_repository_is_a_name_with_or_without_commits(
    text: str, pins: tuple[RepositoryPin, ...]
) -> None:
    assert read(text) == pins


@pytest.mark.parametrize(
    ("text", "output"),
    [
        pytest.param("acme/app acme/lib", "only one may be without a sha", id="two of our own"),
        pytest.param("acme/lib@v1.0.0", "with whole shas", id="a tag moves"),
        pytest.param(f"acme/lib@{A[:7]}", "with whole shas", id="a short sha"),
        pytest.param(f"acme/lib@{A}...{B}", "with whole shas", id="three dots"),
        pytest.param(f"acme/lib@..{B}", "with whole shas", id="no beginning"),
        pytest.param(f"@{A}", "with whole shas", id="no name"),
        pytest.param("n" * 65, "at most 64 characters", id="too long a name"),
        pytest.param(f"lib@{A} lib@{B}", "it is listed twice", id="two ranges of one"),
        pytest.param(f"lib lib@{B}", "it is listed twice", id="with and without a sha"),
    ],
)
def test_what_sentry_would_misread_is_refused(text: str, output: str) -> None:
    with pytest.raises(WorkflowError, match=output):
        read(text)


@tried
@given(st.text(st.sampled_from("ab@./ ,\n0123456789") | st.characters()))
def test_no_text_can_break_anything(text: str) -> None:
    try:
        pins = read(text)
    except WorkflowError:
        return
    assert all(pin.name and "@" not in pin.name for pin in pins)
