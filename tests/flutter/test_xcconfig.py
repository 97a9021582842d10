"""Claims about .xcconfig files and the settings they give: as Xcode reads them."""

import time
from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.flutter.xcode.build_settings import (
    MAX_BYTES,
    Assignment,
    SettingsLayer,
    UnresolvedError,
    decode_xcconfig,
    expand_variables,
    load_xcconfig,
    parse_xcconfig,
)

IOS = PurePosixPath("ios")
FIRST = "ios/Flutter/Release.xcconfig"
SITUATION = {"sdk": "iphoneos99", "config": "Release"}


def settings(
    files: Mapping[str, str | bytes], first: str = "ios/Flutter/Release.xcconfig"
) -> SettingsLayer:
    def read(path: PurePosixPath) -> bytes | None:
        found = files.get(str(path))
        return found.encode() if isinstance(found, str) else found

    return load_xcconfig(read, PurePosixPath(first), root=IOS, situation=SITUATION)


def values(text: str) -> Mapping[str, str]:
    return settings({"ios/Flutter/Release.xcconfig": text}).values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("A = shop", "shop", id="with blanks"),
        pytest.param("A=shop", "shop", id="without blanks"),
        pytest.param("\tA\t=\tshop\t", "shop", id="with tabs"),
        pytest.param("A = shop;", "shop", id="with a semicolon"),
        pytest.param("A = my shop", "my shop", id="of two words"),
        pytest.param("A = a=b", "a=b", id="with an equals sign"),
        pytest.param("A = x[y]=z", "x[y]=z", id="with brackets"),
        pytest.param("A =", "", id="empty"),
        pytest.param("A = shop // the app", "shop", id="with a comment"),
        pytest.param("A = https://acme.example", "https:", id="cut at what begins a comment"),
        pytest.param("// A = old\nA = shop", "shop", id="after a comment"),
        pytest.param("A = old\nA = shop", "shop", id="given twice"),
        pytest.param("A = old\r\nA = shop\r\n", "shop", id="with the line ends of Windows"),
        pytest.param("A = old\rA = shop\r", "shop", id="with the line ends of an old Mac"),
        pytest.param("A = my \\\n  shop", "my shop", id="over two lines"),
        pytest.param("A = shop \\", "shop", id="over two lines of which one is there"),
        pytest.param("\N{BYTE ORDER MARK}A = shop", "shop", id="after a byte order mark"),
        pytest.param("!!\n[x]\n#pragma x\nA = shop", "shop", id="after lines that mean nothing"),
        pytest.param("A = my\nA = $(inherited).shop", "my.shop", id="going on from a line before"),
        pytest.param("A = my\nA = ${A}.shop", "my.shop", id="going on from itself"),
    ],
)
def test_a_setting_is_what_its_line_says(text: str, value: str) -> None:
    assert values(text) == {"A": value}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("A = Lädchen".encode(), id="UTF-8"),
        pytest.param("A = Lädchen".encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(b"\xff\xfe" + "A = Lädchen".encode("utf-16-le"), id="UTF-16"),
        pytest.param(b"\xfe\xff" + "A = Lädchen".encode("utf-16-be"), id="the other UTF-16"),
    ],
)
def test_a_file_may_be_in_any_encoding_that_its_first_bytes_name(raw: bytes) -> None:
    assert decode_xcconfig(raw) == "A = Lädchen"
    assert settings({"ios/R": raw}, "ios/R").values == {"A": "Lädchen"}


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        pytest.param("A[sdk=*]", True, id="any SDK"),
        pytest.param("A[sdk=iphoneos*]", True, id="the SDK of devices"),
        pytest.param("A[sdk=iphonesimulator*]", False, id="the SDK of simulators"),
        pytest.param("A[sdk=macosx*]", False, id="the SDK of another platform"),
        pytest.param("A[config=Release]", True, id="the configuration that is built"),
        pytest.param("A[config=Debug]", False, id="another configuration"),
        pytest.param("A[sdk=iphoneos*][config=Debug]", False, id="two, of which one fails"),
        pytest.param("A [sdk=iphoneos*] [arch=*]", True, id="two, with blanks"),
        pytest.param("A[arch=arm64]", False, id="one CPU of several"),
    ],
)
def test_a_setting_with_a_condition_counts_where_the_condition_holds(
    key: str, *, holds: bool
) -> None:
    assert values(f"A = plain\n{key} = special\n") == {"A": "special" if holds else "plain"}


