"""Find secrets, and redact them in texts, also in the encodings in which a server may return them."""

import base64
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

REDACTED = "[redacted]"
_TOKENS = (
    "INPUT_AUTH-TOKEN", "SENTRY_AUTH_TOKEN", "INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "GH_TOKEN",
    "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)  # fmt: skip
_MIN_PART = 6  # characters of a secret in a URL: what is shorter stands in harmless outputs as well
_WORD = r"(?:[A-Za-z][a-z]{0,14})?"
_WORDS_PATTERN = rf"[#@+~!]?{_WORD}(?:[-_. @]{_WORD})*"
_HOST = r"(?:[\w-]{1,24}\.)+(?:[A-Za-z]{2,8}|\d{1,3})"
_IN_PLAIN = re.compile(rf"{_WORDS_PATTERN}|{_HOST}|\d{{4}}-\d\d-\d\d")
_ADDRESSES = ("_PROXY", "_INDEX_URL")
_MIN_LENGTH = 4  # characters; shorter values occur in ordinary words
_MIN_BASE64 = 6  # bytes; shorter secrets are not searched for in base64
_PREFIX = (
    16  # characters of a token that are searched for, since a text may be cut off inside a token
)
_MIN_CUT = 24  # characters; of shorter tokens the prefix is not searched for
_ESCAPE = re.compile(
    r"\\{1,8}(?:u(?P<u>[0-9A-Fa-f]{4})|x(?P<x>[0-9A-Fa-f]{2})|(?P<c>[^\s\\]))"
    r"|%(?:25){0,4}(?P<p>[0-9A-Fa-f]{2})"
    r"|&#(?:[xX](?P<h>[0-9A-Fa-f]{1,6})|(?P<d>[0-9]{1,7}));"
    r"|&(?P<n>amp|lt|gt|quot|apos);"
    r"|(?P<z>\u200b+)"
    r"|(?P<s>\s{2,}|[^\S ])"
)
_NAMED = {"amp": b"&", "lt": b"<", "gt": b">", "quot": b'"', "apos": b"'"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret values of this run, which are redacted in every text."""

    _values: dict[str, None] = field(default_factory=dict, repr=False)

    def add(self, *values: str | None) -> None:
        """Redact these values in every later text; values below four characters are ignored."""
        for value in values:
            for part in (value or "", *(value or "").splitlines()):
                if len(part.strip()) >= _MIN_LENGTH:
                    self._values[part.strip()] = None

    def redact(self, text: str) -> str:
        r"""
        Return the text with every secret replaced by `[redacted]`.

        A secret is found as it is; with its characters escaped as in JSON (`\u0073`), URLs
        (`%73`), HTML (`&#115;`) or Markdown (`\_`), also mixed and nested; in base64; wrapped, if
        it is long; and if its end is cut off.
        """
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, REDACTED)
        for value in sorted(self._values, key=len, reverse=True):
            text = _redact_encoded(text, value)
        return text


def find_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tokens of an environment, and the credentials of proxies and package indexes."""
    found = [environ[name] for name in _TOKENS if environ.get(name)]
    for name, value in environ.items():
        if name.upper().endswith(_ADDRESSES):
            found += [part for url in value.split() for part in _find_credentials(url)]
    return tuple(found)


def _find_credentials(url: str) -> Iterator[str]:
    """Yield `user:password` and the password of a URL, as they are and percent-decoded."""
    both, at, _ = url.rpartition("://")[2].rpartition("@")
    password = both.partition(":")[2]
    if at:
        yield from (both, unquote(both), password, unquote(password))


def find_notify_secrets(notify: str) -> tuple[str, ...]:
    """
    Return every line, and every part of it that is a secret by itself.

    A part is a password, or has at least six characters and is not a plain word: GitHub drops
    outputs that contain a masked text, so masking `production` would do harm.
    """
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, notify.splitlines())):
        found |= dict.fromkeys([line, *_split_address(line)])
    return tuple(part for part in found if len(part) >= _MIN_PART)


def _split_address(address: str) -> Iterator[str]:
    place, *rest = re.split(r"[/?&#]", address.partition("://")[2])
    user, _, host = place.rpartition("@")
    user, _, password = user.partition(":")
    yield from (password, unquote(password))
    for part in (user, *re.split("[:,]", host), *rest):
        key, equals, value = part.partition("=")
        yield from _list_secret_forms(value if equals else key)


