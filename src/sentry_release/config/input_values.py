"""Read inputs that are names, lists, percentages, counts or durations."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sentry_release.config.input_reader import InputReader
from sentry_release.config.inputs import Announce, NotifyOn
from sentry_release.model.commits import SHA_PATTERN
from sentry_release.model.finding import Severity
from sentry_release.model.job import Recipient
from sentry_release.model.release import find_environment_name_error

Levels = tuple[tuple[str, Severity | None], ...]
"""Rules with the severity of their findings; None is off."""

_RULE = re.compile(r"FD[0-9]{2}")
_LEVELS = {
    "off": None,
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}
_MIN_WINDOW = timedelta(hours=1)
_MAX_WINDOW = timedelta(days=90)
_MIN_WAIT = timedelta(minutes=1)
_MAX_WAIT = timedelta(hours=6)
_PERCENT = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?")
_COUNT = re.compile(r"[0-9]{1,9}")
_TIME = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S.*")
_PINNED = re.compile(rf"(?P<name>.+)@(?:(?P<previous>{SHA_PATTERN})\.\.)?(?P<head>{SHA_PATTERN})")
_MAX_NAME = (
    64  # characters; the limit of the `commits` payload, the stricter of Sentry's two limits
)
_ENVIRONMENT = "environment"


def parse_rule_levels(inputs: InputReader) -> Levels:
    """Return the levels of rules, as in `FD13=off FD22=error`; the last one of a rule counts."""
    found: dict[str, Severity | None] = {}
    for word in inputs.read_list("doctor-levels"):
        rule, _, level = word.upper().partition("=")
        if not _RULE.fullmatch(rule):
            inputs.add_invalid(
                "doctor-levels", word, "it names no rule", "Write `FD11=off`, for example."
            )
        elif level.lower() not in _LEVELS:
            hint = f"Write `{rule}=off`, for example. Levels are: {', '.join(_LEVELS)}."
            inputs.add_invalid("doctor-levels", word, "it has no known level", hint)
        else:
            found[rule] = _LEVELS[level.lower()]
    return tuple(found.items())


def read_notify(inputs: InputReader) -> tuple[Recipient, ...]:
    """Return the services to notify, one per line; no message quotes a line."""
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
    """Return the events to notify about."""
    found = [
        inputs.parse_choice("notify-on", word, NotifyOn) for word in inputs.read_list("notify-on")
    ]
    return tuple(filter(None, found))


def read_announce(inputs: InputReader) -> tuple[Announce, ...]:
    """Return where deploys are announced; nowhere for `none`, which stands alone."""
    words = inputs.read_list("announce")
    found = tuple(filter(None, (inputs.parse_choice("announce", word, Announce) for word in words)))
    if Announce.NONE in found and len(found) > 1:
        hint = "Remove `none`, or everything else."
        inputs.add_invalid("announce", " ".join(words), "`none` stands alone", hint)
    return tuple(one for one in found if one is not Announce.NONE)


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
    if "@" in name or len(name) > _MAX_NAME:
        hint = "Write `owner/name`, `owner/name@sha` or `owner/name@sha..sha`, with whole shas."
        inputs.add_invalid(
            "repositories", word, f"it is not a name of at most {_MAX_NAME} characters", hint
        )
    if match is None:
        return RepositoryPin(name=name)
    return RepositoryPin(name=name, head=match["head"], previous=match["previous"])


def read_percent(inputs: InputReader, name: str) -> float | None:
    """Return a number from 0 to 100; a percent sign may follow it."""
    text = inputs.read_text(name)
    if text is None:
        return None
    found = _PERCENT.fullmatch(text)
    number = float(found["number"]) if found else -1.0
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        inputs.add_invalid(name, text, "", "Use a percentage from 0 to 100, such as `99.5`.")
        return None
    return number


def read_count(inputs: InputReader, name: str) -> int | None:
    """Return a whole number from 0."""
    text = inputs.read_text(name)
    if text is not None and not _COUNT.fullmatch(text):
        inputs.add_invalid(name, text, "", "Use a whole number, such as `100`.")
        return None
    return int(text) if text else None


def read_min_sessions(inputs: InputReader) -> int:
    """Return the number of sessions below which no rate is evaluated: at least one."""
    count = read_count(inputs, "min-sessions")
    if count == 0:
        inputs.add_invalid("min-sessions", "0", "", "Use at least `1`.")
    return count or 1


def read_window(inputs: InputReader) -> timedelta:
    """Return the time to evaluate; Sentry counts sessions by the hour, and keeps 90 days."""
    found = _read_duration(inputs, "health-window", min_count=_MIN_WINDOW, max_count=_MAX_WINDOW)
    return found or _MIN_WINDOW  # only after an invalid value, which is an error


def read_wait(inputs: InputReader) -> timedelta | None:
    """Return how long to wait for sessions; jobs on GitHub's machines end after six hours."""
    return _read_duration(inputs, "health-wait", min_count=_MIN_WAIT, max_count=_MAX_WAIT)