def test_an_included_file_stands_where_it_is_included() -> None:
    found = settings(
        {
            "ios/Flutter/Release.xcconfig": 'A = 1\nB = 1\n#include "Base.xcconfig"\nB = 3\n',
            "ios/Flutter/Base.xcconfig": '#include"../Shared/Deep.xcconfig" // beside\nB = 2\nC = 2',
            "ios/Shared/Deep.xcconfig": "A = 4",
        }
    )

    assert found.values == {"A": "4", "B": "3", "C": "2"}
    assert found.absent is None


def test_an_included_file_is_looked_up_beside_the_file_that_includes_it() -> None:
    found = settings(
        {
            FIRST: '#include "../Shared/Base.xcconfig"\n',
            "ios/Shared/Base.xcconfig": '#include "Deep.xcconfig"\n',
            "ios/Shared/Deep.xcconfig": "A = 1",
            "ios/Flutter/Deep.xcconfig": "A = 2",
        }
    )

    assert found.values == {"A": "1"}


def test_an_included_file_may_lie_below_the_folder_of_the_project() -> None:
    found = settings(
        {
            "ios/Flutter/Release.xcconfig": '#include "Config/Base.xcconfig"\n',
            "ios/Config/Base.xcconfig": "A = 1",
        }
    )

    assert found.values == {"A": "1"}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('#include? "Secrets.xcconfig"', id="one that need not be there"),
        pytest.param('#include "Pods/Target Support Files/P.xcconfig"', id="one of CocoaPods"),
        pytest.param('#include? "/etc/x.xcconfig"', id="one outside the app"),
    ],
)
def test_a_missing_optional_file_changes_nothing(line: str) -> None:
    found = settings({"ios/Flutter/Release.xcconfig": f"A = 1\n{line}\n"})

    assert expand_variables("$(A)", (found, SettingsLayer(values={}))) == "1"


@pytest.mark.parametrize(
    "name",
    ["Secrets.xcconfig", "../../../x.xcconfig", "/etc/x.xcconfig", "x" * 300, "<DEVELOPER_DIR>/x"],
)
def test_a_missing_file_that_xcode_insists_on_casts_doubt_on_what_it_may_set(name: str) -> None:
    found = settings({"ios/Flutter/Release.xcconfig": f'A = 1\n#include "{name}"\nB = 2\n'})

    assert expand_variables("$(B)", (found, SettingsLayer(values={}))) == "2"
    with pytest.raises(UnresolvedError, match="which does not exist"):
        expand_variables("$(A)", (found, SettingsLayer(values={})))
    with pytest.raises(UnresolvedError, match="which does not exist"):
        expand_variables(
            "$(C)", (found, SettingsLayer(values={"C": "3"}), SettingsLayer(values={}))
        )
    assert expand_variables("$(D)", (found, SettingsLayer(values={"D": "known"}))) == "known"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"R": '#include "R"\nA = 1'}, id="itself"),
        pytest.param({"R": '#include "S"\nA = 1', "S": '#include "R"\nA = 2'}, id="each other"),
        pytest.param({"R": '#include "../F/R"\nA = 1'}, id="itself by another name"),
    ],
)
def test_files_that_include_themselves_are_read_once(files: Mapping[str, str]) -> None:
    found = settings({f"ios/F/{name}": text for name, text in files.items()}, "ios/F/R")

    assert found.values == {"A": "1"}


def test_files_that_include_more_and_more_end_in_doubt_and_soon() -> None:
    files = {f"ios/{n}": f'#include "{n + 1}"\n' * 9 + "A = 1" for n in range(60)}
    began = time.process_time()

    assert settings(files, "ios/0").absent
    assert settings({"ios/0": "A = 1\n" * MAX_BYTES}, "ios/0").absent
    assert time.process_time() - began < 1


