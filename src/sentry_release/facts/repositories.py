"""The input `repositories` -> the repositories in Sentry whose commits belong to the release."""

import re
from collections import Counter
from dataclasses import dataclass

from sentry_release.facts.reading import InputReader

_SHA = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_PINNED = re.compile(rf"(?P<name>.+)@(?:(?P<previous>{_SHA})\.\.)?(?P<head>{_SHA})")
_LIMIT = 64  # characters; of the `commits` payload, the stricter of the two ways to Sentry


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPin:
    """A repository by its name in Sentry; without `head` it is the workflow's own."""

    name: str
    head: str | None = None
    previous: str | None = None


def read_repositories(inputs: InputReader) -> tuple[RepositoryPin, ...]:
    """
    `name`, `name@sha` or `name@sha..sha`, separated by spaces, commas or newlines.

    A name with ` / ` in it, as Sentry lists GitLab's repositories, keeps its spaces and so is
    separated from others by a comma or a newline.

    At most one stands without a sha: that is what the workflow's own repository is called.
    None comes twice, since Sentry would take both ranges.
    """
    pins = tuple(
        _parse_pin(inputs, word) for word in _split_words(inputs.read_text("repositories") or "")
    )
    own = [pin.name for pin in pins if pin.head is None]
    if len(own) > 1:
        hint = "Give all but the workflow's own with a sha: `acme/lib@<sha>`."
        inputs.add_invalid("repositories", ", ".join(own), "only one may be without a sha", hint)
    for name, count in Counter(pin.name for pin in pins).items():
        if count > 1:
            inputs.add_invalid(
                "repositories", name, "it is listed twice", "Give each repository one range."
            )
    return pins


def _split_words(text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in text.replace(",", "\n").splitlines()]
    words = [word for part in parts for word in ([part] if " / " in part else part.split())]
    return tuple(dict.fromkeys(words))


def _parse_pin(inputs: InputReader, word: str) -> RepositoryPin:
    match = _PINNED.fullmatch(word)
    name = match["name"] if match else word
    if "@" in name or len(name) > _LIMIT:
        hint = "Write `owner/name`, `owner/name@sha` or `owner/name@sha..sha`, with whole shas."
        inputs.add_invalid(
            "repositories", word, f"it is not a name of at most {_LIMIT} characters", hint
        )
    if match is None:
        return RepositoryPin(name=name)
    return RepositoryPin(name=name, head=match["head"], previous=match["previous"])