def to_minutes(span: timedelta) -> int:
    """Return whole minutes."""
    return int(span.total_seconds()) // 60


def _read_duration(
    inputs: InputReader, name: str, *, min_count: timedelta, max_count: timedelta
) -> timedelta | None:
    text = inputs.read_text(name)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    span = timedelta(**{_UNITS[found["unit"]]: int(found["number"])}) if found else timedelta()
    if not min_count <= span <= max_count:
        hint = f"Use a number with m, h, d or w, from `{_format_duration(min_count)}` to `{_format_duration(max_count)}`."
        inputs.add_invalid(name, text, "", hint)
        return None
    return span


def _format_duration(span: timedelta) -> str:
    minutes = to_minutes(span)
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPair:
    """An environment of GitHub or another CI host, and its name in Sentry."""

    deployed: str
    recorded: str


def map_environment(pairs: Collection[EnvironmentPair], deployed: str | None) -> str | None:
    """Return the name in Sentry of a deployed environment, in any case; None if no pair has it."""
    names = {pair.deployed.casefold(): pair.recorded for pair in pairs}
    return names.get((deployed or "").casefold())


def read_environment(inputs: InputReader) -> str | None:
    """Return the name of the environment in Sentry; None if there is none, or if there are pairs."""
    text = inputs.read_text(_ENVIRONMENT)
    if text is None or "=" in text:
        return None
    _check_environment(inputs, text)
    return text


def read_environment_pairs(inputs: InputReader) -> tuple[EnvironmentPair, ...]:
    """Return the pairs, one per line as `Preview=staging`; none if the input is a plain name."""
    if "=" not in (inputs.read_text(_ENVIRONMENT) or ""):
        return ()
    pairs = tuple(_parse_pair(inputs, line) for line in inputs.read_lines(_ENVIRONMENT))
    for name, count in Counter(pair.deployed.casefold() for pair in pairs).items():
        if count > 1:
            inputs.add_invalid(
                _ENVIRONMENT, name, "it is mapped twice", "Map each environment once."
            )
    return pairs


def _parse_pair(inputs: InputReader, line: str) -> EnvironmentPair:
    deployed, _, recorded = (part.strip() for part in line.partition("="))
    if not deployed or not recorded or "=" in recorded:
        hint = "Write one pair per line, GitHub's name first: `Preview=staging`."
        inputs.add_invalid(_ENVIRONMENT, line, "it is not a pair of names", hint)
    else:
        _check_environment(inputs, recorded)
    return EnvironmentPair(deployed=deployed, recorded=recorded)


def _check_environment(inputs: InputReader, name: str) -> None:
    if problem := find_environment_name_error(name):
        hint = "Use the environment's name in Sentry, for example `production`."
        inputs.add_invalid(_ENVIRONMENT, name, f"it {problem}", hint)
