"""Decode a Gradle script, mask its comments and strings, and join what goes on on the next line."""

import re
from collections.abc import Iterator

_CODE = re.compile(
    r"""
      (?P<line>//[^\n]*)
    | (?P<block>/\*)
    | (?P<quote>\"\"\"|'''|["'])
    | (?P<dollar>(?<![\w$])\$/)
    # What follows an operator is a pattern of Groovy; what follows a value is a division.
    | (?:(?<=[=(,~\[:?!&|])|(?<=[=(,~\[:?!&|][ ]))(?P<slashy>/(?![/*])(?:\\.|[^/\\\n])+/)
    """,
    re.VERBOSE,
)
_INSIDE = re.compile(_CODE.pattern + r"| (?P<brace>[{}])", re.VERBOSE)
_BLOCK = re.compile(r"/\*|\*/")
_NEXT_LINE_GOES_ON = re.compile(r"\n(?=[ \t]*(?:\?[.:]|\.[a-zA-Z]))")
_THIS_LINE_GOES_ON = re.compile(r"([=+,.?:&|])([ \t]*)\n")
_ENDS = {
    '"': re.compile(r'\\.|["\n]|\$\{', re.DOTALL),
    "'": re.compile(r"\\.|['\n]", re.DOTALL),
    '"""': re.compile(r'\\.|"""(?!")|\$\{', re.DOTALL),
    "'''": re.compile(r"\\.|'''(?!')", re.DOTALL),
}
_ENDS_IN_KOTLIN = {'"""': re.compile(r'"""(?!")|\$\{')}
_CONDITION = re.compile(r"(?:else\s+)?(?:if|while|for)\s*(?=\()|else$")


class GradleSyntaxError(ValueError):
    """A script that cannot be parsed; `offset` is the position of the error, if known."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.why = reason
        self.offset = offset


def decode_gradle(data: bytes) -> str:
    """Return the text of a file with LF line endings and without a byte order mark."""
    text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def mask_literals(text: str, *, kotlin: bool) -> str:
    """
    Return the text with comments replaced by spaces and the contents of strings by `_`.

    Offsets stay the same, so that a match can be read in the original text. Newlines in
    comments and strings are replaced, so that the remaining ones end statements.

    Args:
        text: The whole script, with line feeds for line ends.
        kotlin: Whether it is Kotlin, where comments nest and `\"\"\"` has no escapes.

    Raises:
        GradleSyntaxError: A comment or a string does not end.

    Source: Apache Groovy, Program structure and Syntax · Kotlin language specification,
    Lexical grammar
    """
    parts: list[str] = []
    done = 0
    for start, end, quotes in _find_spans(text, kotlin=kotlin):
        parts.append(text[done:start])
        inner = end - start - 2
        parts.append(f'"{"_" * inner}"' if quotes else " " * (end - start))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def join_lines(code: str) -> str:
    """Return masked code in which a statement that goes on is on one line; offsets stay the same."""
    return _THIS_LINE_GOES_ON.sub(r"\1\2 ", _NEXT_LINE_GOES_ON.sub(" ", code))


def is_open_condition(code: str) -> bool:
    """Return whether the statement is only a condition whose branch comes next."""
    head = _CONDITION.match(code)
    return head is not None and (
        head.end() == len(code) or find_closing(code, head.end()) == len(code)
    )


def find_line(text: str, offset: int) -> int:
    """Return the line of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1


def find_closing(code: str, at: int) -> int:
    """Return the offset after the parenthesis that closes the one at `at`; -1 if there is none."""
    depth = 0
    for mark in re.finditer(r"[()]", code[at:]):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return at + mark.end()
    return -1


def _find_spans(text: str, *, kotlin: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of each comment and string, and whether it is a string."""
    at = 0
    while token := _CODE.search(text, at):
        if token["quote"]:
            at = _skip_string(text, token.start(), token["quote"], kotlin=kotlin)
        elif token["dollar"]:
            at = _find_token(text, "/$", token)
        else:
            at = _skip_plain(text, token, kotlin=kotlin)
        yield token.start(), at, not (token["line"] or token["block"])


def _skip_plain(text: str, token: re.Match[str], *, kotlin: bool) -> int:
    """Return the end of a comment or a slashy string."""
    if not token["block"]:
        return token.end()
    if not kotlin:
        return _find_token(text, "*/", token)
    depth = 0
    for mark in _BLOCK.finditer(text, token.start()):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise GradleSyntaxError("a comment does not end", token.start())


def _find_token(text: str, end: str, token: re.Match[str]) -> int:
    try:
        return text.index(end, token.end()) + len(end)
    except ValueError:
        reason = "a comment or a string does not end"
        raise GradleSyntaxError(reason, token.start()) from None


def _skip_string(text: str, start: int, quote: str, *, kotlin: bool) -> int:
    """Return the end of a string, including templates such as `${map["key"]}`."""
    open_: list[str | int] = [quote]  # a quote, or how many braces are open in a template
    at = start + len(quote)
    while open_:
        inner = open_[-1]
        pattern = _get_end_pattern(inner, kotlin=kotlin) if isinstance(inner, str) else _INSIDE
        token = pattern.search(text, at)
        if token is None or token[0] == "\n":
            raise GradleSyntaxError("a string does not end", start)
        if isinstance(inner, str):
            at = token.end()
            _check_string(token, open_)
        else:
            at = _read_template(text, token, open_, inner, kotlin=kotlin)
    return at


def _read_template(
    text: str, token: re.Match[str], open_: list[str | int], braces: int, *, kotlin: bool
) -> int:
    if token["quote"]:
        open_.append(token["quote"])
    elif token["brace"] and token["brace"] == "}" and braces == 1:
        open_.pop()
    elif token["brace"]:
        open_[-1] = braces + (1 if token["brace"] == "{" else -1)
    else:
        return _skip_plain(text, token, kotlin=kotlin)
    return token.end()


def _check_string(token: re.Match[str], open_: list[str | int]) -> None:
    if token[0].startswith("\\"):
        return
    if token[0] == "${":
        open_.append(1)
    else:
        open_.pop()


def _get_end_pattern(quote: str, *, kotlin: bool) -> re.Pattern[str]:
    return _ENDS_IN_KOTLIN.get(quote, _ENDS[quote]) if kotlin else _ENDS[quote]
