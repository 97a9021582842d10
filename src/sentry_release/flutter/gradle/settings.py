"""Find the settings of a Gradle script, and evaluate them: text, a value of Flutter, or unknown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sentry_release.flutter.gradle.gradle_lexer import find_closing
from sentry_release.flutter.gradle.parser import GradleScript, Statement
from sentry_release.model.platform import Unknown

_DOTTED = r"[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*"
_ASSIGNED = re.compile(
    r"(?P<lead>(?:[\w.<>?]+[ \t]+){0,4}?)"
    rf"(?P<target>{_DOTTED})\s*(?::\s*[\w.<>?]+\s*)?(?P<sign>\+?=)(?![=~])\s*"
)
_CALLED = re.compile(rf"(?P<target>{_DOTTED})(?:\s*(?=\()|[ \t]+(?=[\"\w\[-]))")
_HEAD = 2000  # characters; what is set stands in the first few
_NO_LEAD = {"else", "return", "in", "->"}
_MAX_LENGTH = 400  # characters of an expression; no literal or name is longer
_STRING = re.compile(r'"_*"')
_NUMBER = re.compile(r"(?:0|[1-9][0-9_]*)[lL]?")
_PARSED = re.compile(r"Integer\s*\.\s*(?:parseInt|valueOf|decode)\s*(?=\()")
_CONVERTED = re.compile(
    r"(?:(?<!\s)\s*+(?:\?\s*+)?\.\s*+(?:toInteger|toInt|toIntOrNull|toString|intValue)\s*+\(\s*+\)"
    r"|(?<!\s)\s++as\??\s++(?:String|Integer|Int|int)\??)$"
)
_MAX_SHOWN = 60  # characters of an expression in a message
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
class Setting:
    """
    An assignment to a property or variable.

    `path` has the enclosing blocks and the receiver before the dot; `code` and `source` are the
    expression, masked and as written; `defines` is whether it is a variable.
    """

    path: tuple[str, ...]
    word: str
    code: str
    source: str
    offset: int
    defines: bool = False
    adds: bool = False


def find_settings(script: GradleScript, words: Iterable[str]) -> tuple[Setting, ...]:
    """
    Return where a script sets one of the words, in the order of the script.

    Supported are `word = x`, `word x`, `word(x)`, `word.set(x)`, `setWord(x)`, and the overrides of
    a variant's outputs (`versionCodeOverride = x`). If a word is set in the middle of a
    statement, as in `if (ci) word = x`, or to the result of a block, as in `word = run { x }`, the
    path ends with `?` and the statement: the value is conditional.

    Source: Gradle user manual, Writing Gradle build scripts, and Configuring tasks lazily ·
    AGP, VariantOutput.versionCode, ApkVariantOutput.setVersionCodeOverride
    """
    known = frozenset(words)
    anywhere = re.compile("|".join(re.escape(word[1:]) for word in sorted(known)))
    found: list[Setting] = []
    for statement in script.statements:
        if anywhere.search(statement.code):
            found += _find_in_statement(statement, known)
    return tuple(found)


def _find_in_statement(statement: Statement, words: frozenset[str]) -> Iterator[Setting]:
    setting = _match_assignment(statement) or _match_call(statement)
    if setting and statement.opens and setting.defines:
        return
    if setting and not statement.opens and setting.word in words:
        yield setting
        return
    for word in sorted(words):
        if re.search(_get_stray_pattern(word), statement.code):
            path = (*statement.path, f"?{statement.code}")
            yield Setting(path=path, word=word, code="", source="", offset=statement.offset)


def _get_stray_pattern(word: str) -> str:
    """Return the pattern of an assignment in the middle of a statement."""
    spelled = f"(?:{re.escape(word)}|set{re.escape(word[0].upper() + word[1:])})"
    return (
        rf"(?<![\w$])(?<!fun )(?<!def ){spelled}(?:Override)?"
        r"(?:\s*\+?=(?![=~])|\s*\.\s*set\s*\(|\s*\(\s*[^)\s]"
        r"|[ \t]+(?!(?:as|in|is|instanceof|to)\b)(?=[\"\w]))"
    )


def _match_assignment(statement: Statement) -> Setting | None:
    match = _ASSIGNED.match(statement.code[:_HEAD])
    if match is None or _NO_LEAD.intersection(match["lead"].split()):
        return None
    return _build_setting(
        statement, match, defines=bool(match["lead"]), start=match.end(), end=len(statement.code)
    )


def _match_call(statement: Statement) -> Setting | None:
    match = _CALLED.match(statement.code[:_HEAD])
    if match is None:
        return None
    start, end = match.end(), len(statement.code)
    if statement.code[start] == "(" and find_closing(statement.code, start) == end:
        start, end = start + 1, end - 1
    if not statement.code[start:end].strip():  # `word()` reads and sets nothing
        return None
    return _build_setting(statement, match, defines=False, start=start, end=end)


def _build_setting(
    statement: Statement, match: re.Match[str], *, defines: bool, start: int, end: int
) -> Setting:
    *before, word = re.split(r"(?<!\s)\s*+\.\s*+", match["target"])
    if word == "set" and before:
        word = before.pop()
    if re.match(r"set[A-Z]", word):
        word = word[3].lower() + word[4:]
    return Setting(
        path=(*statement.path, *(one for one in before if one not in {"this", "project"})),
        word=word.removesuffix("Override"),
        code=statement.code[start:end].rstrip(),
        source=statement.source[start:end],
        offset=statement.offset,
        defines=defines,
        adds=match.groupdict().get("sign") == "+=",
    )


def _strip_parentheses(setting: Setting) -> Setting:
    """Return the setting without the parentheses and conversions around its expression."""
    code, start = setting.code, 0
    end = len(code)
    for _ in range(4):
        code = setting.code[start:end]
        start, end = start + len(code) - len(code.lstrip()), start + len(code.rstrip())
        code = setting.code[start:end]
        if len(code) > _MAX_LENGTH:
            break
        parsed = _PARSED.match(code)
        opening = parsed.end() if parsed else 0
        if code.startswith("(", opening) and find_closing(code, opening) == len(code):
            start, end = start + opening + 1, end - 1
        elif converted := _CONVERTED.search(code):
            end = start + converted.start()
    return replace(setting, code=setting.code[start:end], source=setting.source[start:end])


def _parse_literal(setting: Setting) -> str | Unknown | None:
    """
    Return the text of a string or a number, None for `null`, and Unknown for anything else.

    The caller adds the location and the hint.
    """
    if _STRING.fullmatch(setting.code):
        text = _unquote(setting.source)
        if text is not None:
            return text
    elif _NUMBER.fullmatch(setting.code):
        return setting.code.rstrip("lL").replace("_", "")
    elif setting.code == "null":
        return None
    visible = " ".join(setting.source.split())
    visible = f"{visible[:_MAX_SHOWN]}…" if len(visible) > _MAX_SHOWN else visible
    if not visible:
        return Unknown(reason="is set by code that only Gradle can evaluate", location="", hint="")
    return Unknown(
        reason=f"is set to `{visible}`, which only Gradle can evaluate", location="", hint=""
    )


def _unquote(literal: str) -> str | None:
    """Return the contents of a string; None if it has an escape or a template."""
    for quote in ('"""', "'''", '"', "'"):
        if literal.startswith(quote):
            inner = literal[len(quote) : -len(quote)]
            is_plain = (
                "\\" not in inner and not ("$" in inner and '"' in quote) and "\n" not in inner
            )
            return inner if is_plain else None
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFlutter:
    """The build name (`versionName`) or number (`versionCode`) of Flutter, with its default."""

    key: str
    default: str | None


