#!/usr/bin/env python3
"""action.yml -> host/action.yml: the same action, started on the machine itself."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOST = ROOT / "host/action.yml"
_HEAD = "# Written by scripts/host_action.py from ../action.yml: run `make tables`.\n"
_RUNS = "\nruns:\n"
_HOST_RUNS = """\
  using: node24
  main: main.js
  post: post.js
  post-if: always()
"""


def on_host(action: str) -> str:
    """The text of host/action.yml; everything but `runs` is the root's, letter by letter."""
    contract, runs, _ = action.partition(_RUNS)
    return _HEAD + contract + runs + _HOST_RUNS


def main() -> None:
    """Write it; with `--check`, fail where it differs."""
    after = on_host((ROOT / "action.yml").read_text("utf-8"))
    if "--check" in sys.argv:
        stale = not HOST.exists() or HOST.read_text("utf-8") != after
        sys.exit(stale and "host/action.yml is not in step with action.yml: run make tables")
    HOST.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
