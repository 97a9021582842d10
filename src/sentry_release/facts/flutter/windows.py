"""windows/runner/Runner.rc -> what a Windows app reports."""

import re
from pathlib import PurePosixPath

from sentry_release.facts.flutter.said import Identity, Reader, Unknown
from sentry_release.facts.flutter.version import Version

RESOURCES = PurePosixPath("windows/runner/Runner.rc")
_FROZEN = "1.0.0"
_MAX_BYTES = 1024 * 1024
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_VALUE = re.compile(r'VALUE\s+"(?P<key>InternalName|ProductVersion)"\s*,\s*(?P<value>[^\r\n]+)')
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_FROM_FLUTTER = re.compile(r"#\s*(?:ifdef|if\s+defined)\s*\(?\s*FLUTTER_VERSION\b")


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
    text = _COMMENT.sub(" ", _decoded(content[:_MAX_BYTES]))
    values = {found["key"]: found["value"] for found in _VALUE.finditer(text)}
    name, number = _product_version(values.get("ProductVersion"), text, version)
    return Identity(app_id=_internal_name(values.get("InternalName")), version=name, build=number)


def _internal_name(value: str | None) -> str | Unknown:
    if value is not None and (parts := _TEXT.findall(value)):
        return _plain(parts[0])
    return Unknown(
        why="cannot be read, since InternalName is no text there",
        where=str(RESOURCES),
        mend="name the release with the input `release`",
    )


def _product_version(
    value: str | None, text: str, version: Version
) -> tuple[str | Unknown | None, str | Unknown | None]:
    if value is not None and value.lstrip().startswith('"'):
        parts = _plain(_TEXT.findall(value)[0]) if _TEXT.findall(value) else ""
        name, _, number = parts.partition("+")
        return name or None, number or None
    if not _FROM_FLUTTER.search(text):
        return _FROZEN, None
    return version.name or _FROZEN, version.windows_number if version.name else None


def _plain(text: str) -> str:
    return text.replace('""', '"').replace("\\0", "")


def _decoded(content: bytes) -> str:
    """Visual Studio writes UTF-16 with a mark, UTF-8, or the code page of Western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
