"""Fixers for native versions (FD25, FD26, FD27), pubspec.yaml and index.html."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.dart.source import Span
from sentry_release.doctor.app import FixContext, get_only
from sentry_release.flutter.yaml_document import parse_editable_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.finding import TextEdit, find_line_end, find_line_ending, find_line_start
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
    r"^[ \t]*(?P<key>versionName|versionCode)(?:[ \t]*+=[ \t]*+|[ \t]++)"
    r"(?P<value>\d+|\"[^\"$\\\n]*\"|'[^'\\\n]*')[ \t]*+(?:;[ \t]*+)?(?://[^\n]*+)?\r?$",
    re.MULTILINE,
)
_PLUGIN = re.compile(r"^[ \t]*id[ \t(]+[\"']dev\.flutter\.flutter-gradle-plugin[\"']", re.MULTILINE)
_OLD_STYLE = {
    "versionName": ("flutterVersionName", "flutterVersionName"),
    "versionCode": ("flutterVersionCode", "flutterVersionCode.toInteger()"),
}
_BLANK = re.compile(
    r"(?P<indent> +)(?P<key>\w+)[ \t]*+:[ \t]*+(?:(?:~|null|Null|NULL)[ \t]*+)?(?P<comment>#.*)?"
)
_VALUE = re.compile(r" +commits[ \t]*:[ \t]+(?P<value>[\w-]+)[ \t]*(?:#.*)?")
_COMMITS = re.compile(r"^[ \t]*commits[ \t]*[=:]", re.MULTILINE)
_HOST = "https://browser.sentry-cdn.com"
_TAG = re.compile(
    r"<meta(?:\s+[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?)*\s*/?>", re.IGNORECASE
)
_CONTENT = re.compile(r"(?<=\s)content\s*=\s*(?P<quote>[\"'])(?P<policy>.*?)(?P=quote)", re.DOTALL)
_IS_POLICY = re.compile(r"(?<=\s)http-equiv\s*=\s*[\"']?content-security-policy\b", re.IGNORECASE)
_DIRECTIVE = re.compile(r"[^;]+")
_FALLBACK_ORDER = ("script-src-elem", "script-src")  # in the order of a browser, before default-src


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
    found = get_only(
        re.finditer(
            rf"<key>{key}</key>\s*<string>(?P<value>\$\({setting}\)|[^$<&]*)</string>", text
        )
    )
    if found is None:
        return None
    start, end = found.span("value")
    return (TextEdit(path=context.app.folder / path, start=start, end=end, text=value),)


def fix_runner_rc_version(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edits of Runner.rc and CMakeLists.txt to the template since Flutter 3.3.

    Without the definition in CMakeLists.txt the resource cannot resolve the name.
    Source: https://docs.flutter.dev/release/breaking-changes/windows-version-information
    """
    path = "windows/runner/CMakeLists.txt"
    build = context.app.read_text(path) or ""
    found = get_only(_OLD_RESOURCE.finditer(context.text))
    standard = _STANDARD.search(build)
    passed = _PASSED_VERSION.search(build)
    if found is None or not (passed or standard):
        return None
    resource = _NEW_RESOURCE.format(find_line_ending(context.text))
    edits = [context.build_edit(*found.span(), resource)]
    if standard and not passed:
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
    found = get_only(one for one in _GRADLE.finditer(context.text) if one["key"] == key)
    if found is None:  # with several, the intended one is ambiguous
        return None
    value = _write_in_style(key, context.text, is_kotlin=context.finding.path.suffix == ".kts")
    return None if value is None else (context.build_edit(*found.span("value"), value),)


def _write_in_style(key: str, text: str, *, is_kotlin: bool) -> str | None:
    name, use = _OLD_STYLE[key]
    if re.search(rf"^[ \t]*def[ \t]+{name}\b", text, re.MULTILINE):
        return use
    known = is_kotlin or re.search(r"^[^/\n]*\bflutter\.version(?:Name|Code)\b", text, re.MULTILINE)
    return f"flutter.{key}" if known and _PLUGIN.search(text) else None


