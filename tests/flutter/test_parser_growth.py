"""Every parser of a project's files takes linear time, whatever a file repeats."""

import time

import pytest

from job import ROOT
from targets import TARGETS

_SHOP = ROOT / "tests/fixtures/flutter/shop"
_PROJECT = (_SHOP / "ios/Runner.xcodeproj/project.pbxproj").read_text().partition("objects = {")[0]
_OBJECTS = _PROJECT + "objects = {\n"
_RC = "#include <winres.h>\nVS_VERSION_INFO VERSIONINFO\nBEGIN\n"
_PLIST = '<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n'
_CASES = [
    ("pbxproj", _OBJECTS, "A = {isa = PBXGroup; children = (B, ); };\n"),
    ("pbxproj", _OBJECTS, 'A = "b'),
    ("pbxproj", _OBJECTS, "A /* b "),
    ("pbxproj", _OBJECTS, "A = {B = ("),
    ("pbxproj", _OBJECTS, "A = B; "),
    ("pbxproj", "", "{ a = "),
    ("xcconfig", "", "A = $(A) $(inherited)\n"),
    ("xcconfig", "PRODUCT_BUNDLE_IDENTIFIER = ", "$(A:lower)"),
    ("xcconfig", "", "A[sdk=b]"),
    ("xcconfig", "", '#include "a.xcconfig"\n'),
    ("xcconfig", "A = b", "\\\n"),
    ("plist", _PLIST, "<key>A</key><string>$(A)</string>\n"),
    ("plist", _PLIST, "<dict>"),
    ("plist", _PLIST, "<!-- a "),
    ("plist", "", "{ A = ("),
    ("plist", "bplist00", "\xd1\x01\x02"),
    ("rc", _RC, 'VALUE "ProductVersion", A\n'),
    ("rc", _RC, '#define A "'),
    ("rc", _RC, 'VALUE "InternalName", ""'),
    ("rc", _RC, "/* a "),
    ("page", "<head>", "<script src\n"),
    ("page", "<head>", "<meta "),
    ("page", "<head>", "<!-- a "),
    ("page", "<head>", '<meta http-equiv="Content-Security-Policy" content="a">'),
    ("page", '<meta content="', "&#1"),
    ("script", "lane :a do\n", 'gradle(task: "assemble") '),
    ("script", "lane :a do\n", 'sh("flutter build ipa #{a}")\n'),
    ("script", "lane :a do\n", "build_app(a: {"),
]  # fmt: skip
_RATIO, _NOTICEABLE_S = 8.0, 0.1
_SMALL, _LARGE, _ENOUGH = 4_000, 16_000, 250_000  # characters


def measure(target: str, head: str, part: str, size: int) -> float:
    """Return the processor seconds that the parser takes for about so many characters."""
    content = (head + part * (size // len(part))).encode("latin-1")
    began = time.process_time()
    TARGETS[target](content)
    return time.process_time() - began


@pytest.mark.parametrize(("target", "head", "part"), _CASES)
def test_four_times_the_text_takes_a_parser_about_four_times_as_long(
    target: str, head: str, part: str
) -> None:
    small_s = min(measure(target, head, part, _SMALL) for _ in range(2))
    large_s = measure(target, head, part, _LARGE)

    assert large_s < max(_NOTICEABLE_S, _RATIO * small_s)


@pytest.mark.large
@pytest.mark.parametrize(("target", "head", "part"), _CASES)
def test_a_large_file_takes_a_parser_no_more_than_its_share(
    target: str, head: str, part: str
) -> None:
    share = measure(target, head, part, _ENOUGH // 4)

    assert measure(target, head, part, _ENOUGH) < max(1, _RATIO * share)
