"""Evaluate expressions of a Gradle script: text, a value of Flutter, or unknown with a reason."""

import re
from dataclasses import dataclass, replace

from sentry_release.flutter.gradle.parser import GradleScript
from sentry_release.flutter.gradle.settings import (
    MAX_LENGTH,
    Setting,
    find_settings,
    parse_literal,
    strip_parentheses,
)
from sentry_release.model.platform import Unknown

_DEFAULTS = {"versionName": "1.0", "versionCode": "1"}
_NAME = re.compile(r"(?:(?:project\s*\.\s*)?(?:ext|extra)\s*\.\s*)?([A-Za-z_$][\w$]*)")
_FLUTTER_VALUE = re.compile(r"(?:project\s*\.\s*)?flutter\s*\.\s*(versionName|versionCode)")
_READ = re.compile(
    r"[\w$]{0,80}[pP]ropert(?:y|ies)[\w$]{0,80}\s*(?:"
    r'\.\s*getProperty\s*\(\s*(?P<called>"_+")\s*(?:,\s*(?P<default>"_*")\s*)?\)'
    r'|\[\s*(?P<indexed>"_+")\s*\])'
)
_OTHERWISE = re.compile(r'(?<!\s)\s*+\?:\s*+("_*"|\d+)$')


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFlutter:
    """The build name (`versionName`) or number (`versionCode`) of Flutter, with its default."""

    key: str
    default: str | None


Value = str | FromFlutter | Unknown | None
"""None is a `null` in the script."""


def evaluate_setting(script: GradleScript, setting: Setting, *, hint: str, hops: int = 1) -> Value:
    """
    Return the value of a setting, without running anything.

    Supported are literals, Flutter's properties, the reads of local.properties in older
    projects, and a name to which the same script assigns such a value exactly once, before.

    Args:
        script: The script with the setting.
        setting: The setting to evaluate.
        hint: The input to set, for an Unknown.
        hops: The number of names that may be followed.

    Source: flutter_tools, gradle/src/main/kotlin/FlutterExtension.kt and FlutterPlugin.kt, and
    the build.gradle of older project templates
    """
    expression = strip_parentheses(setting)
    found: Value = parse_literal(expression)
    if isinstance(found, Unknown):
        found = _match_flutter_value(expression) or found
    if isinstance(found, Unknown) and hops and (name := _NAME.fullmatch(expression.code)):
        constant = _find_constant(script, expression, name[1])
        if isinstance(constant, Setting):
            return evaluate_setting(script, constant, hint=hint, hops=hops - 1)
        found = constant or found
    if isinstance(found, Unknown):
        return replace(found, location=script.format_location(setting.offset), hint=hint)
    return found


def _match_flutter_value(setting: Setting) -> FromFlutter | None:
    if own := _FLUTTER_VALUE.fullmatch(setting.code):
        return FromFlutter(key=own[1], default=_DEFAULTS[own[1]])
    otherwise = _OTHERWISE.search(setting.code[-MAX_LENGTH:])
    kept = len(setting.code) - len(otherwise[0]) if otherwise else len(setting.code)
    inner = strip_parentheses(_slice_setting(setting, 0, kept))
    read = _READ.fullmatch(inner.code)
    if read is None:
        return None
    key = parse_literal(
        _slice_setting(inner, *read.span("called" if read["called"] else "indexed"))
    )
    default = (
        parse_literal(_slice_setting(inner, *read.span("default"))) if read["default"] else None
    )
    if otherwise:
        default = parse_literal(
            _slice_setting(setting, setting.code.rindex(otherwise[1]), len(setting.code))
        )
    if key not in {"flutter.versionName", "flutter.versionCode"} or isinstance(default, Unknown):
        return None
    return FromFlutter(key=str(key).removeprefix("flutter."), default=default)


def _slice_setting(setting: Setting, start: int, end: int) -> Setting:
    return replace(setting, code=setting.code[start:end], source=setting.source[start:end])


def _find_constant(script: GradleScript, use: Setting, name: str) -> Setting | FromFlutter | None:
    """Return the only assignment to a name, if it is in scope where the name is used."""
    assigned = re.compile(
        rf"(?<![\w$]){re.escape(name)}\s*"
        r"(?:(?::\s*[\w.<>?]+\s*)?(?:[-+*/%?]|<<)?=(?![=~])|\+\+|--)"
    )
    times = len(assigned.findall(script.code))
    found = [one for one in find_settings(script, {name}) if one.code]
    if not found or times != len(found) or not _is_in_scope(found[0], use):
        return None
    return found[0] if times == 1 else _add_default(script, *found)


def _is_in_scope(constant: Setting, use: Setting) -> bool:
    path = constant.path
    if not constant.defines:  # a property of the project, or a name without a declaration
        return path in {(), ("ext",), ("extra",)} and constant.offset < use.offset
    return use.path[: len(path)] == path and constant.offset < use.offset


def _add_default(script: GradleScript, first: Setting, *others: Setting) -> FromFlutter | None:
    """`def x = localProperties.getProperty(…)`, then `if (x == null) { x = "1" }`."""
    found = evaluate_setting(script, first, hint="", hops=0)
    other = others[0]
    guard = f"?if({first.word}==null)"
    guarded = len(other.path) == len(first.path) + 1 and "".join(other.path[-1].split()) == guard
    if not isinstance(found, FromFlutter) or len(others) > 1 or not guarded:
        return None
    default = parse_literal(strip_parentheses(other))
    return replace(found, default=default) if isinstance(default, str) else None
