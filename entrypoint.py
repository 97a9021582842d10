#!/usr/bin/env -S python3 -I
"""
Entry point of the program in the image and in a checkout.

The image starts this file under the name of a stage, `main` or `post`; elsewhere the first
argument names the command: `./entrypoint.py name`. The program itself is in src/sentry_release.

-I: the variables that a workflow sets for its own Python, such as PYTHONPATH, have no effect.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from sentry_release.cli.main import main

if __name__ == "__main__":
    main()
