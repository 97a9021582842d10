#!/usr/bin/env -S python3 -I
"""
The one door the runner knocks on.

The image starts this file under the name of a stage, `main` or `post`; a developer names the
phase instead: `./entrypoint.py name`. Everything else lives in src/sentry_release.

-I: what a workflow sets for its own Python, such as PYTHONPATH, is not meant for us.
"""

import gc
import os
import sys
from pathlib import Path

# Imports make much that stays and next to no garbage; looking for it takes a tenth of the time.
gc.set_threshold(100_000)
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

from sentry_release.doors import ready_made  # noqa: E402 - after the path is known

ready_made.use(HERE)

from sentry_release.doors.sentry.knocking import knocked  # noqa: E402 - made of what is ready


def main() -> int:
    """Play the phase that is asked for; gives the exit code."""
    knock = knocked(sys.argv, os.environ)
    # The rest is imported while the connection is made.
    from sentry_release.cli import main as play  # noqa: PLC0415

    try:
        play(knock)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would take all modules apart once more, and nothing waits for that.
    os._exit(code)
