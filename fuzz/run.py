"""Fuzz one target with atheris: fuzz/run.py TARGET [libFuzzer's options]."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import atheris  # type: ignore[import-untyped]  # it has no types

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
_OURS = ["sentry_release", "yaml", "jinja2", "plistlib", "html.parser"]
_SLOW_S = 10  # of CPU: on a busy machine the clock on the wall says nothing


class TooSlowError(BaseException):
    """Not caught by anything that survives an exception."""


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    with atheris.instrument_imports(include=_OURS):
        import sentry_release.adapters.templates.render  # noqa: F401 - the target imports it late
        from targets import TARGETS
    name = sys.argv.pop(1)
    signal.signal(signal.SIGPROF, _give_up)
    atheris.Setup(sys.argv, _timed(TARGETS[name]))
    atheris.Fuzz()


def _timed(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def timed(data: bytes) -> None:
        signal.setitimer(signal.ITIMER_PROF, _SLOW_S)
        target(data)

    return timed


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


if __name__ == "__main__":
    main()
