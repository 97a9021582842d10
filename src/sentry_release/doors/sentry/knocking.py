"""Connecting to Sentry before all else is imported; both take about as long."""

from __future__ import annotations

import os.path
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:  # nothing of it is quick to import
    from collections.abc import Mapping, Sequence

    from sentry_release.doors.http.reaching import Errand
    from sentry_release.doors.http.straight import Straight
    from sentry_release.doors.http.way import Way

_ASKING = {"main", "post", "deploy", "plan", "health"}
_SENTRY = "https://sentry.io"
_ROOTS = ("https://", "http://")


class Knock:
    """A connection to the server at `root` that is being made; nothing has been said yet."""

    __slots__ = ("errand", "root")

    def __init__(self, root: str, errand: Errand) -> None:
        self.root = root
        self.errand = errand

    def abandon(self) -> None:
        """Hang up."""
        self.errand.abandon()


def knocked(argv: Sequence[str], environ: Mapping[str, str]) -> Knock | None:
    """
    Begin to connect where the phase is likely to ask Sentry; None where it is not.

    Nothing is sent but what it takes to connect, and nothing has been judged yet: who asks
    uses the connection if it leads where the judged inputs say, and lets it go otherwise.

    Args:
        argv: As the program was started.
        environ: The process environment.
    """
    started_as = "post" if os.path.splitext(os.path.basename(argv[0]))[0] == "post" else None  # noqa: PTH119, PTH122 - pathlib is slow to import
    named = argv[1] if argv[1:] else started_as or _given(environ, "INPUT_PHASE") or "main"
    if named not in _ASKING or not _has_reason(environ):
        return None
    root = (_given(environ, "INPUT_URL", "SENTRY_URL") or _made_for(environ)).rstrip("/")
    way = _way(root, environ)
    if way is None:
        return None
    from sentry_release.doors.http.reaching import CONNECT_S, Errand, reached  # noqa: PLC0415 - see _way

    errand = Errand(partial(reached, way, CONNECT_S))
    errand.begin()
    return Knock(root, errand)


def _way(root: str, environ: Mapping[str, str]) -> Straight | Way | None:
    from sentry_release.doors.http.straight import straight_way  # noqa: PLC0415 - ssl is slow to import

    return straight_way(root, environ) or _other_way(root, environ)


def _other_way(root: str, environ: Mapping[str, str]) -> Way | None:
    """By a proxy, or with certificate authorities of one's own."""
    from sentry_release.doors.http.trust import way_to  # noqa: PLC0415 - slow to import
    from sentry_release.words.errors import WorkflowError  # noqa: PLC0415

    try:
        return way_to(root, environ) if root.startswith(_ROOTS) else None
    except (ValueError, WorkflowError):  # an address that is none is told when the time comes
        return None


def _made_for(environ: Mapping[str, str]) -> str:
    """The server that an organization token names, as facts/token.py reads it; else sentry.io."""
    kind, _, rest = (_token(environ) or "").partition("_")
    if kind != "sntrys":
        return _SENTRY
    from binascii import a2b_base64  # noqa: PLC0415 - not every token needs it

    try:
        facts = a2b_base64(f"{rest.partition('_')[0]}==")
        url = facts.partition(b'"url": "')[2].partition(b'"')[0].decode("ascii")
    except ValueError:  # binascii.Error is one
        return _SENTRY
    return url or _SENTRY


def _token(environ: Mapping[str, str]) -> str | None:
    return _given(environ, "INPUT_AUTH-TOKEN", "SENTRY_AUTH_TOKEN")


def _has_reason(environ: Mapping[str, str]) -> bool:
    token = _token(environ)
    status = environ.get("INPUT_JOB-STATUS", "success")
    return bool(token) and status == "success"


def _given(environ: Mapping[str, str], *names: str) -> str | None:
    return next((value for name in names if (value := environ.get(name, "").strip())), None)
