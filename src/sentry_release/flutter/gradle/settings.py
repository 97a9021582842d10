"""Find settings in a Gradle script, and parse literals."""

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


MAX_LENGTH = 400
"""The maximum length of an expression in characters; no literal or name is longer."""

_STRING = re.compile(r'"_*"')
_NUMBER = re.compile(r"(?:0|[1-9][0-9_]*)[lL]?")
_PARSED = re.compile(r"Integer\s*\.\s*(?:parseInt|valueOf|decode)\s*(?=\()")
_CONVERTED = re.compile(
    r"(?:(?<!\s)\s*+(?:\?\s*+)?\.\s*+(?:toInteger|toInt|toIntOrNull|toString|intValue)\s*+\(\s*+\)"
    r"|(?<!\s)\s++as\??\s++(?:String|Integer|Int|int)\??)$"
)
_MAX_SHOWN = 60  # characters of an expression in a message


def strip_parentheses(setting: Setting) -> Setting:
    """Return the setting without the parentheses and conversions around its expression."""
    code, start = setting.code, 0
    end = len(code)
    for _ in range(4):
        code = setting.code[start:end]
        start, end = start + len(code) - len(code.lstrip()), start + len(code.rstrip())
        code = setting.code[start:end]
        if len(code) > MAX_LENGTH:
            break
        parsed = _PARSED.match(code)
        opening = parsed.end() if parsed else 0
        if code.startswith("(", opening) and find_closing(code, opening) == len(code):
            start, end = start + opening + 1, end - 1
        elif converted := _CONVERTED.search(code):
            end = start + converted.start()
    return replace(setting, code=setting.code[start:end], source=setting.source[start:end])


def parse_literal(setting: Setting) -> str | Unknown | None:
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
        if literal.startswith(quote) and literal.endswith(quote) and len(literal) >= 2 * len(quote):
            inner = literal[len(quote) : -len(quote)]
            is_plain = (
                "\\" not in inner and not ("$" in inner and '"' in quote) and "\n" not in inner
            )
            return inner if is_plain and quote[0] not in inner else None
    return None
