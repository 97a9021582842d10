"""The nouns of a notification: whom it goes to, what it says, and why it did not arrive."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A service that is to be told: its address, which is a secret, and the line it stands on."""

    line: int
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What people are told: a title, and the same body twice; `is_failure` is whether the news are."""

    title: str
    markdown: str
    text: str
    is_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """A service that was not told, by its name and line, and why as the end of a sentence."""

    service: str
    line: int
    reason: str
