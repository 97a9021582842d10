#!/usr/bin/env -S python3 -I
"""
The one door the runner knocks on.

The image starts this file under the name of a stage, `main` or `post`; a developer names the
phase instead: `./entrypoint.py name`. Everything else lives in src/sentry_release.

-I: what a workflow sets for its own Python, such as PYTHONPATH, is not meant for us.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

from sentry_release.doors import ready_made  # noqa: E402 - after the path is known

ready_made.use(HERE)

from sentry_release.doors.sentry.knocking import knocked  # noqa: E402 - made of what is ready

if __name__ == "__main__":
    knock = knocked(sys.argv, os.environ)
    # The rest is imported while the connection is made.
    from sentry_release.cli import main

    main(knock)