Value = str | FromFlutter | Unknown | None
"""None is a `null` in the script."""


def evaluate_setting(
    script: GradleScript, setting: Setting, *, hint: str, follows_names: bool = True
) -> Value:
    """
    Return the value of a setting, without running anything.

    Supported are literals, Flutter's properties, the reads of local.properties in older
    projects, and a name to which the same script assigns such a value exactly once, before.

    Args:
        script: The script with the setting.
        setting: The setting to evaluate.
        hint: The input to set, for an Unknown.
        follows_names: Whether it may be the name of a constant.

    Source: flutter_tools, gradle/src/main/kotlin/FlutterExtension.kt and FlutterPlugin.kt, and
    the build.gradle of older project templates
    """
    expression = _strip_parentheses(setting)
    found: Value = _parse_literal(expression)
    if isinstance(found, Unknown):
        found = _match_flutter_value(expression) or found
    if isinstance(found, Unknown) and follows_names and (name := _NAME.fullmatch(expression.code)):
        constant = _find_constant(script, expression, name[1])
        if isinstance(constant, Setting):
            return evaluate_setting(script, constant, hint=hint, follows_names=False)
        found = constant or found
    if isinstance(found, Unknown):
        return replace(found, location=script.format_location(setting.offset), hint=hint)
    return found


def _match_flutter_value(setting: Setting) -> FromFlutter | None:
    if own := _FLUTTER_VALUE.fullmatch(setting.code):
        return FromFlutter(key=own[1], default=_DEFAULTS[own[1]])
    otherwise = _OTHERWISE.search(setting.code[-_MAX_LENGTH:])
    kept = len(setting.code) - len(otherwise[0]) if otherwise else len(setting.code)
    inner = _strip_parentheses(_slice_setting(setting, 0, kept))
    read = _READ.fullmatch(inner.code)
    if read is None:
        return None
    key = _parse_literal(
        _slice_setting(inner, *read.span("called" if read["called"] else "indexed"))
    )
    default = (
        _parse_literal(_slice_setting(inner, *read.span("default"))) if read["default"] else None
    )
    if otherwise:
        default = _parse_literal(
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
    if not found or times != len(found):
        return None
    first, *others = found
    if not _is_in_scope(first, use):
        return None
    return _add_default(script, first, *others) if others else first


def _is_in_scope(constant: Setting, use: Setting) -> bool:
    path = constant.path
    if not constant.defines:  # a property of the project, or a name without a declaration
        return path in {(), ("ext",), ("extra",)} and constant.offset < use.offset
    return use.path[: len(path)] == path and constant.offset < use.offset


def _add_default(script: GradleScript, first: Setting, *others: Setting) -> FromFlutter | None:
    """`def x = localProperties.getProperty(…)`, then `if (x == null) { x = "1" }`."""
    found = evaluate_setting(script, first, hint="", follows_names=False)
    other = others[0]
    guard = f"?if({first.word}==null)"
    guarded = len(other.path) == len(first.path) + 1 and "".join(other.path[-1].split()) == guard
    if not isinstance(found, FromFlutter) or len(others) > 1 or not guarded:
        return None
    default = _parse_literal(_strip_parentheses(other))
    return replace(found, default=default) if isinstance(default, str) else None
