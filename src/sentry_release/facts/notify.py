"""The input `notify-urls`: the services to notify, and every part of their URLs that is a secret."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from sentry_release.facts.choices import NotifyOn
from sentry_release.facts.reading import Reader
from sentry_release.words.letter import Addressee

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S.*")
_SHORTEST = 6  # characters of a secret: what is shorter stands in harmless outputs as well
_WORD = r"(?:[A-Za-z][a-z]{0,14})?"
_WORDS = rf"[#@+~!]?{_WORD}(?:[-_. @]{_WORD})*"
_HOST = r"(?:[\w-]{1,24}\.)+(?:[A-Za-z]{2,8}|\d{1,3})"
_IN_PLAIN = re.compile(rf"{_WORDS}|{_HOST}|\d{{4}}-\d\d-\d\d")


def notify_of(read: Reader) -> tuple[Addressee, ...]:
    """The services to notify, one per line; no message shows any of a line."""
    found = []
    for number, line in enumerate((read.text("notify-urls") or "").splitlines(), start=1):
        if not line.strip():
            continue
        if _ADDRESS.fullmatch(line.strip()):
            found.append(Addressee(line=number, address=line.strip()))
        else:
            read.contradiction(
                f"Line {number} of `notify-urls` is not a URL. "
                "Write one URL per line, such as `slack://…` or `mailto://…`."
            )
    return tuple(found)


def notify_on_of(read: Reader) -> tuple[NotifyOn, ...]:
    """The events to notify about."""
    found = [read.member("notify-on", word, NotifyOn) for word in read.words("notify-on")]
    return tuple(filter(None, found))


def secrets_in(notify: str) -> tuple[str, ...]:
    """
    Every line, and every part of it that opens something by itself.

    A part is a password, or else has at least six characters and looks like no word: what the
    runner masks it also drops from outputs, so that a masked `production` would do harm.
    """
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, notify.splitlines())):
        found |= dict.fromkeys([line, *_parts(line)])
    return tuple(part for part in found if len(part) >= _SHORTEST)


def _parts(address: str) -> Iterator[str]:
    place, *rest = re.split(r"[/?&#]", address.partition("://")[2])
    user, _, host = place.rpartition("@")
    user, _, password = user.partition(":")
    yield from (password, unquote(password))
    for part in (user, *re.split("[:,]", host), *rest):
        key, equals, value = part.partition("=")
        yield from _forms(value if equals else key)


def _forms(part: str) -> tuple[str, ...]:
    """As it is written, as it is meant, and its pieces; none where it is in plain words."""
    meant = {unquote(part), unquote_plus(part)}
    pieces = {piece for form in meant for piece in re.split(r"[/:,;|]", form)}
    secret = {piece for piece in pieces if not _IN_PLAIN.fullmatch(piece)}
    return tuple(secret | {part} | meant) if secret else ()
