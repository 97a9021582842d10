"""The input `notify-urls`: the services to notify, and every part of their URLs that is a secret."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from sentry_release.facts.choices import NotifyOn
from sentry_release.facts.reading import InputReader
from sentry_release.words.letter import Recipient

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S.*")
_MIN_LENGTH = 6  # characters of a secret: what is shorter stands in harmless outputs as well
_WORD = r"(?:[A-Za-z][a-z]{0,14})?"
_WORDS_PATTERN = rf"[#@+~!]?{_WORD}(?:[-_. @]{_WORD})*"
_HOST = r"(?:[\w-]{1,24}\.)+(?:[A-Za-z]{2,8}|\d{1,3})"
_IN_PLAIN = re.compile(rf"{_WORDS_PATTERN}|{_HOST}|\d{{4}}-\d\d-\d\d")


def read_notify(inputs: InputReader) -> tuple[Recipient, ...]:
    """The services to notify, one per line; no message shows any of a line."""
    found = []
    for number, line in enumerate((inputs.read_text("notify-urls") or "").splitlines(), start=1):
        if not line.strip():
            continue
        if _ADDRESS.fullmatch(line.strip()):
            found.append(Recipient(line=number, address=line.strip()))
        else:
            inputs.add_contradiction(
                f"Line {number} of `notify-urls` is not a URL. "
                "Write one URL per line, such as `slack://…` or `mailto://…`."
            )
    return tuple(found)


def read_notify_on(inputs: InputReader) -> tuple[NotifyOn, ...]:
    """The events to notify about."""
    found = [inputs.member("notify-on", word, NotifyOn) for word in inputs.read_list("notify-on")]
    return tuple(filter(None, found))


def find_notify_secrets(notify: str) -> tuple[str, ...]:
    """
    Every line, and every part of it that opens something by itself.

    A part is a password, or else has at least six characters and looks like no word: what the
    runner masks it also drops from outputs, so that a masked `production` would do harm.
    """
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, notify.splitlines())):
        found |= dict.fromkeys([line, *_split_address(line)])
    return tuple(part for part in found if len(part) >= _MIN_LENGTH)


def _split_address(address: str) -> Iterator[str]:
    place, *rest = re.split(r"[/?&#]", address.partition("://")[2])
    user, _, host = place.rpartition("@")
    user, _, password = user.partition(":")
    yield from (password, unquote(password))
    for part in (user, *re.split("[:,]", host), *rest):
        key, equals, value = part.partition("=")
        yield from _list_forms(value if equals else key)


def _list_forms(part: str) -> tuple[str, ...]:
    """As it is written, as it is meant, and its pieces; none where it is in plain words."""
    intended = {unquote(part), unquote_plus(part)}
    pieces = {piece for form in intended for piece in re.split(r"[/:,;|]", form)}
    secret = {piece for piece in pieces if not _IN_PLAIN.fullmatch(piece)}
    return tuple(secret | {part} | intended) if secret else ()
