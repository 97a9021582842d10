"""The identity of an Android app, from its manifest and Gradle scripts."""

import re
from pathlib import PurePosixPath

from sentry_release.flutter.android_variants import ANDROID, AndroidRelease, find_release_variant
from sentry_release.flutter.app_version import MAX_VERSION_CODE
from sentry_release.flutter.gradle.gradle_lexer import GradleSyntaxError, decode_gradle, find_line
from sentry_release.flutter.gradle.parser import include_applied_scripts, parse_gradle
from sentry_release.model.platform import Identity, ReadFile, Unknown

MAX_BYTES = 256 * 1024
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<manifest(?=[\s>])[^<>]*")
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SCRIPTS = ("android/app/build.gradle", "android/app/build.gradle.kts")
_MANIFEST = "android/app/src/main/AndroidManifest.xml"
_RELEASE = "give the input `release`"
_DIST = "give the inputs `release` and `dist`"


def parse_manifest_attributes(data: bytes) -> dict[str, str]:
    """
    Return the attributes of `<manifest …>`; empty if the file is no manifest or too long.

    Entities are not expanded: none of the attributes that are used here may contain one.

    Source: https://developer.android.com/guide/topics/manifest/manifest-element
    """
    if len(data) > MAX_BYTES:
        return {}
    text = _COMMENT.sub("", data.decode("utf-8-sig", errors="replace"))
    root = _ROOT.search(text)
    found = _ATTRIBUTE.findall(root[0]) if root else []
    return {name: double or single for name, double, single in found}


def read_android_identity(
    read: ReadFile, *, flavor: str | None, build_name: str | None, build_number: str | None
) -> Identity | None:
    """
    Return the identity of an Android app built for release; None if there is no Android app.

    Gradle prefers the Groovy script if both exist. The application id is that of the first
    flavor that sets one, of defaultConfig, the namespace, or the package of the manifest, in this
    order. Suffixes are joined with dots, those of the version name without. The build type
    `debug` is ignored.

    Args:
        read: Reads files below the app's folder.
        flavor: The value of `flutter build --flavor`.
        build_name: The version before the `+`, or its override.
        build_number: The version after the `+`, or its override.

    Source: AGP, ApplicationVariantDslInfoImpl (initApplicationId, versionName, versionCode) and
    ComponentDslInfoImpl (computeApplicationIdSuffix, computeVersionNameSuffix) · Gradle,
    DefaultScriptFileResolver and ScriptingLanguages · package_info_plus, PackageInfoPlugin.kt
    """
    file, data = _read_build_script(read)
    if data is None:
        return None
    try:
        gradle = include_applied_scripts(parse_gradle(data, file=file), read)
    except GradleSyntaxError as error:
        return _build_unknown_identity(_build_unreadable(error, file, data))
    chosen = find_release_variant(gradle, flavor)
    if isinstance(chosen, Unknown):
        return _build_unknown_identity(chosen)
    release = AndroidRelease.from_script(
        gradle, chosen, build_name=build_name, build_number=build_number
    )
    return Identity(
        app_id=_read_app_id(release, read),
        version=_read_version(release, read),
        build=_read_build(release, read),
    )


def list_release_flavors(read: ReadFile) -> tuple[str, ...]:
    """
    Return the product flavors that `flutter build --flavor` accepts by their own names.

    With several dimensions a flavor is one name of each, so none of them is returned; neither is
    any if the build script cannot be parsed.
    """
    file, data = _read_build_script(read)
    try:
        script = include_applied_scripts(parse_gradle(data or b"", file=file), read)
    except GradleSyntaxError:
        return ()
    found = find_release_variant(script, None)
    names = () if isinstance(found, Unknown) else found.flavors or found.ambiguous
    return tuple(one for one in names if not isinstance(find_release_variant(script, one), Unknown))


def _read_build_script(read: ReadFile) -> tuple[str, bytes | None]:
    """Return path and content of the app's build script; None if there is none."""
    files = ((file, read(PurePosixPath(file))) for file in _SCRIPTS)
    return next(((file, data) for file, data in files if data is not None), ("", None))


