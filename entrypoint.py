#!/usr/bin/env python3
"""
The one door the runner knocks on.

The image starts this file under the name of a stage, `main` or `post`; a developer names the
phase instead: `./entrypoint.py name`. Everything else lives in src/sentry_release.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from sentry_release.cli import main

if __name__ == "__main__":
    main()
