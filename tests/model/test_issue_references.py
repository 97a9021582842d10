"""Claims about the issues that a commit resolves: as Sentry itself finds them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.release.commit_details import find_referenced_issues

# As in Sentry 23.7.1, src/sentry/utils/groupreference.py.
PHRASE = re.compile(
    r"\b(?:Fix|Fixes|Fixed|Close|Closes|Closed|Resolve|Resolves|Resolved):?\s+([A-Za-z0-9_\-\s\,]+)\b",
    re.IGNORECASE,
)
SHORT_ID = re.compile(r"\b([A-Z0-9_-]+-[A-Z0-9]+)\b", re.IGNORECASE)


def looked_up(message: str) -> set[str]:
    """What Sentry looks for, in capitals, without what cannot be the number of an issue."""
    found = {issue for phrase in PHRASE.findall(message) for issue in SHORT_ID.findall(phrase)}
    return {one.upper() for one in found if "U" not in number_of(one) and len(one) <= 64}


def number_of(issue: str) -> str:
    return issue.rpartition("-")[2].upper()


CORPUS = [
    "Fixes SHOP-12",
    "fix: SHOP-12",
    "fix SHOP-12",
    "Fixed SHOP-12, SHOP-13 and SHOP-1A",
    "closes SHOP-12\ncloses WEB-3",
    "Resolve:\n\nSHOP-12",
    "resolves   SHOP-12\t,\tWEB-9",
    "RESOLVED SHOP-12.",
    "closed: SHOP-12; WEB-1",
    "fixes shop-12",
    "Fixes my-app-mobile-4QZ",
    "Fixes MY_APP-2",
    "Fixes -SHOP-12-",
    "Fixes SHOP-12-",
    "Fixes SHOP-12_",
    "Fixes SHOP-12é",
    "Fixes éSHOP-12",
    "Fixes SHOP--12",
    "Fixes _-1",
    "Fixes -1",
    "Fixes SHOP-",
    "Fixes SHOP-12 fixes WEB-1",
    "Fixes the thing of SHOP-12",
    "Fixes (SHOP-12)",
    "Fixes #12",
    "Fixes: #12, SHOP-12",
    "Fixes:SHOP-12",
    "Fixes : SHOP-12",
    "prefixes SHOP-12",
    "fixing SHOP-12",
    "fixes,SHOP-12",
    "This closes SHOP-12 for good, and so fixes WEB-1",
    "Fixes `SHOP-12`",
    "Fixes \u00a0SHOP-12",
    "Fixe\u017f SHOP-1",
    "Fixes \u212aIT-1",
    "fix",
    "",
    "\0Fixes\0SHOP-12",
    "Fixes SHOP-12\0WEB-1",
]


@pytest.mark.parametrize("message", CORPUS)
def test_an_issue_is_found_where_sentry_finds_it(message: str) -> None:
    assert set(find_referenced_issues(message)) == looked_up(message)


@tried
@given(
    st.lists(
        st.sampled_from(
            [
                "fix",
                "Fixes",
                "closes:",
                "resolved",
                " ",
                "\n",
                ",",
                "-",
                "_",
                "A",
                "B-1",
                "SHOP-1Z",
                ".",
                "é",
                "9",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_any_message_in_capitals_is_read_as_sentry_reads_it(message: str) -> None:
    assert set(find_referenced_issues(message.upper())) == looked_up(message.upper())


@tried
@given(st.text(st.sampled_from("fixFIX :-_,\n1aU") | st.characters()).map("fixes ".__add__))
def test_nothing_is_found_that_sentry_would_not_look_for(message: str) -> None:
    assert set(find_referenced_issues(message)) <= looked_up(message)


def test_issues_come_in_their_order_and_once() -> None:
    message = "Fixes WEB-2, SHOP-1\n\nResolves WEB-2 and shop-1"

    assert find_referenced_issues(message) == ("WEB-2", "SHOP-1")


@pytest.mark.parametrize(
    "message",
    ["fixed by-design", "fix re-run of the job", "closes pop-up", "fix SETUP-U", "fix SHOP-1U"],
)
def test_a_word_with_a_hyphen_is_not_an_issue(message: str) -> None:
    assert find_referenced_issues(message) == ()


MEGABYTE = 1_000_000


@pytest.mark.large
@pytest.mark.parametrize(
    "message",
    [
        pytest.param("fix" + " " * MEGABYTE, id="spaces"),
        pytest.param("fix " + "-" * MEGABYTE, id="hyphens"),
        pytest.param("fix " + "_-" * (MEGABYTE // 2), id="hyphens and lines"),
        pytest.param("fix " + "A-" * (MEGABYTE // 2), id="letters and hyphens"),
        pytest.param("fix " + "A" * MEGABYTE + "é", id="a word that another letter ends"),
        pytest.param("fix " * (MEGABYTE // 4), id="only the word"),
        pytest.param("fix A-1\0" * (MEGABYTE // 8), id="the same issue over and over"),
        pytest.param("fix\n" + ", " * (MEGABYTE // 2) + "\0", id="commas"),
    ],
)
def test_a_megabyte_is_read_in_a_moment(message: str) -> None:
    began = time.process_time()

    assert set(find_referenced_issues(message)) <= {"A-1"}
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(("length", "is_found"), [(64, True), (65, False)])
def test_an_id_has_at_most_64_characters(length: int, *, is_found: bool) -> None:
    issue = "S" * (length - 2) + "-1"

    assert find_referenced_issues(f"Fixes {issue}") == ((issue,) if is_found else ())
