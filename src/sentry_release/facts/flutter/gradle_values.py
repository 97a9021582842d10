"""Expression in a Gradle script -> its text, what Flutter puts there, or why nobody can tell."""

import re
from dataclasses import dataclass, replace

from sentry_release.facts.flutter.gradle import Script
from sentry_release.facts.flutter.gradle_literals import LONGEST, bare, literal
from sentry_release.facts.flutter.gradle_settings import Setting, settings
from sentry_release.facts.flutter.said import Unknown

_DEFAULTS = {"versionName": "1.0", "versionCode": "1"}
_NAME = re.compile(r"(?:(?:project\s*\.\s*)?(?:ext|extra)\s*\.\s*)?([A-Za-z_$][\w$]*)")
_FLUTTERS = re.compile(r"(?:project\s*\.\s*)?flutter\s*\.\s*(versionName|versionCode)")
_READ = re.compile(
    r"[\w$]*[pP]ropert(?:y|ies)[\w$]*\s*(?:"
    r'\.\s*getProperty\s*\(\s*(?P<called>"_+")\s*(?:,\s*(?P<default>"_*")\s*)?\)'
    r'|\[\s*(?P<indexed>"_+")\s*\])'
)
_OTHERWISE = re.compile(r'\s*\?:\s*("_*"|\d+)$')


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFlutter:
    """The build name (`versionName`) or number (`versionCode`), and what stands in for none."""

    key: str
    default: str | None


Value = str | FromFlutter | Unknown | None
"""None is what the script itself says with `null`."""


def value(script: Script, setting: Setting, *, mend: str, hops: int = 1) -> Value:
    """
    Read the expression of a setting, without running anything.

    Known are literals, Flutter's own properties, the reads of local.properties that older
    projects make of them, and a name that the same script gives such a value once, before.

    Args:
        script: The script the setting stands in.
        setting: What to read.
        mend: Which input to give, for an Unknown.
        hops: How many names may be followed.

    Source: flutter_tools, gradle/src/main/kotlin/FlutterExtension.kt and FlutterPlugin.kt, and
    the build.gradle of older project templates
    """
    expression = bare(setting)
    found: Value = literal(expression)
    if isinstance(found, Unknown):
        found = _flutters(expression) or found
    if isinstance(found, Unknown) and hops and (name := _NAME.fullmatch(expression.code)):
        constant = _constant(script, expression, name[1])
        if isinstance(constant, Setting):
            return value(script, constant, mend=mend, hops=hops - 1)
        found = constant or found
    if isinstance(found, Unknown):
        return replace(found, where=script.where(setting.offset), mend=mend)
    return found


def _flutters(setting: Setting) -> FromFlutter | None:
    if own := _FLUTTERS.fullmatch(setting.code):
        return FromFlutter(key=own[1], default=_DEFAULTS[own[1]])
    otherwise = _OTHERWISE.search(setting.code[-LONGEST:])
    kept = len(setting.code) - len(otherwise[0]) if otherwise else len(setting.code)
    inner = bare(_part(setting, 0, kept))
    read = _READ.fullmatch(inner.code)
    if read is None:
        return None
    key = literal(_part(inner, *read.span("called" if read["called"] else "indexed")))
    default = literal(_part(inner, *read.span("default"))) if read["default"] else None
    if otherwise:
        default = literal(_part(setting, setting.code.rindex(otherwise[1]), len(setting.code)))
    if key not in {"flutter.versionName", "flutter.versionCode"} or isinstance(default, Unknown):
        return None
    return FromFlutter(key=str(key).removeprefix("flutter."), default=default)


def _part(setting: Setting, start: int, end: int) -> Setting:
    return replace(setting, code=setting.code[start:end], said=setting.said[start:end])


def _constant(script: Script, use: Setting, name: str) -> Setting | FromFlutter | None:
    """The one place where a script gives a name its value, if it is in sight of its use."""
    assigned = re.compile(
        rf"(?<![\w$]){re.escape(name)}\s*"
        r"(?:(?::\s*[\w.<>?]+\s*)?(?:[-+*/%?]|<<)?=(?![=~])|\+\+|--)"
    )
    times = len(assigned.findall(script.code))
    found = [one for one in settings(script, {name}) if one.code]
    if not found or times != len(found) or not _in_sight(found[0], use):
        return None
    return found[0] if times == 1 else _with_default(script, *found)


def _in_sight(constant: Setting, use: Setting) -> bool:
    path = constant.path
    if not constant.defines:  # a property of the project, or a name without a declaration
        return path in {(), ("ext",), ("extra",)} and constant.offset < use.offset
    return use.path[: len(path)] == path and constant.offset < use.offset


def _with_default(script: Script, first: Setting, *others: Setting) -> FromFlutter | None:
    """`def x = localProperties.getProperty(…)`, then `if (x == null) { x = "1" }`."""
    found = value(script, first, mend="", hops=0)
    other = others[0]
    guard = f"?if({first.word}==null)"
    guarded = len(other.path) == len(first.path) + 1 and "".join(other.path[-1].split()) == guard
    if not isinstance(found, FromFlutter) or len(others) > 1 or not guarded:
        return None
    default = literal(bare(other))
    return replace(found, default=default) if isinstance(default, str) else None
