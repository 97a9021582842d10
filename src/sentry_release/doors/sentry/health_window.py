"""An answer of Sentry's -> the window it speaks of, by Sentry's own clock."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from sentry_release.doors.sentry.answers import mapping, moment
from sentry_release.doors.sentry.outcome import Answer


def window_of(answer: Answer, now: datetime, minutes: int) -> tuple[datetime, datetime]:
    """The window that Sentry says it has looked at, else one that ends by its clock, or ours."""
    told = mapping(answer.body)
    start, end = moment(told.get("start")), moment(told.get("end"))
    if start is not None and end is not None:
        return start, end
    end = _date(answer) or now
    return end - timedelta(minutes=minutes), end


def _date(answer: Answer) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
