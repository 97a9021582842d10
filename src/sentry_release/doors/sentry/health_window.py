"""An answer of Sentry's -> the window it speaks of, by Sentry's own clock."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from sentry_release.doors.sentry.answers import as_datetime, as_dict
from sentry_release.doors.sentry.outcome import ApiResponse


def parse_window(answer: ApiResponse, now: datetime, minutes: int) -> tuple[datetime, datetime]:
    """The window that Sentry says it has looked at, else one that ends by its clock, or ours."""
    outputs = as_dict(answer.body)
    start, end = as_datetime(outputs.get("start")), as_datetime(outputs.get("end"))
    if start is not None and end is not None:
        return start, end
    end = _parse_date(answer) or now
    return end - timedelta(minutes=minutes), end


def _parse_date(answer: ApiResponse) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
