"""Claims about windows/runner/Runner.rc: what the version resource of the app will say."""

import time
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps import SHOP
from properties import tried
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.platforms import WINDOWS_RESOURCES, read_windows_identity
from sentry_release.model.platform import Identity, Unknown

NEW = (SHOP / WINDOWS_RESOURCES).read_text()
OLD = NEW.replace(
    """#if defined(FLUTTER_VERSION)
#define VERSION_AS_STRING FLUTTER_VERSION
""",
    """#ifdef FLUTTER_BUILD_NAME
#define VERSION_AS_STRING #FLUTTER_BUILD_NAME
""",
)
FROM_FLUTTER = 'VALUE "ProductVersion", VERSION_AS_STRING "\\0"'
INTERNAL_NAME = 'VALUE "InternalName", "Shop" "\\0"'


def identity_of(
    content: str | bytes,
    *,
    pubspec: tuple[str | None, str | None] = ("1.4.0", "27"),
    flags: tuple[str | None, str | None] = (None, None),
) -> Identity:
    """What the app will report of itself."""
    raw = content.encode() if isinstance(content, str) else content
    version = AppVersion(
        pubspec_name=pubspec[0],
        pubspec_number=pubspec[1],
        flags=VersionFlags(name=flags[0], number=flags[1]),
    )
    found = read_windows_identity(lambda path: raw if path == WINDOWS_RESOURCES else None, version)
    assert found is not None
    return found


def shop(version: str | None, build: str | None, *, app_id: str = "Shop") -> Identity:
    return Identity(app_id=app_id, version=version, build=build)


def test_without_that_file_there_is_no_windows_app() -> None:
    version = AppVersion(pubspec_name="1.0.0", pubspec_number=None, flags=VersionFlags())

    assert read_windows_identity(lambda _: None, version) is None


def test_only_that_file_is_read() -> None:
    paths: list[PurePosixPath] = []
    version = AppVersion(pubspec_name="1.0.0", pubspec_number=None, flags=VersionFlags())

    read_windows_identity(paths.append, version)

    assert paths == [WINDOWS_RESOURCES]


@pytest.mark.parametrize(
    ("pubspec", "flags", "expected"),
    [
        pytest.param(("1.4.0", "27"), (None, None), ("1.4.0", "27"), id="the pubspec's version"),
        pytest.param(("1.4.0", None), (None, None), ("1.4.0", None), id="one without a number"),
        pytest.param(("1.4.0", "rc.5"), (None, None), ("1.4.0", "rc.5"), id="one with letters"),
        pytest.param((None, None), (None, None), ("1.0.0", None), id="none at all"),
        pytest.param(
            ("1.4.0", "27"), ("2.0.0", None), ("2.0.0", None), id="a name drops the number"
        ),
        pytest.param(("1.4.0", "27"), (None, "99"), ("1.4.0", "99"), id="a number keeps the name"),
        pytest.param(("1.4.0", "27"), ("2.0.0", "99"), ("2.0.0", "99"), id="both flags"),
        pytest.param((None, None), (None, "99"), ("1.0.0", "99"), id="a number and no name"),
        pytest.param(("1.4.0", "27"), ("2.0", "99"), ("1.0.0", None), id="what pub does not take"),
        pytest.param(("1.4.0", "27"), (None, "a_b"), ("1.0.0", None), id="such a number"),
    ],
)
def test_since_flutter_3_3_the_version_is_the_one_of_the_build(
    pubspec: tuple[str | None, str | None],
    flags: tuple[str | None, str | None],
    expected: tuple[str | None, str | None],
) -> None:
    assert identity_of(NEW, pubspec=pubspec, flags=flags) == shop(*expected)


