"""What is fuzzed of the doctor's reading of builds: workflows, files of CI services, scripts."""

from pathlib import PurePosixPath

from sentry_release.doctor.ci_files import other_ci, workflow
from sentry_release.doctor.ci_files.builds import list_builds
from sentry_release.doctor.ci_files.scripts import add_caller_environment, build_script_step
from sentry_release.doctor.ci_files.shell_directory import AppLocation
from sentry_release.errors import ActionError
from sentry_release.flutter.yaml_document import parse_yaml

APP = AppLocation(
    folder=PurePosixPath("apps/shop"),
    is_package=lambda folder: folder == PurePosixPath("apps/shop"),
)
_WORKFLOWS = tuple(
    map(PurePosixPath, (".github/workflows/ship.yml", ".github/actions/a/action.yml"))
)
_SERVICES = tuple(
    map(PurePosixPath, ("codemagic.yaml", ".gitlab-ci.yml", "bitrise.yml", "melos.yaml"))
)
_SCRIPTS = tuple(
    map(
        PurePosixPath,
        ("Makefile", "justfile", "fastlane/Fastfile", "ship.sh", "ship.ps1", "ship.bat"),
    )
)


def of_workflow(data: bytes) -> None:
    """YAML as GitHub, Codemagic, GitLab, Bitrise and melos each read it."""
    text = data.decode("utf-8", "replace")
    try:
        file = parse_yaml(text, "ship.yml")
    except ActionError:
        return
    steps = [*workflow.parse_workflow_steps(dict.fromkeys(_WORKFLOWS, file), APP)]
    for path in _SERVICES:
        steps += other_ci.parse_other_ci_steps(path, file, APP)
    list(list_builds(add_caller_environment(steps)))


def of_script(data: bytes) -> None:
    """The same text as make, just, fastlane and three shells each read it."""
    text = data.decode("utf-8", "replace")
    steps = (build_script_step(path, text, APP) for path in _SCRIPTS)
    list(list_builds(add_caller_environment([step for step in steps if step])))
