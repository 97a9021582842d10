"""The files of an Android app -> what package_info_plus will read from its release."""

from pathlib import PurePosixPath

from sentry_release.facts.flutter.android_flavors import variant
from sentry_release.facts.flutter.android_manifest import attributes
from sentry_release.facts.flutter.android_settings import ANDROID, Release
from sentry_release.facts.flutter.android_versions import MOST
from sentry_release.facts.flutter.gradle import script
from sentry_release.facts.flutter.gradle_text import UnreadableError, line_of, text_of
from sentry_release.facts.flutter.said import Identity, Reader, Unknown

_SCRIPTS = ("android/app/build.gradle", "android/app/build.gradle.kts")
_MANIFEST = "android/app/src/main/AndroidManifest.xml"
_RELEASE = "give the input `release`"
_DIST = "give the inputs `release` and `dist`"


def identity(
    read: Reader, *, flavor: str | None, build_name: str | None, build_number: str | None
) -> Identity | None:
    """
    Say what an Android app will report of itself, built for release; None when there is no app.

    Gradle prefers the script in Groovy where there are two. The application id is that of the
    first flavor that has one, or of defaultConfig, or else the namespace, or else the package of
    the manifest; suffixes are joined with dots, of the version name without. What the build type
    `debug` adds never counts.

    Args:
        read: Gives the files below the app's folder.
        flavor: As `flutter build --flavor` is told.
        build_name: What stands before the `+` of the version, or overrides it.
        build_number: What stands after the `+`, or overrides it.

    Source: AGP, ApplicationVariantDslInfoImpl (initApplicationId, versionName, versionCode) and
    ComponentDslInfoImpl (computeApplicationIdSuffix, computeVersionNameSuffix) · Gradle,
    DefaultScriptFileResolver and ScriptingLanguages · package_info_plus, PackageInfoPlugin.kt
    """
    files = ((file, read(PurePosixPath(file))) for file in _SCRIPTS)
    file, data = next(((file, data) for file, data in files if data is not None), ("", None))
    if data is None:
        return None
    try:
        gradle = script(data, file=file)
    except UnreadableError as error:
        return _nothing(_unreadable(error, file, data))
    chosen = variant(gradle, flavor)
    if isinstance(chosen, Unknown):
        return _nothing(chosen)
    release = Release.of(gradle, chosen, build_name=build_name, build_number=build_number)
    return Identity(
        app_id=_app_id(release, read), version=_version(release, read), build=_build(release, read)
    )


def _nothing(unknown: Unknown) -> Identity:
    return Identity(app_id=unknown, version=unknown, build=unknown)


def _unreadable(error: UnreadableError, file: str, data: bytes) -> Unknown:
    line = "" if error.offset is None else f", line {line_of(text_of(data), error.offset)}"
    why = f"is in a script that cannot be read: {error.why}"
    return Unknown(why=why, where=f"{file}{line}", mend=_DIST)


def _app_id(release: Release, read: Reader) -> str | Unknown:
    doubt = release.doubt("applicationId", "applicationIdSuffix", mend=_RELEASE)
    base = doubt or release.first("applicationId", mend=_RELEASE)
    base = _namespace(release, read) if base is None else base
    suffixes = release.suffixes("applicationIdSuffix", mend=_RELEASE)
    if isinstance(base, Unknown):
        return base
    if isinstance(suffixes, Unknown):
        return suffixes
    if not base:
        return Unknown(why="is set to nothing", where=release.script.file, mend=_RELEASE)
    return ".".join((base, *(suffix.removeprefix(".") for suffix in suffixes)))


def _namespace(release: Release, read: Reader) -> str | Unknown:
    doubt = release.applied(mend=_RELEASE) or release.doubt("namespace", mend=_RELEASE)
    found = doubt or release.said("namespace", ANDROID, mend=_RELEASE)
    return found or _from_manifest(read, "package", _RELEASE) or _missing(release, _RELEASE)


def _version(release: Release, read: Reader) -> str | Unknown | None:
    doubt = release.doubt("versionName", "versionNameSuffix", mend=_RELEASE)
    base = doubt or release.first("versionName", mend=_RELEASE)
    if base is None:
        applied = release.applied(mend=_RELEASE)
        base = applied or _from_manifest(read, "android:versionName", _RELEASE)
    suffixes = release.suffixes("versionNameSuffix", mend=_RELEASE)
    if base is None or isinstance(base, Unknown):
        return base
    return suffixes if isinstance(suffixes, Unknown) else "".join((base, *suffixes)) or None


def _build(release: Release, read: Reader) -> str | Unknown:
    doubt = release.doubt("versionCode", mend=_DIST)
    found = doubt or release.first("versionCode", mend=_DIST)
    if found is None:
        found = release.applied(mend=_DIST) or _from_manifest(read, "android:versionCode", _DIST)
    if found is None:
        return _missing(release, _DIST)
    return found if isinstance(found, Unknown) else _code(found, release)


def _code(found: str, release: Release) -> str | Unknown:
    digits = found.lstrip("0") or "0"
    # int() refuses very long numbers, and takes digits that are not ASCII.
    short = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MOST))
    if short and int(digits) <= MOST:
        return digits
    why = f"would be {found[:30]!r}, and Android takes whole numbers up to {MOST}"
    return Unknown(why=why, where=release.script.file, mend="give the input `build-number`")


def _from_manifest(read: Reader, name: str, mend: str) -> str | Unknown | None:
    data = read(PurePosixPath(_MANIFEST))
    found = attributes(data).get(name) if data is not None else None
    if found and ("${" in found or found.startswith("@")):
        why = f"is set to `{found[:60]}`, which only the build can work out"
        return Unknown(why=why, where=_MANIFEST, mend=mend)
    return found or None


def _missing(release: Release, mend: str) -> Unknown:
    why = "is set neither there nor in the manifest"
    return Unknown(why=why, where=release.script.file, mend=mend)
