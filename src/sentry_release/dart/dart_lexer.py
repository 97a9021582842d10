"""Separate the code of a Dart file from its comments and string literals."""

import re
from typing import Final

from sentry_release.dart.source import DartSource, Literal

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([\s\S]))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_BLANK_FIRST_LINE = re.compile(r"(?:\\?[ \t])*+\\?(?:\r\n|\r|\n)")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_HIGHEST = 0x10FFFF
# The most frequent tokens, line comments and literals without escapes and interpolation, are
# matched at once, each by a group.
_PIECE = (
    r"""/(?:/[^\r\n]*+(?P<line>)|\*)"""
    r"""|'(?:''|[^'\\\r\n$]*+'(?P<one>))?|"(?:""|[^"\\\r\n$]*+"(?P<two>))?"""
)
_OUTSIDE = re.compile(_PIECE)
_INSIDE = re.compile(_PIECE + r"|[{}]")
_COMMENT = re.compile(r"/\*|\*/")
_NOT_BREAKS = re.compile(r"[^\r\n]+")
_IN_WORD = re.compile(r"[\w$]")
_DOLLAR = r"\$(?![A-Za-z_{])"  # a dollar sign without interpolation
_PLAIN: Final = {
    "'": re.compile(rf"(?:[^'\\\r\n$]++|\\[^\r\n]|{_DOLLAR})*+"),
    '"': re.compile(rf'(?:[^"\\\r\n$]++|\\[^\r\n]|{_DOLLAR})*+'),
    "'''": re.compile(rf"(?:[^'\\$]++|\\[\s\S]|{_DOLLAR}|'(?!''))*+"),
    '"""': re.compile(rf'(?:[^"\\$]++|\\[\s\S]|{_DOLLAR}|"(?!""))*+'),
}
_RAW: Final = {
    "'": re.compile(r"[^'\r\n]*+"),
    '"': re.compile(r'[^"\r\n]*+'),
    "'''": re.compile(r"(?:[^']++|'(?!''))*+"),
    '"""': re.compile(r'(?:[^"]++|"(?!""))*+'),
}


def unescape(inner: str, *, raw: bool) -> str:
    r"""
    Return the value of a string literal.

    Args:
        inner: The text between its quotes. Only three quotes may have several lines between them,
            of which a blank first one is dropped; line endings become LF.
        raw: Whether it is a raw string, without escapes.

    Source: Dart Programming Language Specification 2.10, section Strings:
    https://dart.dev/resources/language/spec
    """
    blank = _BLANK_FIRST_LINE.match(inner)
    inner = inner[blank.end() :] if blank else inner
    inner = inner.replace("\r\n", "\n").replace("\r", "\n")
    if raw or "\\" not in inner:
        return inner
    return _join_surrogates(_ESCAPE.sub(_unescape_character, inner))


