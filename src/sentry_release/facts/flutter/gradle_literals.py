"""Expression in a Gradle script -> the string or the number that it is."""

import re
from dataclasses import replace

from sentry_release.facts.flutter.gradle_settings import Setting
from sentry_release.facts.flutter.gradle_text import find_closing
from sentry_release.facts.flutter.said import Unknown

MAX_LENGTH = 400
"""How many characters an expression may have; a longer one is no literal and no name."""

_STRING = re.compile(r'"_*"')
_NUMBER = re.compile(r"(?:0|[1-9][0-9_]*)[lL]?")
_PARSED = re.compile(r"Integer\s*\.\s*(?:parseInt|valueOf|decode)\s*(?=\()")
_CONVERTED = re.compile(
    r"(?:\s*\??\s*\.\s*(?:toInteger|toInt|toIntOrNull|toString|intValue)\s*\(\s*\)"
    r"|\s+as\??\s+(?:String|Integer|Int|int)\??)$"
)
_MAX_SHOWN = 60  # characters of an expression in a message


def strip_parentheses(setting: Setting) -> Setting:
    """A setting with its expression freed of the parentheses and conversions around it."""
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
    The text of a string or a number, None for `null`, and Unknown for all else.

    Where that stands, and what mends it, is for the caller to say.
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
        return Unknown(
            reason="is set where only Gradle knows whether it counts", location="", hint=""
        )
    return Unknown(
        reason=f"is set to `{visible}`, which only Gradle can work out", location="", hint=""
    )


def _unquote(output: str) -> str | None:
    """What a string says; None where that takes an escape or a template to tell."""
    for quote in ('"""', "'''", '"', "'"):
        if output.startswith(quote) and output.endswith(quote) and len(output) >= 2 * len(quote):
            inner = output[len(quote) : -len(quote)]
            outputs = (
                "\\" not in inner and not ("$" in inner and '"' in quote) and "\n" not in inner
            )
            return inner if outputs and quote[0] not in inner else None
    return None