def _build_unknown_identity(unknown: Unknown) -> Identity:
    return Identity(app_id=unknown, version=unknown, build=unknown)


def _build_unreadable(error: GradleSyntaxError, file: str, data: bytes) -> Unknown:
    line = "" if error.offset is None else f", line {find_line(decode_gradle(data), error.offset)}"
    reason = f"is in a script that cannot be read: {error.why}"
    return Unknown(reason=reason, location=f"{file}{line}", hint=_DIST)


def _read_app_id(release: AndroidRelease, read: ReadFile) -> str | Unknown:
    doubt = release.find_uncertainty("applicationId", "applicationIdSuffix", hint=_RELEASE)
    base = doubt or release.find_first("applicationId", hint=_RELEASE)
    base = _read_namespace(release, read) if base is None else base
    suffixes = release.find_suffixes("applicationIdSuffix", hint=_RELEASE)
    if isinstance(base, Unknown):
        return base
    if isinstance(suffixes, Unknown):
        return suffixes
    if not base:
        return Unknown(reason="is set to nothing", location=release.script.file, hint=_RELEASE)
    return ".".join((base, *(suffix.removeprefix(".") for suffix in suffixes)))


def _read_namespace(release: AndroidRelease, read: ReadFile) -> str | Unknown:
    doubt = release.find_applied_scripts(hint=_RELEASE) or release.find_uncertainty(
        "namespace", hint=_RELEASE
    )
    found = doubt or release.find_written_value("namespace", ANDROID, hint=_RELEASE)
    return (
        found or _read_from_manifest(read, "package", _RELEASE) or _build_missing(release, _RELEASE)
    )


def _read_version(release: AndroidRelease, read: ReadFile) -> str | Unknown | None:
    doubt = release.find_uncertainty("versionName", "versionNameSuffix", hint=_RELEASE)
    base = doubt or release.find_first("versionName", hint=_RELEASE)
    if base is None:
        applied = release.find_applied_scripts(hint=_RELEASE)
        base = applied or _read_from_manifest(read, "android:versionName", _RELEASE)
    suffixes = release.find_suffixes("versionNameSuffix", hint=_RELEASE)
    if base is None or isinstance(base, Unknown):
        return base
    return suffixes if isinstance(suffixes, Unknown) else "".join((base, *suffixes)) or None


def _read_build(release: AndroidRelease, read: ReadFile) -> str | Unknown:
    doubt = release.find_uncertainty("versionCode", hint=_DIST)
    found = doubt or release.find_first("versionCode", hint=_DIST)
    if found is None:
        found = release.find_applied_scripts(hint=_DIST) or _read_from_manifest(
            read, "android:versionCode", _DIST
        )
    if found is None:
        return _build_missing(release, _DIST)
    return found if isinstance(found, Unknown) else _read_version_code(found, release)


def _read_version_code(found: str, release: AndroidRelease) -> str | Unknown:
    digits = found.lstrip("0") or "0"
    # int() refuses very long numbers, and takes digits that are not ASCII.
    short = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_VERSION_CODE))
    if short and int(digits) <= MAX_VERSION_CODE:
        return digits
    reason = f"would be {found[:80]!r}, but Android requires whole numbers up to {MAX_VERSION_CODE}"
    return Unknown(
        reason=reason, location=release.script.file, hint="give the input `build-number`"
    )


def _read_from_manifest(read: ReadFile, name: str, hint: str) -> str | Unknown | None:
    data = read(PurePosixPath(_MANIFEST))
    found = parse_manifest_attributes(data).get(name) if data is not None else None
    if found and ("${" in found or found.startswith("@")):
        reason = f"is set to `{found[:60]}`, which only the build can evaluate"
        return Unknown(reason=reason, location=_MANIFEST, hint=hint)
    return found or None


def _build_missing(release: AndroidRelease, hint: str) -> Unknown:
    reason = "is set neither there nor in the manifest"
    return Unknown(reason=reason, location=release.script.file, hint=hint)
