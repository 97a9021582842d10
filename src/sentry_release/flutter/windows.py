"""The identity of a Windows app, from windows/runner/Runner.rc."""

import re
from pathlib import PurePosixPath

from sentry_release.flutter.app_version import AppVersion
from sentry_release.model.platform import Identity, ReadFile, Unknown

RESOURCES = PurePosixPath("windows/runner/Runner.rc")
_MAX_BYTES = 1024 * 1024
_FLUTTER = "FLUTTER_VERSION"
_KNOWN_NAMES = re.compile(r'(?P<text>"(?:[^"\n]|"")*")|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_VALUE = re.compile(r'\bVALUE\s+"(?P<key>InternalName|ProductVersion)"\s*,\s*(?P<value>[^\r\n]+)')
_DEFINE = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\r\n]+)", re.MULTILINE
)
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_WORD = re.compile(r"#?\s*(\w+)")


def read_windows_identity(read: ReadFile, version: AppVersion) -> Identity | None:
    """
    Return the identity in the version resource; None if there is no Windows app.

    The template since Flutter 3.3 uses FLUTTER_VERSION; an older one stays at 1.0.0, regardless
    of the pubspec.
    Source: flutter_tools, templates/app/windows.tmpl/runner/Runner.rc.tmpl;
    package_info_plus, lib/src/package_info_plus_windows.dart
    """
    content = read(RESOURCES)
    if content is None:
        return None
    text = _KNOWN_NAMES.sub(lambda found: found["text"] or " ", _decode_rc(content[:_MAX_BYTES]))
    values: dict[str, str] = {}
    for found in _VALUE.finditer(text):
        values.setdefault(found["key"], found["value"])
    name, number = _read_product_version(values.get("ProductVersion", ""), text, version)
    return Identity(
        app_id=_parse_literal(values.get("InternalName", "")) or _build_unknown("InternalName"),
        version=name,
        build=number,
    )


def _read_product_version(
    value: str, text: str, version: AppVersion
) -> tuple[str | Unknown | None, str | Unknown | None]:
    """Return the literal value, or the value that the macro is defined as."""
    word = _WORD.match(value)
    values = [value]
    if word is not None and word[1] != _FLUTTER:
        values = [found["value"] for found in _DEFINE.finditer(text) if found["name"] == word[1]]
    if any(re.search(rf"\b{_FLUTTER}\b", one) for one in values if not one.startswith('"')):
        return version.windows_version
    literals = {found for one in values if (found := _parse_literal(one)) is not None}
    if len(literals) != 1:
        unknown = _build_unknown("ProductVersion")
        return unknown, unknown
    name, _, number = literals.pop().partition("+")
    return name or None, number or None


def _parse_literal(value: str) -> str | None:
    """Return the string at the start of a value, without its final null character."""
    found = _TEXT.match(value.strip())
    return found[1].replace('""', '"').replace("\\0", "") if found else None


def _build_unknown(key: str) -> Unknown:
    return Unknown(
        reason=f"cannot be read, because {key} is not a string",
        location=str(RESOURCES),
        hint="name the release with the input `release`",
    )


def _decode_rc(content: bytes) -> str:
    """Decode what Visual Studio writes: UTF-16 with a byte order mark, UTF-8 or Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
