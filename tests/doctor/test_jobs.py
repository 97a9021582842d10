"""Claims about jobs of workflows: permissions, runners, and what runs in the background."""

from pathlib import PurePosixPath

import pytest

from sentry_release import NAME
from sentry_release.config.outputs import EXPORTED_VARIABLES
from sentry_release.doctor.app import BuildStep, Job
from sentry_release.doctor.ci_files.jobs import (
    find_given_inputs,
    find_input_values,
    is_check,
    parse_jobs,
)
from sentry_release.doctor.ci_files.shell_directory import AppLocation
from sentry_release.doctor.ci_files.triggers import list_local_actions
from sentry_release.doctor.ci_files.workflow import parse_workflow_steps
from sentry_release.flutter.yaml_document import parse_yaml

PATH = PurePosixPath(".github/workflows/ship.yml")


def job(text: str, name: str = "ship") -> Job:
    """The job of a workflow."""
    [found] = [one for one in parse_jobs(PATH, parse_yaml(text, str(PATH))) if one.name == name]
    return found


def running(text: str) -> list[list[str]]:
    """For each step, the names of the steps that may still run when it starts."""
    return [[other.name for other in step.running] for step in job(text).steps]


@pytest.mark.parametrize(
    ("permissions", "may_read"),
    [
        ("permissions: {checks: read}", True),
        ("permissions: {checks: write, contents: read}", True),
        ("permissions: read-all", True),
        ("permissions: write-all", True),
        ("permissions: {contents: read}", False),
        ("permissions: {checks: none}", False),
        ("permissions: {}", False),
        ("name: x", False),
    ],
)
@pytest.mark.parametrize("level", ["workflow", "job"])
def test_permissions_are_those_of_the_job_else_of_the_workflow(
    level: str,
    permissions: str,
    may_read: bool,  # noqa: FBT001 - a column of a table
) -> None:
    above, inside = (permissions, "") if level == "workflow" else ("", permissions)

    found = job(f"{above}\njobs:\n  ship:\n    runs-on: x\n    {inside}\n    steps: []\n")

    assert found.may_read("checks") is may_read
    assert (found.permissions is None) is (permissions == "name: x")


def test_permissions_of_the_job_replace_all_of_the_workflow() -> None:
    found = job("permissions: read-all\njobs:\n  ship:\n    permissions: {contents: read}\n")

    assert not found.may_read("checks")


@pytest.mark.parametrize(
    ("runs_on", "runners"),
    [
        ("ubuntu-slim", ("ubuntu-slim",)),
        ("[self-hosted, linux]", ("self-hosted", "linux")),
        ("{group: big, labels: [ubuntu-slim]}", ("ubuntu-slim",)),
        ("{group: big, labels: x64}", ("x64",)),
        ("${{ matrix.os }}", ("a", "b", "c")),
        ("${{ matrix.of.os }}", ("d", "e")),
        ("${{ inputs.runner }}", ("${{ inputs.runner }}",)),
        ("", ()),
    ],
)
def test_the_labels_of_a_runner_include_every_value_of_a_matrix(
    runs_on: str, runners: tuple[str, ...]
) -> None:
    matrix = "{os: [a, b], of: [{os: d}], include: [{os: c}, {of: {os: e}}]}"

    found = job(f"jobs:\n  ship:\n    runs-on: {runs_on}\n    strategy: {{matrix: {matrix}}}\n")

    assert found.runners == runners


def test_a_background_step_runs_until_a_step_waits_for_it_or_cancels_it() -> None:
    steps = """
jobs:
  ship:
    steps:
      - {id: a, run: first, background: true}
      - {id: b, run: second, background: true}
      - {run: third}
      - {wait: a}
      - {run: fourth}
      - {cancel: b}
      - {run: fifth}
      - {run: sixth, background: true}
      - wait-all:
      - {run: seventh}
"""
    assert running(steps) == [[], ["first"], ["first", "second"], ["second"], [], [], []]


def test_the_steps_of_a_group_run_at_the_same_time_and_end_before_the_next() -> None:
    steps = "jobs:\n  ship:\n    steps:\n      - parallel: [{run: a}, {run: b}]\n      - {run: c}\n"

    assert running(steps) == [["b"], ["a"], []]


@pytest.mark.parametrize(
    "text",
    [
        "jobs: x\n",
        "jobs: {ship: x}\n",
        "jobs: {ship: {steps: x, runs-on: {}}}\n",
        "jobs:\n  ship:\n",
    ],
)
def test_a_workflow_of_another_shape_has_no_steps(text: str) -> None:
    assert [one.steps for one in parse_jobs(PATH, parse_yaml(text, str(PATH)))] in ([], [()])