@pytest.mark.large
def test_a_large_file_is_read_soon() -> None:
    began = time.process_time()

    assert values("A = 1\n" * (MAX_BYTES // 7)) == {"A": "1"}
    assert values("A" + " " * (MAX_BYTES - 9) + "x") == {}
    assert values("A" + "[b=c]" * (MAX_BYTES // 6)) == {}
    assert time.process_time() - began < 1


LEVELS = (
    SettingsLayer(
        values={"ID": "$(BASE).app", "BASE": "x.$(inherited)", "LOOP": "$(POOL)", "OWN": "$(OWN)1"}
    ),
    SettingsLayer(
        values={"BASE": "com.acme", "POOL": "${LOOP}", "FLAVOR": "Dev", "ID_Dev": "dev.acme"}
    ),
    SettingsLayer(
        values={"NAME": "9 My_Shöp", "EMPTY": "", "OWN": "0", "USD": "5$", "NO": "$(NOWHERE)"}
    ),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("acme", "acme", id="no reference"),
        pytest.param("", "", id="nothing"),
        pytest.param("$(FLAVOR)-${FLAVOR}", "Dev-Dev", id="both kinds of brackets"),
        pytest.param("$(ID)", "x.com.acme.app", id="through levels, inheriting"),
        pytest.param("$(ID_$(FLAVOR))", "dev.acme", id="a name made of another"),
        pytest.param("$(OWN)", "01", id="itself, which is the one below"),
        pytest.param("[$(EMPTY)]", "[]", id="an empty one"),
        pytest.param("$(FLAVOR:lower)", "dev", id="in lower case"),
        pytest.param("$(FLAVOR:upper)", "DEV", id="in upper case"),
        pytest.param("$(NAME:rfc1034identifier)", "--My-Sho-p", id="fit for a domain"),
        pytest.param("${NAME:c99extidentifier:lower}", "__my_sho_p", id="fit for C, then lower"),
        pytest.param("$(NOWHERE:default=none)", "none", id="a default"),
        pytest.param("$(EMPTY:default=$(FLAVOR))", "Dev", id="a default for an empty one"),
        pytest.param("$(FLAVOR:default=none)", "Dev", id="a default that is not needed"),
    ],
)
def test_a_reference_gives_what_xcode_would_put_there(text: str, value: str) -> None:
    assert expand_variables(text, LEVELS) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("$(NOWHERE)", r"\$\(NOWHERE\), which nothing here sets", id="nothing sets it"),
        pytest.param("$(NO)", r"\$\(NOWHERE\), which nothing here sets", id="what it needs"),
        pytest.param("$()", r"\$\(\), which nothing", id="an empty name"),
        pytest.param("$(LOOP)", "refers to itself", id="a circle"),
        pytest.param("$(FLAVOR:md5)", "`:md5` is not known", id="an unknown change"),
        pytest.param("$(USD)", r"a \$ that is not a reference", id="a lone dollar sign"),
        pytest.param("$(FLAVOR", r"a \$ that is not a reference", id="an open bracket"),
        pytest.param("$(FLAVOR}", r"a \$ that is not a reference", id="two kinds of brackets"),
        pytest.param("$(ID)" * 5_000, "more settings than", id="more than is ever written"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(text: str, reason: str) -> None:
    with pytest.raises(UnresolvedError, match=reason):
        expand_variables(text, LEVELS)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param({f"A{n}": f"$(A{n + 1})" * 9 for n in range(60)}, id="that grow"),
        pytest.param({f"A{n}": f"$(A{n + 1})" for n in range(5_000)}, id="in a long row"),
        pytest.param({"A0": "$(A0)" * 1_000}, id="of themselves"),
        pytest.param({"A0": "$(" * 100_000}, id="that only open"),
        pytest.param({"A0": "$(inherited)" * 900}, id="of what is below"),
    ],
)
def test_references_cannot_make_resolving_grow(rows: Mapping[str, str]) -> None:
    began = time.process_time()
    with pytest.raises(UnresolvedError):
        expand_variables(
            "$(A0)", (SettingsLayer(values=rows), SettingsLayer(values={"A0": "x" * 9_000}))
        )

    assert time.process_time() - began < 1


def test_a_line_that_goes_on_from_itself_cannot_grow() -> None:
    text = "A = xxxxxxxxxx\n" + "A = $(A)$(A)\n" * 1_000

    assert len(values(text)["A"]) < 20_000


INCLUDES = ['#include "S"\n', '#include? "R"\n', '#include "X"\n']
MARKS = ["A", "B", "=", " ", "$(", ")", "${", "}", "[sdk=*]", "[", "]", "\n", "\\", ";", "//", "\r"]
WORDS = st.sampled_from([*INCLUDES, *MARKS, ":lower", "inherited", '"', "#", "é"])


@tried
@given(st.lists(WORDS).map("".join), st.binary())
def test_any_files_give_settings_or_doubt(text: str, raw: bytes) -> None:
    found = settings({"ios/R": text, "ios/S": raw}, "ios/R")

    assert all(name.isidentifier() for name in found.values)
    assert all(isinstance(line, Assignment) or line.file for line in parse_xcconfig(text))
    try:
        assert "$" not in expand_variables(text, (found, SettingsLayer(values={})))
    except UnresolvedError as error:
        assert str(error)  # noqa: PT017 - either outcome is fine, a third is not


# Limits.


@pytest.mark.parametrize(("size", "is_read"), [(512 * 1024, True), (512 * 1024 + 1, False)])
def test_a_file_and_its_includes_have_at_most_512_kibibytes(size: int, *, is_read: bool) -> None:
    included = b"A = x\n//"
    text = b'#include "Other.xcconfig"\n//'
    files = {FIRST: text.ljust(size - len(included)), "ios/Flutter/Other.xcconfig": included}

    assert settings(files).values == ({"A": "x"} if is_read else {})


@pytest.mark.parametrize(("includes", "is_read"), [(99, True), (100, False)])
def test_at_most_100_files_are_read(includes: int, *, is_read: bool) -> None:
    text = "A = x\n" + '#include "Other.xcconfig"\n' * includes

    found = settings({FIRST: text, "ios/Flutter/Other.xcconfig": ""})

    assert found.values == ({"A": "x"} if is_read else {})
    assert found.absent == (None if is_read else f"more than {FIRST} can include")


@pytest.mark.parametrize(("length", "value"), [(10_000, "x" * 10_000), (10_001, "$")])
def test_a_value_grows_up_to_10000_characters(length: int, value: str) -> None:
    text = f"A = {'x' * length}\nA = $(inherited)"

    assert values(text) == {"A": value}


def chain(length: int) -> SettingsLayer:
    return SettingsLayer(
        values={f"A{number}": f"$(A{number + 1})" for number in range(length)} | {f"A{length}": "x"}
    )


@pytest.mark.parametrize(
    ("text", "layer", "expanded"),
    [
        ("$(A)" * 1000, SettingsLayer(values={"A": "x"}), "x" * 1000),
        ("$(A)" * 1001, SettingsLayer(values={"A": "x"}), None),
        ("$(A0)", chain(40), "x"),
        ("$(A0)", chain(41), None),
        ("$(A)".ljust(10_000), SettingsLayer(values={"A": "x"}), "x".ljust(9_997)),
        ("$(A)".ljust(10_001), SettingsLayer(values={"A": "x"}), None),
    ],
    ids=["references", "more", "depth", "deeper", "length", "longer"],
)
def test_references_are_followed_within_limits(
    text: str, layer: SettingsLayer, expanded: str | None
) -> None:
    if expanded is None:
        with pytest.raises(UnresolvedError, match="more settings than can be followed"):
            expand_variables(text, (layer,))
    else:
        assert expand_variables(text, (layer,)) == expanded
