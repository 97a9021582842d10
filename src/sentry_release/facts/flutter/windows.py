"""windows/runner/Runner.rc -> what a Windows app reports."""

import re
from pathlib import PurePosixPath

from sentry_release.facts.flutter.said import Identity, Reader, Unknown
from sentry_release.facts.flutter.version import Version

RESOURCES = PurePosixPath("windows/runner/Runner.rc")
_MAX_BYTES = 1024 * 1024
_FLUTTER = "FLUTTER_VERSION"
_SPOKEN = re.compile(r'(?P<text>"(?:[^"\n]|"")*")|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_VALUE = re.compile(r'\bVALUE\s+"(?P<key>InternalName|ProductVersion)"\s*,\s*(?P<value>[^\r\n]+)')
_DEFINE = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\r\n]+)", re.MULTILINE
)
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_WORD = re.compile(r"#?\s*(\w+)")


def identity(read: Reader, version: Version) -> Identity | None:
    """
    Read the version resource; None when there is no Windows app.

    The template since Flutter 3.3 takes the whole version from FLUTTER_VERSION; an older one
    stays at 1.0.0 whatever the pubspec says.
    Source: flutter_tools, templates/app/windows.tmpl/runner/Runner.rc.tmpl;
    package_info_plus, lib/src/package_info_plus_windows.dart
    """
    content = read(RESOURCES)
    if content is None:
        return None
    text = _SPOKEN.sub(lambda found: found["text"] or " ", _decoded(content[:_MAX_BYTES]))
    values: dict[str, str] = {}
    for found in _VALUE.finditer(text):
        values.setdefault(found["key"], found["value"])
    name, number = _product_version(values.get("ProductVersion", ""), text, version)
    return Identity(
        app_id=_literal(values.get("InternalName", "")) or _unknown("InternalName"),
        version=name,
        build=number,
    )


def _product_version(
    value: str, text: str, version: Version
) -> tuple[str | Unknown | None, str | Unknown | None]:
    """The literal that stands there, or what the name that stands there is defined as."""
    word = _WORD.match(value)
    meant = [value]
    if word is not None and word[1] != _FLUTTER:
        meant = [found["value"] for found in _DEFINE.finditer(text) if found["name"] == word[1]]
    if any(re.search(rf"\b{_FLUTTER}\b", one) for one in meant if not one.startswith('"')):
        return version.for_windows
    literals = {found for one in meant if (found := _literal(one)) is not None}
    if len(literals) != 1:
        unknown = _unknown("ProductVersion")
        return unknown, unknown
    name, _, number = literals.pop().partition("+")
    return name or None, number or None


def _literal(value: str) -> str | None:
    """The text that a value begins with; a text closes with a null character of its own."""
    found = _TEXT.match(value.strip())
    return found[1].replace('""', '"').replace("\\0", "") if found else None


def _unknown(key: str) -> Unknown:
    return Unknown(
        why=f"cannot be read, since {key} is no text there",
        where=str(RESOURCES),
        mend="name the release with the input `release`",
    )


def _decoded(content: bytes) -> str:
    """Visual Studio writes UTF-16 with a mark, UTF-8, or the code page of Western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
