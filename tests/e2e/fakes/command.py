#!/usr/bin/env python3
"""Stands for whatever a step runs, by the name it is called by: notes how, and fails if it is to."""

import json
import os
import sys
from pathlib import Path

_FROM_FILE = "--dart-define-from-file="


def main() -> int:
    """1 where a command of this name is to fail."""
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    files = [word.removeprefix(_FROM_FILE) for word in words if word.startswith(_FROM_FILE)]
    variables = {key: value for key, value in os.environ.items() if key.startswith("SENTRY_")}
    noted = {
        "name": name,
        "words": words,
        "defines": json.loads(Path(files[0]).read_text()) if files else None,
        "variables": variables,
    }
    with Path(os.environ["COMMANDS"]).open("a") as file:
        file.write(json.dumps(noted) + "\n")
    if "--source-maps" in words:
        build_for_the_web(variables)
    if "--config-only" in words:
        Path("android").mkdir(exist_ok=True)
        Path("android/gradlew").symlink_to(sys.argv[0])
    if name == "npx":  # semantic-release, which has found a new version
        with Path(os.environ["GITHUB_OUTPUT"]).open("a") as file:
            file.write("version=2.0.0\n")
    return name in os.environ["FAILING"].split()


def build_for_the_web(variables: dict[str, str]) -> None:
    """What `flutter build web --source-maps` leaves, other bytes for each release."""
    web = Path("build/web")
    web.mkdir(parents=True)
    release = variables.get("SENTRY_RELEASE")
    (web / "main.dart.js").write_text(f"// {release}\n//# sourceMappingURL=main.dart.js.map\n")
    (web / "main.dart.js.map").write_text(
        '{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"AAAA"}'
    )


if __name__ == "__main__":
    sys.exit(main())
