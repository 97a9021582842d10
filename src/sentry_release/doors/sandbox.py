"""Where templates are filled: they reach nothing, fill no memory, and end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import current_thread, main_thread

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.doors.markdown import FILTERS

_HERE = Path(__file__).resolve().parents[1]
_FOLDERS = (_HERE / "templates", _HERE.parents[1] / "templates")  # in a wheel; in the repository
_MOST_SECONDS = 3.0


class Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox in which no power can fill the memory: Python computes it without a pause."""

    intercepted_binops = frozenset({"**"})

    def call_binop(self, *_operation: object) -> object:
        """Refuse powers; nothing that is written with them is part of a name."""
        raise SecurityError("powers are not computed")


@cache
def sandbox() -> Sandbox:
    """The one environment, with our templates and filters; a typo in a template is an error."""
    environment = Sandbox(
        loader=FileSystemLoader([folder for folder in _FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in FILTERS}
    return environment


@contextmanager
def limited() -> Iterator[None]:
    """
    Stop a template that does not end.

    The sandbox keeps a template from reaching anything, but not from counting for ever.
    """
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError(f"it takes more than {_MOST_SECONDS} seconds")
