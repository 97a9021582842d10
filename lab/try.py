#!/usr/bin/env python3
"""
Play the main job on the example app, and show what its user gets.

Sentry is the embedded fake, or a real one if SENTRY_URL, SENTRY_AUTH_TOKEN, SENTRY_ORG
and SENTRY_PROJECT are set (then also set GITHUB_REPOSITORY and GITHUB_SHA to link commits).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fake_sentry import Entry, FakeServers

ROOT = Path(__file__).resolve().parents[1]
_ENTRY = re.compile(r"([^<\n]+)<<([^\n]+)\n(.*?)\n\2\n", re.DOTALL)
_REAL = ("SENTRY_URL", "SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT")
_NO_SHA = "0" * 40
_RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "you",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_RUN_ID": "16544301843",
    "GITHUB_RUN_NUMBER": "128",
    "GITHUB_SERVER_URL": "https://github.com",
    "INPUT_ENVIRONMENT": "production",
    "INPUT_JOB-STATUS": "success",
}


def main() -> None:
    """Run the job on the real Sentry if its variables are set, else on the fake."""
    real = {name: os.environ[name] for name in _REAL if os.environ.get(name)}
    if len(real) == len(_REAL):
        environment = {
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_SHA": _NO_SHA,
            "INPUT_SET-COMMITS": "skip",
        }
        if "GITHUB_REPOSITORY" in os.environ:
            environment = {name: os.environ[name] for name in ("GITHUB_REPOSITORY", "GITHUB_SHA")}
        play(real | environment)
        return
    with FakeServers(watch=_show_request) as sentry:
        play(
            {
                "SENTRY_URL": sentry.url,
                "SENTRY_AUTH_TOKEN": sentry.organization_token,
                "SENTRY_PROJECT": "shop",
                "GITHUB_API_URL": sentry.github_url,
                "GITHUB_REPOSITORY": sentry.repository.name,
                "GITHUB_SHA": sentry.repository.branches["main"],
            }
        )
        title("What Sentry has now")
        for release in sentry.releases.values():
            output(
                f"{release.version}: {release.commit_count} commits, released {release.released}"
            )
            for deploy in release.deploys:
                output(f"deploy {deploy.name} to {deploy.environment}, {deploy.url}")
        for mail in sentry.mails:
            output(f"mail to {mail.recipient}: {mail.app}")


def play(environ: Mapping[str, str]) -> None:
    """Run the main step, a build that uses its outputs, and the post step."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "shop"
        shutil.copytree(ROOT / "examples/shop", workspace)
        environment = _RUN | dict(environ) | {"GITHUB_WORKSPACE": str(workspace)}
        title("The step: uses: appcrew/sentry-release-flutter@v1")
        files_of_main = stage("main", environment, Path(folder))
        title("Later steps can use")
        for name, value in entries(files_of_main["GITHUB_OUTPUT"]).items():
            output(f"outputs.{name:<20} {value if len(value) < _WIDE else value[:_WIDE] + '…'}")
        for name, value in entries(files_of_main["GITHUB_ENV"]).items():
            output(f"${name:<27} {value}")
        defines = ".sentry-release/dart-defines.json"
        title(f"flutter build web --dart-define-from-file={defines}")
        output((workspace / defines).read_text())
        title("After the last step of the job")
        remaining = {
            f"STATE_{name}": value for name, value in entries(files_of_main["GITHUB_STATE"]).items()
        }
        after = stage("post", environment | remaining, Path(folder))
        title("The job summary")
        output(files_of_main["GITHUB_STEP_SUMMARY"] + "\n" + after["GITHUB_STEP_SUMMARY"])


def stage(name: str, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Start the program as the runner does, and return the text of each file it wrote."""
    names = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
    files = {one: folder / one for one in names}
    for file in files.values():
        file.write_text("")
    base = {key: os.environ[key] for key in ("PATH", "HOME", *_TRUST) if key in os.environ}
    done = subprocess.run(
        [sys.executable, ROOT / "entrypoint.py", name],
        env=base | dict(environ) | {key: str(file) for key, file in files.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    shown = [line for line in done.stdout.splitlines() if not line.startswith(_UNSEEN)]
    output("\n".join(shown) + done.stderr)
    if done.returncode:
        sys.exit(f"{name} ended with exit code {done.returncode}")
    return {key: file.read_text() for key, file in files.items()}


_TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "NO_PROXY")
_UNSEEN = ("::add-mask", "::debug", "::stop-commands", "::")
_WIDE = 110  # characters


def entries(text: str) -> dict[str, str]:
    """Return the entries of one of the runner's files."""
    return {name: value for name, _, value in _ENTRY.findall(text)}


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def output(text: str) -> None:
    """Print the output of the program."""
    for line in text.rstrip().splitlines():
        print(f"  {line}", flush=True)


def _show_request(entry: Entry) -> None:
    output(f"-> {str(entry)[:150]} {entry.status}")


if __name__ == "__main__":
    main()