@pytest.mark.parametrize(
    ("path", "job", "events", "checks"),
    [
        (".github/workflows/ci.yml", "build", {"push", "pull_request"}, True),
        (".github/workflows/ci.yml", "build", {"schedule"}, True),
        (".github/workflows/main.yml", "build", {"schedule"}, True),
        (".github/workflows/main.yml", "build", {"schedule", "workflow_dispatch"}, True),
        (".github/workflows/main.yml", "build", {"pull_request", "push"}, True),
        (".github/workflows/main.yml", "build", {"schedule", "push"}, False),
        (".github/workflows/main.yml", "build", {"workflow_dispatch"}, False),
        (".github/workflows/main.yml", "build", set(), False),
        (".github/workflows/smoke.yml", "build", {"push"}, True),
        (".github/workflows/main.yml", "smokeTest", {"push"}, True),
        (".github/workflows/main.yml", "size", {"push"}, True),
        (".github/workflows/release.yml", "size", {"push"}, False),
        (".github/workflows/main.yml", None, {"push"}, False),
        ("ios/ci_scripts/ci_post_clone.sh", None, {"pull_request"}, False),
    ],
)
def test_a_build_only_checks_the_app_for_pull_requests_on_a_schedule_or_by_its_name(
    path: str,
    job: str | None,
    events: set[str],
    checks: bool,  # noqa: FBT001 - a column of a table
) -> None:
    assert is_check(PurePosixPath(path), job, frozenset(events)) is checks


def test_the_inputs_of_an_action_are_what_all_its_callers_pass() -> None:
    workflow = parse_yaml(
        "jobs:\n"
        "  a: {uses: ./.github/workflows/build.yml, with: {target: apk, flavor: prod}}\n"
        "  b: {uses: ./.github/workflows/build.yml, with: {target: web, flavor: '${{ github.x }}'}}\n"
        "  c: {steps: [{uses: ./build/, with: {target: ipa}}, {uses: acme/x@v1, with: {y: z}}]}\n",
        "ci.yml",
    )
    action = parse_yaml("runs: {steps: [{uses: ./build, with: {target: ipa, mode: x}}]}", "a.yml")

    assert find_given_inputs([workflow, action]) == {
        ".github/workflows/build.yml": {"target": ("apk", "web"), "flavor": ()},
        "build": {"target": ("ipa",), "mode": ("x",)},
    }


@pytest.mark.parametrize(
    ("text", "given", "values"),
    [
        ("inputs: {a: {default: x}}", {}, {"a": ("x",)}),
        ("inputs: {a: {default: x}}", {"a": ("y",)}, {"a": ("y", "x")}),
        ("inputs: {a: {default: x}}", {"a": ()}, {"a": ()}),
        ("inputs: {a: {}}", {}, {"a": ()}),
        ("on: {workflow_dispatch: {inputs: {a: {options: [x, y], default: x}}}}", {},
         {"a": ("x", "y")}),
        ("on: {workflow_call: {inputs: {a: {default: z}}}, "
         "workflow_dispatch: {inputs: {a: {options: [x]}}}}", {"a": ("y",)}, {"a": ("y", "z", "x")}),
        ("on: push", {"a": ("y",)}, {}),
    ],
)  # fmt: skip
def test_an_input_has_the_values_of_its_callers_and_its_default_or_its_options(
    text: str, given: dict[str, tuple[str, ...]], values: dict[str, tuple[str, ...]]
) -> None:
    assert find_input_values(parse_yaml(text, "a.yml"), given) == values


# --- the steps of a workflow, and what the steps before them leave ---

PACKAGES = {PurePosixPath("apps/shop"), PurePosixPath("apps/other")}
SHOP = AppLocation(folder=PurePosixPath("apps/shop"), is_package=PACKAGES.__contains__)
OWN = f"acme/{NAME}@v1"
OURS = f"uses: {OWN}, with: {{working-directory: apps/shop}}"
BUILD = "run: flutter build web"
ALL = frozenset(EXPORTED_VARIABLES)
NONE: frozenset[str] = frozenset()


def steps_of(workflow: str, others: dict[str, str] | None = None) -> tuple[BuildStep, ...]:
    """The steps of a workflow for the app in apps/shop, with other files."""
    texts = {str(PATH): workflow, **(others or {})}
    files = {PurePosixPath(path): parse_yaml(text, path) for path, text in texts.items()}
    return tuple(one for one in parse_workflow_steps(files, SHOP) if one.path == PATH)


def workflow_of(*steps: str, top: str = "defaults: {run: {working-directory: apps/shop}}") -> str:
    listed = "".join(f"      - {{{one}}}\n" for one in steps)
    return f"on: push\n{top}\njobs:\n  ship:\n    steps:\n{listed}"


