"""Claims about release notes: what they say of a range, and that every store accepts them."""

from datetime import UTC, datetime

import pytest

from sentry_release.model.commits import Commit
from sentry_release.release.release_notes import (
    APP_STORE_LIMIT,
    GOOGLE_PLAY_LIMIT,
    ChangeKind,
    ReleaseNotes,
    build_release_notes,
    build_store_text,
    count_characters,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def commit(message: str, number: int = 0) -> Commit:
    return Commit(
        sha=f"{number:040x}",
        message=message,
        author_name="Dev",
        author_email="dev@example.com",
        created_at=NOON,
        files=(),
    )


def notes_of(*messages: str) -> ReleaseNotes:
    return build_release_notes([commit(text, number) for number, text in enumerate(messages)])


def headings(notes: ReleaseNotes) -> list[str]:
    return [kind.value for kind, _ in notes.groups]


def subjects(notes: ReleaseNotes) -> list[str]:
    return [one.subject for one in notes.changes]


def test_conventional_commits_are_grouped_by_their_type() -> None:
    notes = notes_of(
        "fix(cart): total is wrong (#12)",
        "feat: pay by card",
        "perf: start faster",
        "feat!: new accounts",
        "chore: bump",
        "ci: cache",
    )

    assert headings(notes) == ["Breaking changes", "Features", "Fixes", "Performance"]
    assert subjects(notes) == ["new accounts", "pay by card", "total is wrong", "start faster"]
    assert notes.changes[2].scope == "cart"
    assert notes.internal == 2


def test_a_breaking_change_in_the_footer_counts() -> None:
    notes = notes_of("feat: accounts\n\nBREAKING CHANGE: sign in again")

    assert headings(notes) == ["Breaking changes"]


def test_other_subjects_are_one_list_in_their_order() -> None:
    notes = notes_of("Add a cart", "Ready: steady", "fix: total")

    assert not notes.is_grouped
    assert subjects(notes) == ["Add a cart", "Ready: steady", "fix: total"]
    assert {one.kind for one in notes.changes} == {ChangeKind.OTHER}


@pytest.mark.parametrize(
    "message",
    [
        "Merge pull request #12 from acme/cart\n\nAdd a cart",
        "Merge branch 'main' into cart",
        "Merge remote-tracking branch 'origin/main'",
        "fixup! feat: cart",
        "feat: secret #skipsentry",
        "\n\n",
    ],
)
def test_merges_fixups_and_skipped_commits_are_left_out(message: str) -> None:
    assert subjects(notes_of(message, "feat: cart")) == ["cart"]


def test_a_cherry_picked_subject_is_listed_once() -> None:
    assert subjects(notes_of("fix: total", "fix: total (#3)")) == ["total"]


def test_a_long_subject_is_cut_at_a_word() -> None:
    [subject] = subjects(notes_of("feat: " + "word " * 100))

    assert len(subject) <= 160
    assert subject.endswith("word…")


@pytest.mark.parametrize(("length", "is_cut"), [(160, False), (161, True)])
def test_a_subject_of_160_characters_is_whole(length: int, *, is_cut: bool) -> None:
    subject = "x" * 80 + " " + "y" * (length - 81)

    assert (subjects(notes_of(subject)) != [subject]) is is_cut


def test_a_subject_that_is_too_long_keeps_its_first_words() -> None:
    assert subjects(notes_of("x" * 80 + " " + "y" * 81)) == ["x" * 80 + "…"]


def test_a_single_word_that_is_too_long_is_cut_to_160_characters() -> None:
    assert subjects(notes_of("x" * 161)) == ["x" * 159 + "…"]


def test_notes_of_nothing_have_no_headings() -> None:
    notes = notes_of()

    assert (notes.groups, notes.is_grouped, notes.internal) == ((), False, 0)


@pytest.mark.parametrize(("others", "is_grouped"), [(1, True), (2, True), (3, False)])
def test_types_count_if_half_of_the_commits_have_one(others: int, *, is_grouped: bool) -> None:
    messages = ["feat: pay", "ci: cache", *(f"Change {number}" for number in range(others))]

    notes = notes_of(*messages)

    assert notes.is_grouped is is_grouped
    assert notes.internal == (1 if is_grouped else 0)


def test_the_text_for_a_store_has_what_users_notice() -> None:
    notes = notes_of("feat: pay by card", "fix: total is wrong", "docs: readme", "chore: bump")

    assert build_store_text(notes, GOOGLE_PLAY_LIMIT) == (
        "New:\n- Pay by card\nFixed:\n- Total is wrong"
    )


@pytest.mark.parametrize("limit", [GOOGLE_PLAY_LIMIT, APP_STORE_LIMIT], ids=["Play", "App Store"])
@pytest.mark.parametrize("count", [1, 30, 1000])
@pytest.mark.parametrize("kind", ["feat: ", ""])
def test_notes_fit_the_limit_of_the_store_and_end_with_a_whole_line(
    limit: int, count: int, kind: str
) -> None:
    messages = [f"{kind}change number {number} of the app" for number in range(count)]
    notes = notes_of(*messages)

    text = build_store_text(notes, limit)

    lines = text.splitlines()
    known = {f"- Change number {number} of the app" for number in range(count)}
    visible = [line for line in lines if line in known]
    rest = [line for line in lines if line not in known]
    assert 0 < count_characters(text) <= limit
    assert rest == ([f"… and {count - len(visible)} more"] if len(visible) < count else [])
    longer = "- Change number 999 of the app\n"
    assert len(visible) == count or count_characters(text) + len(longer) > limit


@pytest.mark.parametrize(
    ("limit", "characters"),
    [(GOOGLE_PLAY_LIMIT, 500), (APP_STORE_LIMIT, 4000)],
    ids=["Play", "App Store"],
)
def test_notes_that_just_fit_the_store_are_whole(limit: int, characters: int) -> None:
    lines = characters // 100  # of 100 characters with the newline
    subjects = [f"{number:02}" + "x" * 95 for number in range(lines)]

    whole = build_store_text(notes_of(*subjects[:-1], subjects[-1] + "x"), limit)
    longer = build_store_text(notes_of(*subjects[:-1], subjects[-1] + "xx"), limit)

    assert count_characters(whole) == characters
    assert "more" not in whole
    assert longer.endswith("… and 1 more")


def test_a_limit_that_no_line_fits_leaves_the_sentence_for_no_changes() -> None:
    assert build_store_text(notes_of("feat: pay by card"), 5) == build_store_text(notes_of(), 500)


def test_no_heading_stands_alone_at_the_end() -> None:
    notes = notes_of("feat: " + "a" * 150, "fix: " + "b" * 150)

    assert build_store_text(notes, 200).splitlines()[-1] == "… and 1 more"
    assert "Fixed" not in build_store_text(notes, 200)


def test_commits_that_no_user_notices_have_a_sentence_of_their_own() -> None:
    text = build_store_text(notes_of("chore: bump", "ci: cache"), GOOGLE_PLAY_LIMIT)

    assert text == "Maintenance and small improvements."


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("win at https://evil.test/x now", "- Win at now"),
        ("see www.evil.test", "- See"),
        ("go 1https://evil.test and a+b://c.test", "- Go and"),
        ("mailto:a@evil.test or a.www.evil.test", "- Or a."),
        ("see evil.test/x", "- See evil. test/x"),
        ("ask @acme/everyone", "- Ask acme/everyone"),
        ("<b>bold</b> & more", "- (b)bold(/b) & more"),
        ("ship it \N{ROCKET}\N{VARIATION SELECTOR-16} now", "- Ship it now"),
        ("a \N{RIGHT-TO-LEFT OVERRIDE}b\x07 c", "- A b c"),
        ("circumflex \u02c6 here", "- Circumflex here"),
        ("from \u02af\u02b0 to \u02ffe\u0300", "- From \u02af to e\u0300"),
        ("of \ufe00\ufe0f and \ufe10", "- Of and \ufe10"),
        ("Größe ändern, 設定を開く", "- Größe ändern, 設定を開く"),
        ("lone \ud800 half", "- Lone half"),
    ],
)
def test_a_store_gets_no_link_mention_markup_or_refused_character(subject: str, line: str) -> None:
    assert build_store_text(notes_of(f"feat: {subject}"), GOOGLE_PLAY_LIMIT) == line