def fix_blank_plugin_key(context: FixContext) -> tuple[TextEdit, ...] | None:
    """Return the edit that removes a key without a value; a comment on its line stays."""
    text = context.text
    section = _find_section(text)
    if section is None:
        return None
    start = find_line_start(text, context.finding.line)
    end = find_line_end(text, start)
    found = _BLANK.fullmatch(text, start, end)
    entries = section[1].entries
    keys = [key.text for key, _ in entries if key.line == context.finding.line]
    filled = any(value.value for _, value in entries)
    if found is None or keys != [found["key"]] or not filled:
        return None
    if found["comment"]:
        return (context.build_edit(found.start("key"), found.start("comment"), ""),)
    return (context.build_edit(start, _find_next_line(text, end), ""),)


def fix_plugin_commits(context: FixContext) -> tuple[TextEdit, ...] | None:
    """Return the edit that sets `commits: false`, in place of the value or as the first key."""
    text = context.text
    section = _find_section(text)
    if section is None:
        return None
    key, value = section
    commits = value.find_entry("commits")
    if commits is not None:
        start = find_line_start(text, commits[0].line)
        found = _VALUE.fullmatch(text, start, find_line_end(text, start))
        return None if found is None else (context.build_edit(*found.span("value"), "false"),)
    if _COMMITS.search(context.app.read_text("sentry.properties") or ""):
        return None
    first = value.entries[0][0]
    at = _find_next_line(text, find_line_end(text, find_line_start(text, key.line)))
    if first.line == key.line or find_line_start(text, first.line) < at:
        return None
    return (
        context.build_edit(at, at, f"{' ' * first.column}commits: false{find_line_ending(text)}"),
    )


def _find_section(text: str) -> tuple[YamlNode, YamlNode] | None:
    """Return key and value of the section, if each entry is on its own lines."""
    document = parse_editable_yaml(text)
    section = document.find_entry("sentry") if document else None
    return section if section and section[1].is_block_mapping else None


def _find_next_line(text: str, end: int) -> int:
    """Return the offset of the next line."""
    found = re.compile(r"\r?\n").match(text, end)
    return found.end() if found else end


def fix_content_security_policy(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit that adds the script's host to the sources of scripts.

    A policy with only `default-src` for scripts gets a `script-src` with the same sources and the
    host, so that nothing else is allowed.
    Source: https://www.w3.org/TR/CSP3/#directive-fallback-list
    """
    policy = _find_policy(context)
    if policy is None or "&" in context.text[policy.start("policy") : policy.end("policy")]:
        return None
    directives: dict[str, Span] = {}
    for name, place in _find_directives(context.text, *policy.span("policy")):
        directives.setdefault(name, place)
    found = next((directives[name] for name in _FALLBACK_ORDER if name in directives), None)
    span = found or directives.get("default-src")
    if span is None or not (sources := context.text[span.start : span.end].split()[1:]):
        return None
    if "'none'" in map(str.lower, sources):
        return None
    if found:
        return (context.build_edit(span.end, span.end, f" {_HOST}"),)
    text = f"script-src {' '.join(sources)} {_HOST}; "
    return (context.build_edit(span.start, span.start, text),)


def _find_directives(text: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    """Return the directives of a policy by name, without surrounding whitespace."""
    for part in _DIRECTIVE.finditer(text, start, end):
        words = part[0].strip()
        if words:
            first = part.start() + part[0].index(words)
            yield words.split()[0].lower(), Span(start=first, end=first + len(words))


def _find_policy(context: FixContext) -> re.Match[str] | None:
    """Return the content of the only policy that starts on the finding's line."""
    start = find_line_start(context.text, context.finding.line)
    end = find_line_end(context.text, start)
    return get_only(
        content
        for tag in _TAG.finditer(context.text, start)
        if tag.start() < end and _IS_POLICY.search(tag[0])
        for content in _CONTENT.finditer(context.text, *tag.span())
    )