def _list_secret_forms(part: str) -> tuple[str, ...]:
    """Return the part as written, decoded, and its pieces; nothing if they are plain words."""
    decoded = {unquote(part), unquote_plus(part)}
    pieces = {piece for form in decoded for piece in re.split(r"[/:,;|]", form)}
    secret = {piece for piece in pieces if not _IN_PLAIN.fullmatch(piece)}
    return tuple(secret | {part} | decoded) if secret else ()


def _redact_encoded(text: str, value: str) -> str:
    decoded, offsets = _decode(text)
    forms = _list_forms(value)
    spans = list(_find_spans(decoded, forms, value))
    found = [(offsets[start], offsets[end]) for start, end in spans]
    joined = "".join(decoded.split())  # base64 and long words are often wrapped
    long_forms = [form for form in forms if len(form) >= _PREFIX and form in joined]
    if long_forms and joined != decoded:
        places = [place for place, letter in enumerate(decoded) if letter.strip()]
        spans = list(_find_spans(joined, long_forms, value))
        found += [(offsets[places[start]], offsets[places[end - 1] + 1]) for start, end in spans]
    for start, end in sorted(_merge(found), reverse=True):
        text = text[:start] + REDACTED + text[end:]
    return text


def _find_spans(decoded: str, forms: Iterable[str], value: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each form of a secret in a decoded text."""
    for form in forms:
        start = decoded.find(form)
        while start >= 0:
            end = _extend(decoded, start + len(form), value, len(form))
            yield start, end
            start = decoded.find(form, end)


def _extend(decoded: str, end: int, value: str, length: int) -> int:
    """Return the end of a secret, if only its prefix was searched for."""
    whole = _decode(value)[0]
    if decoded[end - length : end] != whole[:length]:
        return end
    while length < len(whole) and decoded[end : end + 1] == whole[length]:
        end, length = end + 1, length + 1
    return end


def _merge(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge overlapping ranges."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=64)
def _list_forms(value: str) -> tuple[str, ...]:
    """Return what to search for in a decoded text: the value, its prefix, and its base64."""
    whole = _decode(value)[0]
    forms = {whole}
    if len(whole) >= _MIN_CUT and "://" not in whole:
        forms.add(whole[:_PREFIX])
    content = value.encode("utf-8", "surrogatepass")
    if len(content) >= _MIN_BASE64:
        for altchars in (b"+/", b"-_"):
            forms |= {_encode(content, before, altchars) for before in range(3)}
    return tuple(form for form in forms if len(form) >= _MIN_LENGTH)


def _encode(content: bytes, before: int, altchars: bytes) -> str:
    """Return the base64 of a content after `before` bytes, without the digits that these affect."""
    encoded = base64.b64encode(bytes(before) + content, altchars=altchars).rstrip(b"=")
    first = (0, 2, 3)[before]
    last = (before + len(content)) * 8 // 6
    return encoded[first:last].decode()


@lru_cache(maxsize=4)
def _decode(text: str) -> tuple[str, Sequence[int]]:
    """
    Return the text without escapes, with one character for each byte of its UTF-8.

    Also return, for each of these characters and for the end, its offset in the text.
    """
    parts: list[str] = []
    offsets = array("L")
    end = 0
    for found in _ESCAPE.finditer(text):
        _add_literal(text, end, found.start(), parts, offsets)
        content = _unescape(found).decode("latin-1")
        parts.append(content)
        offsets.extend([found.start()] * len(content))
        end = found.end()
    _add_literal(text, end, len(text), parts, offsets)
    offsets.append(len(text))
    return "".join(parts), offsets


def _add_literal(text: str, start: int, end: int, parts: list[str], offsets: "array[int]") -> None:
    literal = text[start:end]
    if literal.isascii():
        parts.append(literal)
        offsets.extend(range(start, end))
        return
    for offset, character in enumerate(literal, start):
        content = character.encode("utf-8", "surrogatepass").decode("latin-1")
        parts.append(content)
        offsets.extend([offset] * len(content))


def _unescape(found: "re.Match[str]") -> bytes:
    """Return the bytes of an escape; white space of any length is one space."""
    kind, value = str(found.lastgroup), str(found[str(found.lastgroup)])
    match kind:
        case "u" | "h" | "d":
            code = int(value, 10 if kind == "d" else 16)
            return chr(min(code, 0x10FFFF)).encode("utf-8", "surrogatepass")
        case "x" | "p":
            return bytes([int(value, 16)])
        case "c":
            return value.encode("utf-8", "surrogatepass")
        case "n":
            return _NAMED[value]
        case _:
            return b" " if kind == "s" else b""
