"""The corpus of the doctor: small projects, each with all that is to be found in it."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from sentry_release.cli.main import run

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests/fixtures/doctor"
EXPECTED = "expected.txt"
MESSAGES = ROOT / "tests/expected/doctor/messages.txt"
_WITH = "with "


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What was expected of a project and what the doctor has found, as `FD01 error lib/a.dart:3`.

    `messages` are those of the findings and notes, each after the project's name.
    """

    name: str
    expected: Counter[str]
    found: Counter[str]
    messages: tuple[str, ...]

    @property
    def missed(self) -> list[str]:
        """What it should have found."""
        return sorted((self.expected - self.found).elements())

    @property
    def false(self) -> list[str]:
        """What it should not have found."""
        return sorted((self.found - self.expected).elements())


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """How often a rule was right, wrong, and silent although it should have reported."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was found that is there, in percent; 100 where nothing was found."""
        return _percent(self.right, self.right + self.false)

    @property
    def recall(self) -> float:
        """The share of what is there that was found, in percent; 100 where nothing is there."""
        return _percent(self.right, self.right + self.missed)


def projects() -> list[Path]:
    """The folders of the corpus."""
    return sorted(path.parent for path in CORPUS.glob(f"*/{EXPECTED}"))


def expected_of(project: Path) -> tuple[Counter[str], list[str]]:
    """
    What expected.txt says: findings, one a line, and arguments of the command after `with`.

    Empty lines and those that begin with `#` say nothing.
    """
    lines = [line.strip() for line in (project / EXPECTED).read_text().splitlines()]
    entries = [line for line in lines if line and not line.startswith("#")]
    arguments = [line.removeprefix(_WITH) for line in entries if line.startswith(_WITH)]
    return Counter(line for line in entries if not line.startswith(_WITH)), arguments


def outcome_of(project: Path) -> Outcome:
    """Play `sentry-release doctor --json` in the project, as a person would at its root."""
    expected, arguments = expected_of(project)
    stream = io.StringIO()
    with redirect_stdout(stream), redirect_stderr(stream):
        code = run(["sentry-release", "doctor", "--json", *arguments], _environ(project))
    printed = stream.getvalue()
    if code not in {0, 3} or not printed.startswith("{"):
        raise AssertionError(f"{project.name} ended with {code}: {printed}")
    report = json.loads(printed)
    found = report["findings"]
    lines = [f"{one['rule']} {one['level']} {one['path']}:{one['line']}" for one in found]
    messages = [f"{one['rule']} {one['path']}:{one['line']}: {one['what']}" for one in found]
    return Outcome(
        name=project.name,
        expected=expected,
        found=Counter(lines),
        messages=tuple(f"{project.name} {one}" for one in [*messages, *report["notes"]]),
    )


def _environ(project: Path) -> dict[str, str]:
    return {"GITHUB_WORKSPACE": str(project)}


def outcomes() -> list[Outcome]:
    """Those of the whole corpus."""
    return [outcome_of(project) for project in projects()]


def render_messages(found: Iterable[Outcome]) -> str:
    """The text of the file with all messages, one a line."""
    return "".join(f"{message}\n" for one in found for message in one.messages)


def stats(found: Iterable[Outcome]) -> Mapping[str, Measurements]:
    """The figures of each rule that is met, and of all together as `total`."""
    right: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for one in found:
        right += _rules((one.expected & one.found).elements())
        false += _rules(one.false)
        missed += _rules(one.missed)
    rules = [*sorted({*right, *false, *missed} - {"total"}), "total"]
    return {
        rule: Measurements(right=right[rule], false=false[rule], missed=missed[rule])
        for rule in rules
    }


def report(found: list[Outcome]) -> str:
    """Precision and recall of each rule and of all, and everything that is wrong."""
    lines = [f"{'rule':6} {'right':>6} {'false':>6} {'missed':>6} {'precision':>10} {'recall':>7}"]
    for rule, one in stats(found).items():
        counts = f"{one.right:6} {one.false:6} {one.missed:6}"
        lines.append(f"{rule:6} {counts} {one.precision:8.1f} % {one.recall:5.1f} %")
    for outcome in found:
        lines += [f"{outcome.name}: false {line}" for line in outcome.false]
        lines += [f"{outcome.name}: missed {line}" for line in outcome.missed]
    clean = sum(not outcome.expected for outcome in found)
    lines.append(f"{len(found)} projects, {clean} of them with nothing to find")
    return "\n".join(lines)


def _rules(lines: Iterable[str]) -> Counter[str]:
    rules = [line.split(" ")[0] for line in lines]
    return Counter([*rules, *(["total"] * len(rules))])


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