def test_the_template_before_3_3_stays_at_1_0_0_whatever_the_flags_of_the_build() -> None:
    assert "FLUTTER_VERSION" not in OLD
    assert identity_of(OLD, flags=("2.0.0", "99")) == shop("1.0.0", None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param('VALUE "ProductVersion", "3.2.1+7" "\\0"', ("3.2.1", "7"), id="a literal"),
        pytest.param('VALUE "ProductVersion", "3.2.1+7\\0"', ("3.2.1", "7"), id="ended within it"),
        pytest.param('VALUE "ProductVersion","3.2.1"', ("3.2.1", None), id="without a number"),
        pytest.param('VALUE "ProductVersion", ""', (None, None), id="empty"),
        pytest.param(
            'VALUE "ProductVersion", FLUTTER_VERSION "\\0"',
            ("1.4.0", "27"),
            id="Flutter's own word",
        ),
        pytest.param(
            'VALUE "ProductVersion", MINE "\\0"\n#define MINE "9.8.7"\n',
            ("9.8.7", None),
            id="a word that is defined as a literal",
        ),
        pytest.param(
            'VALUE "ProductVersion", #MINE "\\0"\n#define MINE "9.8.7"\n',
            ("9.8.7", None),
            id="a word after a number sign",
        ),
    ],
)
def test_a_version_that_stands_in_the_file_is_the_one_of_the_app(
    line: str, expected: tuple[str | None, str | None]
) -> None:
    assert identity_of(NEW.replace(FROM_FLUTTER, line)) == shop(*expected)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param('VALUE "InternalName", "Shop" "\\0"', "Shop", id="as in the template"),
        pytest.param('VALUE "InternalName", "Corner Shop" "\\0"', "Corner Shop", id="a space"),
        pytest.param('VALUE\t"InternalName",\t"Shop\\0"', "Shop", id="tabs, ended within it"),
        pytest.param('VALUE "InternalName", "a ""b"""', 'a "b"', id="quotation marks"),
        pytest.param(
            'VALUE "InternalName", "a//b /* c */"', "a//b /* c */", id="what is no comment"
        ),
        pytest.param(
            '// VALUE "InternalName", "old"\nVALUE "InternalName", "new"',
            "new",
            id="a comment before",
        ),
        pytest.param(
            '/* VALUE "InternalName", "old"\n*/ VALUE "InternalName", "new"',
            "new",
            id="a longer one",
        ),
        pytest.param(
            'VALUE "InternalName", "first"\nVALUE "InternalName", "second"',
            "first",
            id="two languages",
        ),
        pytest.param('VALUE "InternalName", "Käse"', "Käse", id="letters beyond ASCII"),
    ],
)
def test_the_internal_name_stands_where_other_platforms_have_an_id(line: str, name: str) -> None:
    assert identity_of(NEW.replace(INTERNAL_NAME, line)).app_id == name


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-8"), id="UTF-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(
            lambda text: b"\xfe\xff" + text.encode("utf-16-be"), id="UTF-16, big end first"
        ),
        pytest.param(lambda text: text.encode("cp1252"), id="the code page of Western Europe"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param(
            lambda text: text.replace("\n", "\r\n").encode("utf-16"), id="UTF-16, lines of Windows"
        ),
    ],
)
def test_the_file_may_be_in_whatever_visual_studio_writes(encode: object) -> None:
    assert callable(encode)
    text = NEW.replace('"Shop"', '"Käse"')

    assert identity_of(encode(text)) == shop("1.4.0", "27", app_id="Käse")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        pytest.param("", "app_id version build", id="nothing"),
        pytest.param(b"\xff\xfe\x00", "app_id version build", id="half a character"),
        pytest.param(NEW[: NEW.index("VALUE")], "app_id version build", id="cut short"),
        pytest.param(NEW.replace("/", "/*", 1), "app_id version build", id="an open comment"),
        pytest.param(NEW.replace('"Shop"', "APP_NAME"), "app_id", id="a word for a name"),
        pytest.param(NEW.replace('"Shop"', '""'), "app_id", id="an empty name"),
        pytest.param(NEW.replace("AS_STRING F", "OTHER F"), "", id="1.0.0 alone is left"),
        pytest.param(
            NEW.replace("define VERSION_AS_STRING", "define X"), "version build", id="no define"
        ),
        pytest.param(
            NEW.replace("AS_STRING FLUTTER_VERSION", 'AS_STRING "2.0.0"'),
            "version build",
            id="one of two literals, by a condition",
        ),
    ],
)
def test_what_cannot_be_read_is_reported_as_unknown(content: str | bytes, parts: str) -> None:
    found = identity_of(content)

    unknown = [
        name for name in ("app_id", "version", "build") if isinstance(getattr(found, name), Unknown)
    ]
    assert unknown == parts.split()


@tried
@given(
    st.lists(
        st.sampled_from([*NEW.splitlines(), '"', "/*", "//", "*/", "\0", "VALUE", "é", "#"])
    ).map("\n".join)
)
def test_any_file_gives_an_answer(text: str) -> None:
    found = identity_of(text)

    assert isinstance(found.app_id, Unknown) or found.app_id


@pytest.mark.large
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/*" * 500_000, id="comments that do not end"),
        pytest.param('"' * 1_000_000, id="quotation marks"),
        pytest.param('VALUE "InternalName", "' + '""' * 500_000, id="a name that does not end"),
        pytest.param("VALUE " * 170_000, id="values without a key"),
        pytest.param("#define " * 130_000, id="defines"),
        pytest.param("VALUE" + " " * 1_000_000, id="spaces"),
        pytest.param(" \t" * 500_000 + "#", id="spaces before"),
        pytest.param("x\n" * 5_000_000, id="ten megabytes"),
    ],
)
def test_no_file_takes_longer_than_a_second(text: str) -> None:
    began = time.process_time()

    identity_of(text)

    assert time.process_time() - began < 1


def test_the_version_that_flutter_passes_may_be_named_in_the_resource_itself() -> None:
    content = NEW.replace('VERSION_AS_STRING "\\0"', '#FLUTTER_VERSION "\\0"')
    assert content != NEW

    assert identity_of(content) == shop("1.4.0", "27")
