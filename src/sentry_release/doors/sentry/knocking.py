"""Connecting to Sentry before all else is imported; both take about as long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from sentry_release.doors.sentry.patience import CONNECT_S
from sentry_release.doors.sentry.reaching import Errand, reached
from sentry_release.doors.sentry.trust import way_to

_ASKING = {"main", "post", "deploy", "plan", "health"}
_SENTRY = "https://sentry.io"
_ROOTS = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """A connection to the server at `root` that is being made; nothing has been said yet."""

    root: str
    errand: Errand

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
    started_as = "post" if PurePath(argv[0]).stem == "post" else None
    named = argv[1] if argv[1:] else started_as or _given(environ, "INPUT_PHASE") or "main"
    if named not in _ASKING or not _has_reason(environ):
        return None
    root = _given(environ, "INPUT_URL", "SENTRY_URL") or _SENTRY
    if not root.startswith(_ROOTS):
        return None
    root = root.rstrip("/")
    try:
        way = way_to(root, environ)
    except ValueError:  # an address that is none is told when the inputs are judged
        return None
    errand = Errand(partial(reached, way, CONNECT_S))
    errand.begin()
    return Knock(root=root, errand=errand)


def _has_reason(environ: Mapping[str, str]) -> bool:
    token = _given(environ, "INPUT_AUTH-TOKEN", "SENTRY_AUTH_TOKEN")
    status = environ.get("INPUT_JOB-STATUS", "success")
    return bool(token) and status == "success"


def _given(environ: Mapping[str, str], *names: str) -> str | None:
    return next((value for name in names if (value := environ.get(name, "").strip())), None)