@pytest.mark.parametrize(
    ("step", "files", "after", "exported"),
    [
        (OURS, {}, True, ALL),
        (f"{OURS}, if: false", {}, False, NONE),
        (f"uses: {OWN}", {}, False, NONE),
        (f"uses: {OWN}, with: {{working-directory: apps/other}}", {}, False, NONE),
        (f"uses: {OWN}, with: {{working-directory: apps/other, release: a@1}}", {}, False, NONE),
        (f"uses: {OWN}, with: {{working-directory: apps, release: a@1}}", {}, True, ALL),
        (f"uses: {OWN}, with: {{working-directory: apps/shop, export-env: false}}", {}, True, NONE),
        ("uses: ./build", {"build/action.yml": f"runs: {{steps: [{{{OURS}}}]}}"}, True, ALL),
        ("uses: ./build/", {"build/action.yaml": f"runs: {{steps: [{{{OURS}}}]}}"}, True, ALL),
        ("uses: ./build", {"build/action.yml": "runs: {steps: [{uses: ./inner}]}",
                           "inner/action.yml": f"runs: {{steps: [{{{OURS}}}]}}"}, True, ALL),
        ("uses: ./build", {"build/action.yml": "runs: {steps: [{run: echo A=1 >> $GITHUB_ENV}]}"},
         False, {"A"}),
        ("uses: ./missing", {"build/action.yml": f"runs: {{steps: [{{{OURS}}}]}}"}, False, NONE),
        ("run: echo A=1 >> $GITHUB_ENV", {}, False, {"A"}),
        ('run: "ls\\necho A=1 >> $GITHUB_ENV"', {}, False, {"A"}),
        ("run: echo A=1", {}, False, NONE),
    ],
)  # fmt: skip
def test_a_build_has_what_the_steps_before_it_leave(
    step: str,
    files: dict[str, str],
    after: bool,  # noqa: FBT001 - a column of a table
    exported: frozenset[str],
) -> None:
    build = steps_of(workflow_of(step, BUILD), files)[-1]

    assert (build.after_our_action, build.exported) == (after, exported)


@pytest.mark.parametrize(
    ("step", "files", "delivers"),
    [
        ("run: ls", {}, False),
        ("run: make deploy", {}, True),
        ("uses: actions/checkout@v5", {}, False),
        ("uses: actions/upload-artifact@v5", {}, True),
        ("uses: actions/upload-artifact@v5, if: false", {}, False),
        (f"uses: acme/{NAME}/upload@v1", {}, True),
        (f"uses: {OWN}, with: {{working-directory: apps/other}}", {}, True),
        (OURS, {}, True),
        ("uses: ./build", {}, False),
        ("uses: ./build", {"build/action.yml": "runs: {steps: [{run: ls}, {run: make deploy}]}"}, True),
        ("uses: ./build",
         {"build/action.yml": "runs: {steps: [{uses: actions/upload-artifact@v5}, {run: ls}]}"}, True),
        ("uses: ./build", {"build/action.yml": "runs: {steps: [{run: ls}]}"}, False),
    ],
)  # fmt: skip
def test_a_job_delivers_if_any_of_its_steps_may(
    step: str,
    files: dict[str, str],
    delivers: bool,  # noqa: FBT001 - a column of a table
) -> None:
    assert steps_of(workflow_of(BUILD, step), files)[0].is_delivered is delivers


SHOREBIRD = "uses: shorebirdtech/shorebird-release@v1"
PAGES = "uses: bluefireteam/flutter-gh-pages@v9"


@pytest.mark.parametrize(
    ("step", "top", "commands"),
    [
        (f"{BUILD}, working-directory: apps/shop", "", ["flutter build web"]),
        (f"{BUILD}, working-directory: apps/other", "", []),
        (BUILD, "defaults: {run: {working-directory: apps/shop}}", ["flutter build web"]),
        (BUILD, "defaults: {run: {working-directory: apps/other}}", []),
        (f"{BUILD}, with: {{working-directory: apps/shop}}", "", []),
        (f"{SHOREBIRD}, with: {{platform: android, args: -v, working-directory: apps/shop}}", "",
         ["shorebird release android -v"]),
        (f"{SHOREBIRD}, with: {{platform: android, working-directory: apps/other}}", "", []),
        (f"{PAGES}, with: {{workingDir: apps/shop, customArgs: --wasm}}", "",
         ["flutter build web --release --wasm"]),
        (f"{PAGES}, with: {{workingDir: apps/other}}", "", []),
        (f"{BUILD}, working-directory: '${{{{ env.APP }}}}'", "env: {APP: apps/shop}",
         ["flutter build web"]),
        (f"{BUILD}, working-directory: '${{{{ env.APP }}}}'", "env: {APP: apps/other}", []),
    ],
)  # fmt: skip
def test_a_build_concerns_the_app_of_its_working_directory(
    step: str, top: str, commands: list[str]
) -> None:
    found = [text.text for one in steps_of(workflow_of(step, top=top)) for text in one.commands]

    assert found == commands


def test_only_actions_below_the_workspace_are_local() -> None:
    uses = ("./build", "./a/b/", "./../x", "./a/../../x", ".//etc", "acme/x@v1", "docker://x")
    text = "runs: {steps: [{run: ls}, " + ", ".join(f"{{uses: '{one}'}}" for one in uses) + "]}"

    assert [*map(str, list_local_actions(parse_yaml(text, "action.yml")))] == ["build", "a/b"]