def _unescape_character(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits is None:
        return _CONTROLS.get(escape[4], escape[4])
    code = int(digits, 16)
    return chr(code) if code <= _HIGHEST else "\N{REPLACEMENT CHARACTER}"


def _join_surrogates(text: str) -> str:
    """Join escaped surrogate pairs; a lone surrogate cannot be encoded and is replaced."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def parse_dart(text: str) -> DartSource:
    """
    Return the code of a Dart file with comments and literals masked; offsets stay the same.

    Invalid source is accepted: an unterminated single-line string ends at the end of its line,
    anything else that is unterminated at the end of the file.
    The time is linear in the length of the text, regardless of the nesting.

    Source: Dart Programming Language Specification 2.10, sections Strings, Comments and
    String Interpolation: https://dart.dev/resources/language/spec
    """
    reading = _Lexer(text)
    reading.run()
    literals = sorted(reading.literals, key=lambda literal: literal.start)
    return DartSource(text=text, code="".join(reading.parts), literals=tuple(literals))


class _OpenLiteral:
    """A literal that is not closed yet, with the number of open braces in its interpolation."""

    __slots__ = ("braces", "quote", "start")

    def __init__(self, quote: str, start: int) -> None:
        self.quote = quote
        self.start = start
        self.braces = 0


class _Lexer:
    """The state of the lexer; `open` are the literals whose interpolation is being read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done = 0  # offset up to which the text is in `parts`
        self.parts: list[str] = []
        self.literals: list[Literal] = []
        self.open: list[_OpenLiteral] = []

    def run(self) -> None:
        at = 0
        while token := (_INSIDE if self.open else _OUTSIDE).search(self.text, at):
            at = self._read_token(token)
        for one in self.open:
            self._add_literal(one.start, len(self.text), None)
        self.parts.append(self.text[self.done :])

    def _read_token(self, token: re.Match[str]) -> int:
        """Process a token and return its end."""
        start, end = token.span()
        if token.lastgroup == "line":
            self._blank(start, end, " ")
            return end
        if token.lastgroup:
            return self._read_whole(start, end)
        match token[0]:
            case "{" | "}" as brace:
                return self._read_brace(brace, end)
            case "/*":
                end = self._skip_comment(start)
                self._mask(start, end, " ")
                return end
            case quote if self._is_raw(start):
                return self._read_raw(quote, start, end)
            case quote:
                return self._read_text(_OpenLiteral(quote, start), end, bare=True)

    def _read_whole(self, start: int, end: int) -> int:
        if self._is_raw(start):
            self._blank(start - 1, start, " ")
        self._blank(start + 1, end - 1, "_")
        self._add_literal(start, end, self.text[start + 1 : end - 1])
        return end

    def _read_brace(self, brace: str, end: int) -> int:
        within = self.open[-1]
        within.braces += 1 if brace == "{" else -1
        if within.braces:
            return end
        self.open.pop()
        return self._read_text(within, end, bare=False)

    def _skip_comment(self, start: int) -> int:
        depth = 0
        for mark in _COMMENT.finditer(self.text, start):
            depth += 1 if mark[0] == "/*" else -1
            if depth == 0:
                return mark.end()
        return len(self.text)

    def _is_raw(self, start: int) -> bool:
        text = self.text
        if start == 0 or text[start - 1] != "r":
            return False
        return start == 1 or not _IN_WORD.match(text[start - 2])

    def _read_raw(self, quote: str, start: int, inner: int) -> int:
        self._blank(start - 1, start, " ")
        stop = self._find_stop(_RAW[quote], inner)
        self._mask(inner, stop, "_")
        end = stop + len(quote) if self.text.startswith(quote, stop) else stop
        self._add_literal(start, end, unescape(self.text[inner:stop], raw=True))
        return end

    def _read_text(self, literal: _OpenLiteral, inner: int, *, bare: bool) -> int:
        """Read a literal up to its end or next interpolation; `bare`: without one so far."""
        text, quote, at = self.text, literal.quote, inner
        stop = self._find_stop(_PLAIN[quote], at)
        while text.startswith("$", stop) and not text.startswith("${", stop):
            bare = False
            stop = self._find_stop(_PLAIN[quote], stop + 1)
        stop += text.startswith("\\", stop)  # a backslash at the end of a line escapes nothing
        self._mask(inner, stop, "_")
        if text.startswith("${", stop):
            literal.braces = 1
            self.open.append(literal)
            return stop + 2
        end = stop + len(quote) if text.startswith(quote, stop) else stop
        plain = unescape(text[inner:stop], raw=False) if bare else None
        self._add_literal(literal.start, end, plain)
        return end

    def _find_stop(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self.text, at)
        return found.end() if found else at

    def _mask(self, start: int, end: int, fill: str) -> None:
        """Mask several lines, keeping the newlines."""
        between = self.text[start:end]
        if "\n" in between or "\r" in between:
            blank = _NOT_BREAKS.sub(lambda run: fill * len(run[0]), between)
            self.parts += (self.text[self.done : start], blank)
            self.done = end
        else:
            self._blank(start, end, fill)

    def _blank(self, start: int, end: int, fill: str) -> None:
        self.parts += (self.text[self.done : start], fill * (end - start))
        self.done = end

    def _add_literal(self, start: int, end: int, value: str | None) -> None:
        self.literals.append(Literal(start=start, end=end, value=value))
