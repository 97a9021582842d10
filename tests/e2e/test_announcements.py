"""Comments and release notes of whole jobs in the container: one comment, and notes within limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from e2e.app import DOCKER, ROOT, give_to_runner
from e2e.runner import Job, Report
from fake_sentry import FakeServers, Repository

BOTH = "pull-requests issues"
HOSTILE = (
    "feat: @acme/everyone [x](https://evil.test) <img src=https://evil.test/x> fixes #12 "
    "::set-output name=release::evil %0A::error::evil"
)


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Runs of one repository, each a job with a checkout of its newest commit."""

    sentry: FakeServers
    image: str
    folder: Path
    runs: int = 0
    workspaces: list[Path] = field(default_factory=list)

    @property
    def github(self) -> Repository:
        return self.sentry.repository

    def run(self, environment: str, version: str, *, attempt: int = 1, **inputs: str) -> Report:
        """A job that deploys the app to an environment and succeeds, without a problem."""
        self.runs += attempt == 1
        job = Job(
            self.folder / f"job-{len(self.workspaces)}",
            repository=self.github.name,
            sha=self.github.branches["main"],
            image=self.image,
            docker=DOCKER,
            github={
                "api_url": self.sentry.github_url,
                "run_id": str(self.runs),
                "run_number": str(self.runs),
                "run_attempt": str(attempt),
            },
        )
        (job.workspace / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
        give_to_runner(job.workspace)
        self.workspaces.append(job.workspace)
        variables = {"SENTRY_URL": self.sentry.url, "SENTRY_AUTH_TOKEN": self.sentry.token}
        variables |= {"SENTRY_ORG": self.sentry.organization, "SENTRY_PROJECT": "shop"}
        values = {name.replace("_", "-"): value for name, value in inputs.items()}
        report = job.run(ROOT, {"environment": environment, **values}, variables)
        assert [(stage.name, stage.exit_code) for stage in report.stages] == [
            ("main", 0),
            ("post", 0),
        ]
        assert report.reported("warning") == report.reported("error") == ()
        self.sentry.land_commits()
        return report


@pytest.fixture
def pipeline(action_image: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A repository whose app is in staging and in production."""
    with FakeServers(github_token="ghs_token") as sentry:
        made = Pipeline(sentry=sentry, image=action_image, folder=tmp_path)
        for environment in ("staging", "production"):
            made.run(environment, "1.4.0+27")
        yield made


def merged(github: Repository, number: int, *, closes: int) -> None:
    sha = github.commit(f"feat: change {number} (#{number})").sha
    github.pull_request(number, sha, closes=(closes,))


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_staging_then_production_edit_one_comment_and_a_second_attempt_writes_nothing(
    pipeline: Pipeline,
) -> None:
    github = pipeline.github
    merged(github, 7, closes=3)
    pipeline.run("staging", "1.5.0+28", announce=BOTH)
    first = [one.id for one in github.comments]

    pipeline.run("production", "1.5.0+28", announce=BOTH)

    assert [one.id for one in github.comments] == first
    assert [one.number for one in github.comments] == [7, 3]
    for one in github.comments:
        page = rendered(one.body)
        assert page.index("<code>staging</code>") < page.index("<code>production</code>")
        assert page.count("<code>shop@1.5.0+28</code>") == 2
    before = [one.body for one in github.comments]
    pipeline.sentry.ledger.clear()

    again = pipeline.run("production", "1.5.0+28", attempt=2, announce=BOTH)

    assert [one.body for one in github.comments] == before
    lines = pipeline.sentry.ledger.lines("github")
    assert not [line for line in lines if re.match(r"(POST|PATCH|DELETE) .*comments", line)]
    assert "new comments: 0, edited: 0" in "\n".join(again.log)


@pytest.mark.parametrize("count", [1, 30, 1000])
def test_notes_are_within_the_limits_of_the_stores_and_readable_for_later_steps(
    pipeline: Pipeline, count: int
) -> None:
    for number in range(count):
        pipeline.github.commit(f"feat: change number {number} of the app (#{number})")

    report = pipeline.run("production", "1.5.0+28", notes_dir="release-notes")

    assert report.outputs["notes-dir"] == "release-notes"
    folder = pipeline.workspaces[-1] / "release-notes"
    places = {
        "whatsnew/whatsnew-en-US": 500,
        "fastlane/android/en-US/changelogs/default.txt": 500,
        "app-store.txt": 4000,
        "fastlane/ios/en-US/release_notes.txt": 4000,
    }
    for path, limit in places.items():
        lines = (folder / path).read_text().splitlines()
        visible = [line for line in lines if re.fullmatch(r"- Change number \d+ of the app", line)]
        rest = lines[len(visible) :]
        assert rest == ([f"… and {count - len(visible)} more"] if len(visible) < count else [])
        assert 0 < len("\n".join(lines)) <= limit
        assert (folder / path).stat().st_uid == pipeline.workspaces[-1].stat().st_uid
    assert f"\n{count} commit" in (folder / "notes.md").read_text()


def test_a_hostile_commit_message_mentions_links_and_commands_nothing(pipeline: Pipeline) -> None:
    sha = pipeline.github.commit(HOSTILE).sha
    pipeline.github.pull_request(7, sha)

    report = pipeline.run("production", "1.5.0+28", announce=BOTH, notes_dir="release-notes")

    assert report.outputs["release"] == "shop@1.5.0+28"
    folder = pipeline.workspaces[-1] / "release-notes"
    page = rendered((folder / "notes.md").read_text())
    assert "<img" not in page
    assert page.count("<a ") == 2  # the comparison and the commit
    assert "@acme" not in re.sub(r"<code>.*?</code>", "", page)
    assert "#12" not in page
    for path in ("app-store.txt", "whatsnew/whatsnew-en-US"):
        assert not re.search(r"@|<|>|evil\.test|://", (folder / path).read_text())
    [text] = pipeline.github.comments_on(7)
    assert "evil" not in text
    assert "everyone" not in text
