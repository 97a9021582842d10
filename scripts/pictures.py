#!/usr/bin/env python3
"""
Run two jobs against the fake Sentry, and write their summaries and pictures to docs/pictures.

What is photographed is what the program wrote, and lies beside its photograph as Markdown; only
the address of the fake is replaced by one of sentry.io. `--text` writes the texts alone,
for which no Chromium is needed.
"""

import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import photograph
from fake_sentry import (
    Change,
    FakeServers,
    Repository,
    commits,
    sentry,
    sentry_deploys,
    sentry_health,
)
from fake_sentry import sentry_sessions as sessions
from fake_sentry.wire import Answer, Query
from job import START, Job

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs/pictures"
_CLOCKS = (commits, sentry, sentry_deploys, sentry_health, sessions)
_BEFORE, _NOW = "shop@1.4.0+27", "shop@1.5.0+28"
# Sessions, crashes and unhandled errors of a day by hour; the fake Sentry only counts by release.
_SESSIONS = (
    9,
    6,
    4,
    3,
    3,
    4,
    8,
    15,
    24,
    31,
    36,
    39,
    42,
    40,
    37,
    35,
    36,
    41,
    48,
    52,
    49,
    39,
    27,
    16,
)
_CRASHES = (0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 2, 3, 2, 9, 14, 11, 6, 4, 3, 2, 1, 1, 0)
_UNHANDLED = (0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 3, 5, 4, 3, 4, 5, 4, 3, 5, 6, 5, 4, 2, 1)


class Day(FakeServers):
    """A fake Sentry whose sessions are distributed over the day."""

    def answer(self, query: Query) -> Answer:
        """Return the regular response, with the same totals distributed over the day."""
        answer = super().answer(query)
        if query.path.endswith("/sessions/") and isinstance(answer.body, dict):
            for group in answer.body.get("groups", ()):
                _spread(group)
        return answer


def _spread(group: dict[str, dict[str, list[float | None]]]) -> None:
    series = group.get("series", {})
    if not (total := (series.get("sum(session)") or [0])[0]):
        return
    counts = [round(total * one / sum(_SESSIONS)) for one in _SESSIONS]
    counts[-1] += round(total) - sum(counts)
    series["sum(session)"] = [float(one) for one in counts]
    for field, parts in (
        ("crash_free_rate(session)", _CRASHES),
        ("unhandled_rate(session)", _UNHANDLED),
    ):
        if (rate := (series.get(field) or [None])[0]) is None:
            continue
        affected = total * (1 - rate if field.startswith("crash_free") else rate)
        shares = [affected * one / sum(parts) / n for one, n in zip(parts, counts, strict=True)]
        series[field] = [1 - one if field.startswith("crash_free") else one for one in shares]


def texts() -> Mapping[str, str]:
    """Return the files of docs/pictures by name: summaries in Markdown and the SVG of the report."""
    with ExitStack() as stack:
        server = stack.enter_context(Day(repositories=(_shop(),), members=("mira@acme.example",)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        job = Job.recorded("push", sentry=server, folder=folder)
        for module in _CLOCKS:
            stack.enter_context(patch.object(module, "now", job.time.clock().now))
        job.environ |= {"GITHUB_ACTOR": "mira", "GITHUB_REPOSITORY": "acme/shop"}
        made = {
            "summary.md": _deployed(job),
            "health.md": _evaluate(job),
            "health.svg": (job.workspace / "out/health.svg").read_text(),
        }
        address = server.url
    return {name: text.replace(address, "https://sentry.io") for name, text in made.items()}


def _shop() -> Repository:
    repository = Repository(name="acme/shop")
    repository.commit("feat: a cart", Change(status="added", path="lib/cart.dart"))
    return repository


def _deployed(job: Job) -> str:
    """Return the summary of a job that deploys commits of two authors."""
    job.main()
    job.post()
    mira, jonas = "Mira <mira@acme.example>", "Jonas <jonas@elsewhere.example>"
    for number, (message, author) in enumerate(
        (
            ("feat: pay with one tap (#41)", mira),
            ("fix: the cart forgets its last item\n\nFixes SHOP-3F", jonas),
            ("feat: Apple Pay (#43)", mira),
            ("fix: prices without cents\n\nFixes SHOP-4A", mira),
        )
    ):
        change = Change(status="added", path=f"lib/{number}.dart")
        made = START + timedelta(hours=3 + 4.5 * number)
        job.sentry.repository.commit(message, change, author=author, date=made)
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    job.environ["GITHUB_SHA"] = job.sentry.repository.branches["main"]
    job.environ["GITHUB_RUN_NUMBER"] = "129"
    job.state.clear()
    job.time.pass_(21 * 3600)
    main = job.main()
    job.sentry.land_commits()
    job.time.pass_(192)
    return _done(main.exit_code, main.summary) + "\n" + _done(0, job.post().summary)


def _evaluate(job: Job) -> str:
    """Return the summary of a health check a day and a half later."""
    job.time.pass_(39 * 3600)
    job.sentry.count(_BEFORE, 18_240, 22, users=6_120, crashed_users=20, unhandled=130)
    job.sentry.count(_NOW, 6_440, 64, users=2_190, crashed_users=58, unhandled=58)
    job.environ["SENTRY_AUTH_TOKEN"] = job.sentry.readonly_token
    job.state.clear()
    inputs = {
        "min_crash_free_sessions": "98.5",
        "min_unhandled_free_sessions": "98",
        "max_drop": "0.5",
        "max_new_issues": "5",
    }
    stage = job.play("health", report_dir="out", **inputs)
    return _done(stage.exit_code, stage.summary, 6)


def _done(code: int, summary: str, expected: int = 0) -> str:
    if code != expected or not summary:
        sys.exit(f"the job ended with exit code {code}, and {expected} was expected")
    return "\n".join(_trimmed(summary)) + "\n"


def _trimmed(summary: str) -> Iterator[str]:
    return (line.rstrip() for line in summary.strip().splitlines())


def main() -> None:
    """Write the files, and render the Markdown as PNG."""
    PICTURES.mkdir(exist_ok=True)
    for name, text in texts().items():
        (PICTURES / name).write_text(text)
        if name.endswith(".md") and "--text" not in sys.argv:
            picture = (PICTURES / name).with_suffix(".png")
            with tempfile.TemporaryDirectory() as folder:
                taken = photograph.of_summary(text, Path(folder), ROOT)
                shutil.copyfile(taken, picture)
            print(f"{picture.relative_to(ROOT)}: {math.ceil(picture.stat().st_size / 1000)} kB")


if __name__ == "__main__":
    main()
