"""Fuzz one target with atheris: fuzz/run.py TARGET [libFuzzer's options]."""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it has no types

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
_OURS = ["sentry_release", "yaml", "jinja2", "plistlib", "html.parser"]


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    with atheris.instrument_imports(include=_OURS):
        import sentry_release.doors.render  # noqa: F401, PLC0415 - the target imports it late
        from targets import TARGETS  # noqa: PLC0415 - imported with counters in it
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
