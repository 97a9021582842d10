#!/usr/bin/env python3
"""
What an upload costs, beside sentry-cli: 30 MB of source map and 40 MB of symbols, and the same again.

    make bench          writes uploads.md, and what jobs.py writes

The server adds 80 ms to each request and each connection, and takes 10 MB a second.
"""

import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from jobs import Stopwatch  # noqa: E402 - after the path is known
from players import Kit, Step, kit  # noqa: E402 - the same

from fake_sentry import FakeServers  # noqa: E402 - the same
from fake_sentry.state import ACCEPT  # noqa: E402 - the same
from objects import object_bytes  # noqa: E402 - the same

ROUNDS = 5
LATENCY_S, BYTES_PER_S = 0.08, 10_000_000
MAX_RATIO, MAX_REQUESTS, MAX_MB = 1.2, 4, 120
_PIECE = 64 * 1024
_MAP_BYTES, _SYMBOL_BYTES = 30_000_000, 10_000_000
_ABIS = {"arm64": "aarch64", "arm": "armv7a", "x64": "x86_64", "x86": "no-build-id"}
_RELEASE = "shop@1.4.0+27"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one upload cost; a command of several programs has the memory of the largest."""

    seconds: float
    processor_s: float
    peak_mb: float
    requests: int
    megabytes: float


class SlowLink:
    """A relay to a server that lets a fixed number of bytes through each second, of all together."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                for ends, is_slow in (((client, server), True), ((server, client), False)):
                    threading.Thread(target=self._pump, args=(*ends, is_slow), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_slow: bool) -> None:  # noqa: FBT001 - of a thread
        with suppress(OSError):
            while content := source.recv(_PIECE):
                if is_slow:
                    time.sleep(self._wait_s(len(content)))
                target.sendall(content)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _wait_s(self, size: int) -> float:
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / BYTES_PER_S
            return self._free_at - now


