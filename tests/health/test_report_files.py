"""The report of health as files: what a program reads in them, and where they may lie."""

import json
from xml.etree import ElementTree as ET

import pytest

from fake_sentry import FakeServers
from job import Job, Stage

NAME, BEFORE = "shop@1.4.0+27", "shop@1.3.0+26"


@pytest.fixture
def shop(job: Job, sentry: FakeServers) -> Job:
    """A release in production that does worse than the one before."""
    for version in ("1.3.0+26", "1.4.0+27"):
        (job.workspace / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
        job.release()
        job.time.pass_(3600)
    job.state.clear()
    sentry.count(BEFORE, 5000, 5, users=2000, crashed_users=4)
    sentry.count(NAME, 1000, 100, users=400, crashed_users=50)
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token
    return job


def health(job: Job, **inputs: str) -> Stage:
    return job.play("health", **inputs)


def test_a_report_holds_the_verdict_its_reasons_and_all_figures(shop: Job) -> None:
    stage = health(shop, report_dir="out", min_crash_free_sessions="99", max_drop="1")

    assert stage.exit_code == 6
    output = json.loads((shop.workspace / "out/health.json").read_text())
    assert (output["version"], output["verdict"], output["environment"]) == (
        1,
        "unhealthy",
        "production",
    )
    assert output["release"] | {"adoption": None} == {
        "name": NAME,
        "sessions": 1000,
        "users": 400,
        "crash_free_sessions": 0.9,
        "crash_free_users": 0.875,
        "unhandled_free_sessions": 1.0,
        "adoption": None,
        "new_issues": output["release"]["new_issues"],
    }
    assert output["previous"]["crash_free_sessions"] == 0.999
    assert {gate["name"]: gate["outcome"] for gate in output["gates"]}["max-drop"] == "failed"
    assert sum(point["sessions"] for point in output["trend"]["points"]) == 1000
    picture = ET.fromstring((shop.workspace / "out/health.svg").read_text())  # noqa: S314 - our own
    drawn = [int(bar.get("data-sessions", 0)) for bar in picture.iter() if bar.get("data-sessions")]
    assert sum(drawn) == 1000


def test_without_the_input_no_file_is_written(shop: Job) -> None:
    before = set(shop.workspace.rglob("*"))

    health(shop)

    assert set(shop.workspace.rglob("*")) == before


def test_a_report_that_cannot_be_written_costs_neither_the_summary_nor_the_verdict(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 500)
    (shop.workspace / "out").write_text("no folder")

    stage = health(shop, report_dir="out", min_crash_free_sessions="99")

    assert stage.exit_code == 2
    assert "is unhealthy in `production`" in stage.summary
    assert stage.outputs["healthy"] == "false"
    assert "'out/health.json' cannot be written" in stage.annotations[0]


def test_a_report_cannot_lie_outside_of_the_workspace(shop: Job) -> None:
    stage = health(shop, report_dir="../out")

    assert stage.exit_code == 2
    assert "report-dir" in stage.annotations[0]
    assert not (shop.workspace.parent / "out").exists()


def test_a_release_without_sessions_has_a_report_as_well(shop: Job, sentry: FakeServers) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token
    (shop.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    shop.release()
    shop.state.clear()
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token

    stage = health(shop, report_dir="out")

    output = json.loads((shop.workspace / "out/health.json").read_text())
    assert (stage.exit_code, output["verdict"], output["release"]["sessions"]) == (0, "unknown", 0)
    assert "no sessions" in (shop.workspace / "out/health.svg").read_text()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("health.json", '{"name": "shop"}'),
        ("health.json", "[1]"),
        ("health.json", "not JSON"),
        ("health.json", "[" * 100_000),
        ("health.svg", '<svg xmlns="http://www.w3.org/2000/svg"><style>a</style></svg>'),
        ("health.svg", "\xff"),
    ],
)
def test_a_file_of_the_project_is_not_overwritten_by_a_report(
    shop: Job, name: str, content: str
) -> None:
    file = shop.workspace / "out" / name
    file.parent.mkdir()
    file.write_text(content, "latin-1")

    stage = health(shop, report_dir="out")

    assert stage.exit_code == 2
    assert f"'out/{name}' is not overwritten." in stage.log
    assert file.read_text("latin-1") == content


def test_the_report_of_an_earlier_run_is_replaced(shop: Job) -> None:
    first = health(shop, report_dir="out")
    shop.time.pass_(3600)

    second = health(shop, report_dir="out", min_crash_free_sessions="99")

    assert (first.exit_code, second.exit_code in {0, 6}) == (0, True)
    assert "not overwritten" not in second.log
