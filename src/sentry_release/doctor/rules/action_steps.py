"""FD42, FD43, FD45, FD47, FD51: jobs that use this action so that it fails or records a wrong state."""

import re
from collections.abc import Iterator

from sentry_release.doctor.analysis.release_source import ReleaseSource, find_build_release_source
from sentry_release.doctor.analysis.version_flags import (
    Contradiction,
    concerns_app,
    find_contradictions,
    find_other_flavor,
    find_version_change,
)
from sentry_release.doctor.app import App, Check, Job, JobStep
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.doctor.ci_files.jobs import commands_deliver
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.flutter.pubspec import describe_version, is_lower_version
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import ENVIRONMENT_DEFINE

VERSION_FLAGS_DIFFER = Rule(
    id="FD42",
    name="version-flags-differ",
    severity=Severity.WARNING,
    title="The build has another version than the release of this action.",
    reason="The action names the release after its inputs, else after pubspec.yaml. If the build "
    "command sets another version or build number, or a script changes it, different builds "
    "report the same release.",
    link="https://docs.flutter.dev/deployment/cd",
    fix="Give the action the same value as the build, or change the version before the action.",
    before="- uses: appcrew/sentry-release-flutter@v1\n"
    "- run: flutter build web --build-number=${{ github.run_number }}",
    snippet="- uses: appcrew/sentry-release-flutter@v1\n  with:\n"
    "    build-number: ${{ github.run_number }}\n"
    "- run: flutter build web --build-number=${{ github.run_number }}",
)
UNREADABLE_ENVIRONMENT = Rule(
    id="FD43",
    name="environment-not-readable",
    severity=Severity.INFO,
    title="The job has an environment that its token cannot read.",
    reason="In a private repository GITHUB_TOKEN needs `checks: read` or `deployments: read` to "
    "read the environment of the job. Without it no deploy is recorded, and the release is not "
    "finalized.",
    link="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions",
    fix="Add the permission, or set the input `environment`.",
    before="environment: production\npermissions:\n  contents: read",
    snippet="environment: production\npermissions:\n  contents: read\n  checks: read",
)
DEPLOY_TOO_EARLY = Rule(
    id="FD45",
    name="deploy-before-background-step",
    severity=Severity.WARNING,
    title="The deploy is recorded while a step that deploys is still running.",
    reason="A background step runs on while later steps start. The deploy in Sentry is then too "
    "early, and it stays there if the background step fails.",
    link="https://github.blog/changelog/2026-06-25-actions-steps-can-now-be-run-in-parallel",
    fix="Wait for the step before the deploy action.",
    before="- id: upload\n  run: ./deploy.sh\n  background: true\n"
    "- uses: appcrew/sentry-release-flutter/deploy@v1",
    snippet="- id: upload\n  run: ./deploy.sh\n  background: true\n- wait: upload\n"
    "- uses: appcrew/sentry-release-flutter/deploy@v1",
)
NO_DOCKER = Rule(
    id="FD47",
    name="container-action-without-docker",
    severity=Severity.ERROR,
    title="The container form of this action is used on a runner without Docker.",
    reason="GitHub starts container actions on Linux runners with Docker only, so the step fails "
    "before the release gets its name.",
    link="https://docs.github.com/en/actions/how-tos/create-and-publish-actions/about-custom-actions",
    fix="Use the form that runs on the host, or another runner.",
    before="runs-on: ubuntu-slim\nsteps:\n  - uses: appcrew/sentry-release-flutter@v1",
    snippet="runs-on: ubuntu-slim\nsteps:\n  - uses: appcrew/sentry-release-flutter/host@v1",
)
_READS_ENVIRONMENT = {OwnAction.RELEASE, OwnAction.DEPLOY}
_ON_HOST = re.compile(r"/host(?:/|@|$)")
# Source: https://docs.github.com/en/actions/reference/runners/github-hosted-runners
_WITHOUT_DOCKER = re.compile(r"ubuntu-slim|(?:macos|windows)-[\w.-]+")
_SENDS = re.compile(r"(?i)deploy|publish|distribut|pages|firebase|upload-google-play|testflight")
UNHANDLED_ERRORS_PASS = Rule(
    id="FD51",
    name="gate-without-unhandled-errors",
    severity=Severity.WARNING,
    title="The health gate does not count unhandled Dart errors.",
    reason="Since sentry_flutter 10 an unhandled Dart error ends a session as unhandled, no longer "
    "as crashed. The crash-free rates stay high, on the web near 100 %, whatever happens.",
    link="https://github.com/getsentry/sentry-dart/releases/tag/10.0.0",
    fix="Add `min-unhandled-free-sessions`.",
    before="- uses: appcrew/sentry-release-flutter/health@v1\n  with:\n    min-crash-free-sessions: 99.5",
    snippet="- uses: appcrew/sentry-release-flutter/health@v1\n  with:\n"
    "    min-crash-free-sessions: 99.5\n    min-unhandled-free-sessions: 99",
)
_UNHANDLED_SINCE = "10.0.0-0"
_CRASH_GATES = ("min-crash-free-sessions", "min-crash-free-users")
_OTHER_GATES = ("min-unhandled-free-sessions", "max-drop")


