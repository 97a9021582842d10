"""Fixers for native versions that do not come from Flutter (FD25, FD26, FD27)."""

import re
from pathlib import PurePosixPath

from sentry_release.doctor.fixes.fix_context import FixContext, find_line_end, find_line_ending
from sentry_release.model.finding import TextEdit
from sentry_release.model.platform import Platform

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


def fix_plist_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit of Info.plist that restores the variable of Flutter's template.

    It replaces a literal or another build setting; the setting itself stays, since other targets
    may use it.
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
    Return the edits of Runner.rc and CMakeLists.txt to the template since Flutter 3.3.

    Without the definition in CMakeLists.txt the resource cannot resolve the name.
    Source: https://docs.flutter.dev/release/breaking-changes/windows-version-information
    """
    path = "windows/runner/CMakeLists.txt"
    build = context.app.read_text(path) or ""
    found = list(_OLD_RESOURCE.finditer(context.text))
    standard = _STANDARD.search(build)
    values = _PASSED_VERSION.search(build)
    if len(found) != 1 or not (values or standard):
        return None
    resource = _NEW_RESOURCE.format(find_line_ending(context.text))
    edits = [context.build_edit(found[0].start(), found[0].end(), resource)]
    if standard and not values:
        at = find_line_end(build, standard.start())
        text = f"{find_line_ending(build)}{_PASSES_VERSION}"
        edits.append(TextEdit(path=context.app.folder / path, start=at, end=at, text=text))
    return tuple(edits)


def fix_gradle_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit of the Gradle script that takes the value from Flutter, in its own style.

    A script that reads local.properties keeps its variables. Another one gets
    `flutter.versionName` if it applies Flutter's plugin by id and, in Groovy, already uses such a
    property for the other value: older plugins lack the property.
    Source: flutter_tools, templates/app/android-kotlin.tmpl, android-java.tmpl
    """
    key = context.finding.message.partition(" ")[0]
    found = [one for one in _GRADLE.finditer(context.text) if one["key"] == key]
    if len(found) != 1:  # with several, the intended one is ambiguous
        return None
    value = _write_in_style(key, context.text, is_kotlin=context.finding.path.suffix == ".kts")
    return None if value is None else (context.build_edit(*found[0].span("value"), value),)


def _write_in_style(key: str, text: str, *, is_kotlin: bool) -> str | None:
    name, use = _OLD_STYLE[key]
    if re.search(rf"^[ \t]*def[ \t]+{name}\b", text, re.MULTILINE):
        return use
    known = is_kotlin or re.search(r"^[^/\n]*\bflutter\.version(?:Name|Code)\b", text, re.MULTILINE)
    return f"flutter.{key}" if known and _PLUGIN.search(text) else None