def write_build(folder: Path) -> None:
    """An app with a web build and the symbols of four ABIs; they compress to about a third."""
    random = Random(1)  # noqa: S311 - the same bytes each time
    web, symbols = folder / "build/web", folder / "build/symbols"
    for one in (web, symbols):
        one.mkdir(parents=True)
    (folder / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    (web / "main.dart.js").write_text("var a;\n//# sourceMappingURL=main.dart.js.map\n")
    words = ["".join(random.choices("ACDEGIKMOQSU", k=4)) for _ in range(4000)]
    mappings = ",".join(random.choices(words, k=_MAP_BYTES // 5))
    head = '{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"'
    (web / "main.dart.js.map").write_text(f'{head}{mappings}"}}')
    for arch, name in _ABIS.items():
        lines = [random.randbytes(12) for _ in range(4000)]
        body = b"".join(random.choices(lines, k=_SYMBOL_BYTES // 12))
        (symbols / f"app.android-{arch}.symbols").write_bytes(object_bytes()[f"elf-{name}"] + body)


def commands(player: str, programs: Kit, url: str, token: str, folder: Path) -> list[Step]:
    """What a player runs for the upload."""
    environ = {
        "HOME": str(folder.parent),
        "PATH": "/usr/bin:/bin",
        "SENTRY_URL": url,
        "SENTRY_AUTH_TOKEN": token,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        "SENTRY_LOAD_DOTENV": "0",
        "SENTRY_DISABLE_UPDATE_CHECK": "1",
    }
    if player == "this action":
        return [Step(command=(programs.python, "-I", programs.own, "upload"), environ=environ)]
    program = programs.sentry_cli("sentry-cli 3")
    maps = ("sourcemaps", "upload", "--release", _RELEASE, "--dist", "27", "--no-rewrite")
    return [
        Step(command=(program, *maps, "build/web"), environ=environ),
        Step(command=(program, "debug-files", "upload", "build/symbols"), environ=environ),
    ]


@contextmanager
def _server() -> Iterator[tuple[FakeServers, SlowLink]]:
    with FakeServers(latency=LATENCY_S) as sentry:
        sentry.store.uploads.accept = (*ACCEPT, "artifact_bundles_v2")
        link = SlowLink(int(sentry.url.rpartition(":")[2]))
        sentry.store.url = link.url  # sentry-cli sends chunks to the URL of the options
        yield sentry, link
        link.close()


def measure(player: str, programs: Kit, watch: Stopwatch, folder: Path) -> tuple[Cost, Cost]:
    """The first upload to a server, and the second one."""
    with _server() as (sentry, link):
        steps = commands(player, programs, link.url, sentry.token, folder)
        return _play_stage(steps, sentry, watch, folder), _play_stage(steps, sentry, watch, folder)


def _play_stage(steps: list[Step], sentry: FakeServers, watch: Stopwatch, folder: Path) -> Cost:
    sentry.ledger.clear()
    stats = [watch.time(step, folder) for step in steps]
    failed = [one for one in stats if one["code"]]
    if failed:
        raise RuntimeError(f"an upload ended with {failed[0]['code']}")
    sent = sum(int(one.headers.get("content-length", 0)) for one in sentry.ledger.entries)
    return Cost(
        seconds=sum(one["wall_ms"] for one in stats) / 1000,
        processor_s=sum(one["cpu_ms"] for one in stats) / 1000,
        peak_mb=max(one["peak_mb"] for one in stats),
        requests=len(sentry.ledger.entries),
        megabytes=sent / 1_000_000,
    )


def _median(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]


def page(rounds: dict[str, list[tuple[Cost, Cost]]]) -> str:
    """The page, with what must hold."""
    rows = []
    for player, costs in rounds.items():
        for title, index in (("first", 0), ("again", 1)):
            cost = _median([one[index] for one in costs])
            rows.append(
                f"| {player}, {title} | {cost.seconds:.1f} | {cost.processor_s:.1f} | "
                f"{cost.peak_mb:.0f} | {cost.requests} | {cost.megabytes:.1f} |"
            )
    own, other_values = rounds.values()
    ratio = statistics.median(
        mine[0].seconds / other[0].seconds for mine, other in zip(own, other_values, strict=True)
    )
    again, peak = own[0][1].requests, max(one[0].peak_mb for one in own)
    return "\n".join(
        (
            "# What an upload costs",
            "",
            "`bench/uploads.py` has written this page "
            f"on {datetime.now(UTC):%Y-%m-%d}, {ROUNDS} rounds, medians.",
            "",
            "30 MB of source map and four files of symbols with 10 MB each, to a server that adds "
            "80 ms to each request and each connection and takes 10 MB a second.",
            "The second upload has nothing to send.",
            "sentry-cli 3.8.2 is started twice: for source maps, and for debug files.",
            "",
            "| | seconds | of processor | peak MB | requests | MB sent |",
            "|---|--:|--:|--:|--:|--:|",
            *rows,
            "",
            f"- Time against sentry-cli, the median of the rounds' ratios: {ratio:.2f}, "
            f"at most {MAX_RATIO}: **{_met(ratio <= MAX_RATIO)}**.",
            f"- Requests with nothing to send: {again}, at most {MAX_REQUESTS}: "
            f"**{_met(again <= MAX_REQUESTS)}**.",
            f"- Peak memory: {peak:.0f} MB, at most {MAX_MB}: **{_met(peak <= MAX_MB)}**.",
            "",
        )
    )


def _met(holds: bool) -> str:  # noqa: FBT001 - a verdict
    return "met" if holds else "missed"


def main() -> None:
    """Play the rounds, the players in turn, and write the page."""
    programs = kit(Path.home() / ".cache/sentry-release-bench")
    rounds: dict[str, list[tuple[Cost, Cost]]] = {"this action": [], "sentry-cli": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "app"
        write_build(folder)
        watch = Stopwatch()
        for number in range(ROUNDS):
            players = list(rounds)[:: 1 if number % 2 else -1]
            for player in players:
                rounds[player].append(measure(player, programs, watch, folder))
        watch.close()
    (ROOT / "bench/uploads.md").write_text(page(rounds))


if __name__ == "__main__":
    main()
