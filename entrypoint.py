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

# Imports make much that stays and next to no garbage; looking for it takes a tenth of the time.
gc.set_threshold(100_000)
# Who connects on a thread of its own waits for nothing but the network.
sys.setswitchinterval(0.0005)
HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib is slow to import
sys.path.insert(0, os.path.join(HERE, "src"))  # noqa: PTH118 - as above
CANCELLED_EXIT_CODE = 130


def main() -> int:
    """Play the phase that is asked for; gives the exit code."""
    from sentry_release.doors.sentry.knocking import knocked  # noqa: PLC0415 - after the path is known

    knock = knocked(sys.argv, os.environ)
    # All that is slow to import is imported while the connection is made.
    from sentry_release.doors import ready_made  # noqa: PLC0415

    ready_made.use(HERE)
    from sentry_release.cli import main as play  # noqa: PLC0415

    try:
        play(knock)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:  # so early that nothing has been done
        code = CANCELLED_EXIT_CODE
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would take all modules apart once more, and nothing waits for that.
    os._exit(code)
