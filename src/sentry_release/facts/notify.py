"""The input `notify`: whom to tell, and every part of it that nobody else may read."""

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
    """Whom to tell, one a line; no message shows any of it."""
    found = []
    for number, line in enumerate((read.text("notify") or "").splitlines(), start=1):
        if not line.strip():
            continue
        if _ADDRESS.fullmatch(line.strip()):
            found.append(Addressee(line=number, address=line.strip()))
        else:
            read.contradiction(
                f"Line {number} of `notify` is not the address of a service. "
                "Write one a line, such as `slack://…` or `mailto://…`."
            )
    return tuple(found)


def notify_on_of(read: Reader) -> tuple[NotifyOn, ...]:
    """What to tell of."""
    known = {word.value: word for word in NotifyOn}
    words = read.words("notify-on")
    for word in words:
        if word not in known:
            mend = f"Use one or more of: {', '.join(known)}."
            read.wrong("notify-on", word, "is nothing it can tell of", mend)
    return tuple(known[word] for word in words if word in known) or (NotifyOn.DEPLOY,)


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
