"""A condition of Dart code -> whether it holds in a release build, as far as that is sure."""

import re

_TRUE, _FALSE, _OPEN = "\x01", "\x02", "\x03"
_MODES = {"kReleaseMode": _TRUE, "kDebugMode": _FALSE, "kProfileMode": _FALSE}
_MODE = re.compile(
    r"(?<![\w$])(?:foundation\.)?(?P<mode>k(?:Release|Debug|Profile)Mode)(?![\w$.(\[])"
)
_CALL = re.compile(r"[\w$\]'\"\x01-\x03]\??\([^()]*\)")
_OPERAND = re.compile(r"[^()!&|\x01-\x03]+")
_SEVERAL = re.compile(r"[\x01-\x03]{2,}")
_NOT = re.compile(r"!([\x01-\x03])")
_GROUP = re.compile(r"\(([\x01-\x03])\)")
_AND = re.compile(r"([\x01-\x03])&&([\x01-\x03])")
_OR = re.compile(r"(?<!&)([\x01-\x03])\|\|([\x01-\x03])(?!&&)")
_OPPOSITE = {_TRUE: _FALSE, _FALSE: _TRUE, _OPEN: _OPEN}
_MAX_LENGTH = 400  # characters; nobody reads longer ones either
_KNOWN_VALUES: dict[str, bool | None] = {_TRUE: True, _FALSE: False}


def holds_in_release(condition: str) -> bool | None:
    """
    Whether a condition holds in a release build; None where that depends on something else.

    Only Flutter's constants are known, and how `!`, `&&` and `||` join them with what is not.

    Source: https://api.flutter.dev/flutter/foundation/kReleaseMode-constant.html
    """
    if len(condition) > _MAX_LENGTH:
        return None
    text = "".join(condition.split()).replace("!=", "==")
    text = _MODE.sub(lambda found: _MODES[found["mode"]], text)
    return _KNOWN_VALUES.get(_simplify_until_stable(_replace_operands(text)))


def _replace_operands(text: str) -> str:
    """With one mark for each operand that is not known."""
    before = ""
    while before != text:
        before, text = text, _CALL.sub(_OPEN, text)
    return _SEVERAL.sub(_OPEN, _OPERAND.sub(_OPEN, text))


def _simplify_until_stable(text: str) -> str:
    for _ in range(_MAX_LENGTH):
        before = text
        text = _NOT.sub(lambda found: _OPPOSITE[found[1]], text)
        text = _GROUP.sub(r"\1", text)
        text = _AND.sub(lambda found: _combine_and(found[1], found[2]), text)
        text = (
            text if text != before else _OR.sub(lambda found: _combine_or(found[1], found[2]), text)
        )
        if text == before:
            return text
    return text


def _combine_and(one: str, other: str) -> str:
    if _FALSE in {one, other}:
        return _FALSE
    return _OPEN if _OPEN in {one, other} else _TRUE


def _combine_or(one: str, other: str) -> str:
    if _TRUE in {one, other}:
        return _TRUE
    return _OPEN if _OPEN in {one, other} else _FALSE
