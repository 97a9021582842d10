"""
`python -m self_test serve FOLDER HOST`, `check FOLDER CLAIM`, and `verdict FILE JUDGE`.

The host `docker` is the address under which containers find this machine.
"""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from fake_sentry import FakeServers
from self_test.bridge import NoBridgeError, find_bridge_address
from self_test.claims import CLAIMS
from self_test.ledger import read, writer
from self_test.verdict import complaints

LEDGER, EXPORTS = "ledger.jsonl", "exports"


def serve(folder: Path, host: str) -> None:
    """Serve a fake Sentry until terminated; write its address to FOLDER/exports when ready."""
    address = find_bridge_address() if host == "docker" else host
    with FakeServers(host=address, watch=writer(folder / LEDGER)) as sentry:
        exports = {
            "SENTRY_URL": sentry.url,
            "SENTRY_AUTH_TOKEN": sentry.token,
            "SENTRY_ORG": sentry.organization,
            "SENTRY_PROJECT": sentry.projects[0],
        }
        half = folder / f"{EXPORTS}.half"
        lines = "".join(f"{name}={value}\n" for name, value in exports.items())
        half.write_text(lines, encoding="utf-8", newline="\n")  # the runner reads it on Windows too
        half.rename(folder / EXPORTS)  # atomically, since it is read as soon as it exists
        while not Event().wait(3600):  # an unlimited wait cannot be interrupted on Windows
            pass


def check(folder: Path, claim: str) -> str | None:
    """Print the requests and return what is wrong with them; the fake must still be running."""
    if not _listens(folder):
        return "the fake Sentry ended before the job"
    requests = read(folder / LEDGER)
    print("\n".join(map(str, requests)) or "no requests", flush=True)
    wrong = CLAIMS[claim](requests)
    return f"not {claim}: {wrong}" if wrong else None


def verdict(file: Path, evaluate: str) -> str | None:
    """Return what is wrong with the jobs of the run, from a file of JSON objects."""
    jobs = list(_objects(file.read_text(encoding="utf-8")))
    print(f"{len(jobs)} jobs", flush=True)
    return "\n".join(complaints(jobs, evaluate=evaluate)) or None


def _listens(folder: Path) -> bool:
    """Return whether the server accepts connections, without a request in the ledger."""
    exports = dict(line.split("=", 1) for line in (folder / EXPORTS).read_text().splitlines())
    url = urlsplit(exports["SENTRY_URL"])
    try:
        with socket.create_connection((url.hostname, url.port), timeout=5):
            return True
    except OSError:
        return False


def _objects(text: str) -> Iterator[Any]:
    decoder, rest = json.JSONDecoder(), text.lstrip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield found
        rest = rest[end:].lstrip()


def main() -> None:
    """Run one command; print problems on stderr, with exit code 1."""
    name, place, word = sys.argv[1:]
    commands = {"serve": serve, "check": check, "verdict": verdict}
    try:
        sys.exit(commands[name](Path(place), word))
    except NoBridgeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