def check_version_flags(app: App) -> Iterator[Finding]:
    """Yield each version of a build that contradicts this action."""
    for build in find_builds(app):
        if find_build_release_source(build, app) is ReleaseSource.DEFINE:
            continue
        if (change := find_version_change(app, build)) is not None:
            message = (
                f"`{change.strip()[:80]}` changes the version of this build, and this action does "
                "not see it."
            )
            yield VERSION_FLAGS_DIFFER.build_finding(build.step.path, build.line, message)
        if (flavor := find_other_flavor(app, build)) is not None:
            message = f"The build has the flavor {build.flavor}, but this action gets `flavor: {flavor[:80]}`."
            yield VERSION_FLAGS_DIFFER.build_finding(build.step.path, build.line, message)
        for one in find_contradictions(app, build):
            words = one.name.replace("-", " ")
            message = (
                f"The build has the {words} {one.flag[:80] or '(none)'}, but {_describe(one)}."
            )
            yield VERSION_FLAGS_DIFFER.build_finding(build.step.path, build.line, message)


def _describe(one: Contradiction) -> str:
    if one.is_input:
        return f"this action gets `{one.name}: {one.given[:80]}`"
    if not one.given:
        return f"this action gets no `{one.name}`, and pubspec.yaml has none"
    return f"this action gets no `{one.name}`, so it uses {one.given} of pubspec.yaml"


def check_environment(app: App) -> Iterator[Finding]:
    """Yield each environment of a job whose explicit permissions do not let it read that."""
    for job in app.jobs:
        needs = any(
            find_own_action(step.uses) in _READS_ENVIRONMENT
            and not _names_environment(job, step)
            and concerns_app(app, step)
            for step in job.steps
        )
        if job.environment is None or not needs or _may_read_environment(job):
            continue
        message = (
            f"The job `{job.name}` has the environment {job.environment[:80]!r}, and "
            "its permissions include neither `checks: read` nor `deployments: read`."
        )
        yield UNREADABLE_ENVIRONMENT.build_finding(job.path, job.environment_line, message)


def _may_read_environment(job: Job) -> bool:
    """Return whether the job can read its environment, or the file does not say."""
    is_unknown = job.permissions is None
    return is_unknown or job.may_read("checks") or job.may_read("deployments")


def _names_environment(job: Job, step: JobStep) -> bool:
    return bool(step.inputs.get("environment")) or any(
        ENVIRONMENT_DEFINE in env for env in (step.env, job.env)
    )


def check_background_steps(app: App) -> Iterator[Finding]:
    """Yield each deploy action that starts while a step that deploys is still running."""
    for job in app.jobs:
        for step in job.steps:
            if find_own_action(step.uses) is not OwnAction.DEPLOY or not concerns_app(app, step):
                continue
            early = next((one for one in step.running if _deploys(one)), None)
            if early is not None:
                message = (
                    f"The deploy is recorded while `{early.name[:80]}` (line {early.line}) "
                    "is still running."
                )
                yield DEPLOY_TOO_EARLY.build_finding(job.path, step.line, message)


def _deploys(step: JobStep) -> bool:
    if step.uses is not None:
        return find_own_action(step.uses) is None and bool(_SENDS.search(step.uses))
    return commands_deliver(step.script.splitlines())


def check_docker(app: App) -> Iterator[Finding]:
    """Yield each container form of this action in a job whose runner has no Docker."""
    for job in app.jobs:
        runner = next((one for one in job.runners if _WITHOUT_DOCKER.fullmatch(one)), None)
        if runner is None:
            continue
        for step in job.steps:
            uses = step.uses or ""
            is_container = find_own_action(uses) is not None and not _ON_HOST.search(uses)
            if is_container and not uses.startswith("./") and concerns_app(app, step):
                message = f"`{uses[:80]}` needs Docker, which {runner} does not have."
                yield NO_DOCKER.build_finding(job.path, step.uses_line, message)


def check_unhandled_gate(app: App) -> Iterator[Finding]:
    """Yield each health action with crash-free gates alone, if the app has SDK 10 or later."""
    version = app.sdk.version if app.sdk else None
    if version is None or is_lower_version(version, _UNHANDLED_SINCE):
        return
    for step in app.steps:
        gate = next((one for one in _CRASH_GATES if step.inputs.get(one)), None)
        if (
            gate is None
            or find_own_action(step.uses) not in {OwnAction.HEALTH, OwnAction.RELEASE}
            or any(step.inputs.get(one) for one in _OTHER_GATES)
        ):
            continue
        line = step.input_lines.get(gate, step.line)
        message = (
            f"{describe_version('sentry_flutter', app.sdk)} `{gate}: {step.inputs[gate][:80]}` "
            "does not count its unhandled errors."
        )
        yield UNHANDLED_ERRORS_PASS.build_finding(step.path, line, message)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (VERSION_FLAGS_DIFFER, check_version_flags),
    (UNREADABLE_ENVIRONMENT, check_environment),
    (DEPLOY_TOO_EARLY, check_background_steps),
    (NO_DOCKER, check_docker),
    (UNHANDLED_ERRORS_PASS, check_unhandled_gate),
)
