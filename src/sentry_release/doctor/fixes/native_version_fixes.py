"""The mends of FD25, FD26 and FD27: versions that a platform takes from Flutter again."""

import re
from pathlib import PurePosixPath

from sentry_release.doctor.fixes.fix_context import FixContext, find_line_end, find_line_ending
from sentry_release.flutter.platforms import Platform
from sentry_release.model.finding import TextEdit

_APPLE = {
    "CFBundleShortVersionString": ("MARKETING_VERSION", "$(FLUTTER_BUILD_NAME)"),
    "CFBundleVersion": ("CURRENT_PROJECT_VERSION", "$(FLUTTER_BUILD_NUMBER)"),
}
_OLD_RESOURCE = re.compile(
    r"^#ifdef FLUTTER_BUILD_NAME[ \t]*\r?\n#define VERSION_AS_STRING #FLUTTER_BUILD_NAME(?=[ \t]*\r?$)",
    re.MULTILINE,
)
_NEW_RESOURCE = "#if defined(FLUTTER_VERSION){0}#define VERSION_AS_STRING FLUTTER_VERSION"
_STANDARD = re.compile(r"^apply_standard_settings\(\$\{BINARY_NAME\}\)[ \t]*\r?$", re.MULTILINE)
_PASSED_VERSION = re.compile(
    r"^[ \t]*target_compile_definitions\([^()#]*\"FLUTTER_VERSION=", re.MULTILINE
)
_PASSES_VERSION = (
    r'target_compile_definitions(${BINARY_NAME} PRIVATE "FLUTTER_VERSION=\"${FLUTTER_VERSION}\"")'
)
_GRADLE = re.compile(
    r"^[ \t]*(?P<key>versionName|versionCode)(?:[ \t]*=[ \t]*|[ \t]+)"
    r"(?P<value>\d+|\"[^\"$\\\n]*\"|'[^'\\\n]*')[ \t]*;?[ \t]*(?://[^\n]*)?\r?$",
    re.MULTILINE,
)
_PLUGIN = re.compile(r"^[ \t]*id[ \t(]+[\"']dev\.flutter\.flutter-gradle-plugin[\"']", re.MULTILINE)
_OLD_STYLE = {
    "versionName": ("flutterVersionName", "flutterVersionName"),
    "versionCode": ("flutterVersionCode", "flutterVersionCode.toInteger()"),
}


def fix_gradle_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    What Flutter's template has, for a literal in Info.plist or a build setting that it names.

    The build setting itself stays: other targets of the project may have it from there.
    Source: flutter_tools, templates/app/ios-swift.tmpl/Runner/Info.plist.tmpl
    """
    platform = context.finding.path.relative_to(context.app.folder).parts[0]
    key = context.finding.message.partition(" ")[0]
    if platform not in {Platform.IOS.value, Platform.MACOS.value} or key not in _APPLE:
        return None
    setting, value = _APPLE[key]
    path = PurePosixPath(platform) / "Runner/Info.plist"
    text = context.app.read_text(str(path)) or ""
    found = list(
        re.finditer(
            rf"<key>{key}</key>\s*<string>(?P<value>\$\({setting}\)|[^$<&]*)</string>", text
        )
    )
    if len(found) != 1:
        return None
    start, end = found[0].span("value")
    return (TextEdit(path=context.app.folder / path, start=start, end=end, text=value),)


def fix_runner_rc_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    What the template since Flutter 3.3 has, in Runner.rc and in the build of the runner.

    Without the definition in CMakeLists.txt the resource would not know the name.
    Source: https://docs.flutter.dev/release/breaking-changes/windows-version-information
    """
    path = "windows/runner/CMakeLists.txt"
    build = context.app.read_text(path) or ""
    found = list(_OLD_RESOURCE.finditer(context.get_text))
    standard = _STANDARD.search(build)
    values = _PASSED_VERSION.search(build)
    if len(found) != 1 or not (values or standard):
        return None
    resource = _NEW_RESOURCE.format(find_line_ending(context.get_text))
    edits = [context.build_edit(found[0].start(), found[0].end(), resource)]
    if standard and not values:
        at = find_line_end(build, standard.start())
        text = f"{find_line_ending(build)}{_PASSES_VERSION}"
        edits.append(TextEdit(path=context.app.folder / path, start=at, end=at, text=text))
    return tuple(edits)


def fix_plist_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    What Flutter hands to Gradle, in the words of the script.

    A script that reads local.properties itself keeps to that; another one gets
    `flutter.versionName` where it uses Flutter's plugin by its id and, if it is one of Groovy,
    the other half already comes so: older plugins do not know the property.
    Source: flutter_tools, templates/app/android-kotlin.tmpl, android-java.tmpl
    """
    key = context.finding.message.partition(" ")[0]
    found = [one for one in _GRADLE.finditer(context.get_text) if one["key"] == key]
    if len(found) != 1:  # of several, only a person knows which are meant
        return None
    value = _write_in_style(key, context.get_text, is_kotlin=context.finding.path.suffix == ".kts")
    return None if value is None else (context.build_edit(*found[0].span("value"), value),)


def _write_in_style(key: str, text: str, *, is_kotlin: bool) -> str | None:
    name, use = _OLD_STYLE[key]
    if re.search(rf"^[ \t]*def[ \t]+{name}\b", text, re.MULTILINE):
        return use
    known = is_kotlin or re.search(r"^[^/\n]*\bflutter\.version(?:Name|Code)\b", text, re.MULTILINE)
    return f"flutter.{key}" if known and _PLUGIN.search(text) else None
