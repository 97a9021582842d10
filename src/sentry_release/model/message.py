"""The nouns of a notification: recipient, message and delivery failure."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A service to notify: its URL, which is a secret, and its line in `notify-urls`."""

    line: int
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: a title, and the same body in two formats; `is_failure` marks bad news."""

    title: str
    markdown: str
    text: str
    is_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """A service that was not notified, by name and line, and why, as the end of a sentence."""

    service: str
    line: int
    reason: str
