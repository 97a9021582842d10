#!/usr/bin/env -S python3 -u
"""Prints what it was given, as one line of JSON, and does what the variable TOY_<STAGE> says."""

import json
import os
import sys
import uuid
from pathlib import Path


def put(file: str, name: str, value: str) -> None:
    """Add an entry to one of the runner's files, such as GITHUB_OUTPUT."""
    fence = uuid.uuid4()
    with Path(os.environ[file]).open("a", encoding="utf-8") as stream:
        stream.write(f"{name}<<{fence}\n{value}\n{fence}\n")


stage = Path(sys.argv[0]).name
values = {"args": sys.argv[1:], "folder": str(Path.cwd()), "uid": os.getuid()}
print("given:", json.dumps({**values, "env": dict(os.environ)}))
exec(os.environ.get(f"TOY_{stage.upper()}", ""))  # noqa: S102 - a test says what the stage does
