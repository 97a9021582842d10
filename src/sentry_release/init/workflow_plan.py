"""Plan the workflow that builds an app, and list what the user has to do beside it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release import PROJECT_URL, REPOSITORY
from sentry_release.init.build_jobs import (
    VERSION_TAG,
    AppFacts,
    BuildJob,
    is_plain,
    plan_build_job,
    require_plain,
)
from sentry_release.model.platform import Platform

CHECKOUT_ACTION = "actions/checkout@v7"
FLUTTER_ACTION = "subosito/flutter-action@v2"
_FOLDER = PurePosixPath(".github/workflows")
_NAME = "sentry-release"
_BRANCH = "main"
_HERE = PurePosixPath()
_PAGE = f"{PROJECT_URL}/blob/main/docs/ci-hosts.md"
_HOSTS = (
    ("GitLab CI", ".gitlab-ci.yml", "#gitlab"),
    ("Codemagic", "codemagic.yaml", "#codemagic"),
    ("Bitrise", "bitrise.yml", "#bitrise"),
    ("Azure Pipelines", "azure-pipelines.yml", "#azure-pipelines"),
    ("CircleCI", ".circleci/config.yml", ""),
    ("Bitbucket Pipelines", "bitbucket-pipelines.yml", ""),
    ("Jenkins", "Jenkinsfile", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowPlan:
    """
    A workflow for one app; every text in it is safe in YAML, in expressions and in a shell.

    Attributes:
        path: Where it is written, relative to the repository.
        name: Its name, and that of its concurrency group.
        package: The name of the app's package.
        folder: The app's folder; None if it is the repository's.
        environment: The environment of the deploy.
        branch: The branch whose pushes start it; None if a tag does.
        tags: The pattern of the tags that start it; None if a branch does.
        paths: What a push must change to start it; empty for everything.
        has_run_number: Whether the build number is that of the run.
        has_dsn: Whether the DSN is among the dart-defines.
        flutter_version: The version of Flutter; None for the newest stable one.
        bootstraps_melos: Whether `melos bootstrap` comes before the build.
        jobs: The build jobs, one for each platform.
        deploy_action: The action of the last job; None if the only job records its deploy.
    """

    path: PurePosixPath
    name: str
    package: str
    folder: str | None
    environment: str
    branch: str | None
    tags: str | None
    paths: tuple[str, ...]
    has_run_number: bool
    has_dsn: bool
    flutter_version: str | None
    bootstraps_melos: bool
    jobs: tuple[BuildJob, ...]
    deploy_action: str | None
    checkout_action: str = CHECKOUT_ACTION
    flutter_action: str = FLUTTER_ACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherHost:
    """A CI host: its name, its configuration, and the page with a complete example."""

    name: str
    file: PurePosixPath
    page: str


def plan_workflow(facts: AppFacts, environment: str, flavor: str | None = None) -> WorkflowPlan:
    """
    Return the workflow of an app.

    An app for the web alone is deployed with each push, others with each tag, since stores
    publish versions. One job records its own deploy; with several, a last one does.

    Args:
        facts: The app.
        environment: The environment that the workflow deploys to.
        flavor: The flavor that the user has chosen.

    Raises:
        ProjectError: A name cannot be written into a workflow.
    """
    name = _NAME if facts.is_alone else f"{_NAME}-{facts.package}"
    is_for_web = facts.platforms == (Platform.WEB,)
    jobs = tuple(plan_build_job(one, facts, flavor) for one in facts.platforms)
    folder = None if facts.folder == _HERE else require_plain(str(facts.folder), "folder")
    version = facts.flutter_version
    return WorkflowPlan(
        path=_FOLDER / f"{name}.yml",
        name=name,
        package=facts.package,
        folder=folder,
        environment=require_plain(environment, "environment"),
        branch=_branch(facts) if is_for_web else None,
        tags=None if is_for_web else ("v*" if facts.is_alone else f"{facts.package}-v*"),
        paths=_list_paths(facts, _FOLDER / f"{name}.yml") if is_for_web else (),
        has_run_number=not facts.has_build_number,
        has_dsn=not facts.sets_dsn,
        flutter_version=version if version and is_plain(version) else None,
        bootstraps_melos=facts.needs_melos,
        jobs=jobs,
        deploy_action=f"{REPOSITORY}/deploy@{VERSION_TAG}" if len(jobs) > 1 else None,
    )


def _branch(facts: AppFacts) -> str:
    return facts.branch if facts.branch and is_plain(facts.branch) else _BRANCH


def _list_paths(facts: AppFacts, workflow: PurePosixPath) -> tuple[str, ...]:
    """Return the globs of the app and its local packages in a repository with several apps."""
    if facts.is_alone or facts.folder == _HERE:
        return ()
    folders: Sequence[PurePosixPath] = (facts.folder, *sorted(facts.package_folders))
    texts = [str(one) for one in folders if one != _HERE]
    return (*(f"{one}/**" for one in texts if is_plain(one)), str(workflow))


def list_next_steps(facts: AppFacts, plan: WorkflowPlan) -> tuple[str, ...]:
    """Return the steps in the order in which to take them, each in one sentence or two."""
    return (*_list_settings(plan), *_list_changes(facts, plan), *_list_conflicts(facts))


def find_other_host(has_file: Callable[[PurePosixPath], bool]) -> OtherHost | None:
    """Return the CI host whose configuration the repository has; None if there is none."""
    hosts = (
        OtherHost(name=name, file=PurePosixPath(file), page=f"{_PAGE}{anchor}")
        for name, file, anchor in _HOSTS
    )
    return next((one for one in hosts if has_file(one.file)), None)


def _list_settings(plan: WorkflowPlan) -> Iterator[str]:
    yield (
        "Add the secret SENTRY_AUTH_TOKEN: an organization token, created in Sentry under "
        "Settings > Auth Tokens."
    )
    names = "variable SENTRY_PROJECT (the project's slug)"
    if plan.has_dsn:
        names = (
            "variables SENTRY_PROJECT (the project's slug) and SENTRY_DSN (the SDK reads it from "
            "the dart-defines)"
        )
    yield f"Add the {names}, under Settings > Secrets and variables > Actions."


def _list_changes(facts: AppFacts, plan: WorkflowPlan) -> Iterator[str]:
    titles = ", ".join(job.title for job in plan.jobs)
    yield f"Replace the step Deploy of {titles}: it fails until then, so no deploy is recorded."
    if not facts.has_sdk:
        yield (
            "Add the SDK: `flutter pub add sentry_flutter`, and call SentryFlutter.init in main()."
        )
    if not facts.has_version:
        yield "Add a version to pubspec.yaml, such as `version: 1.0.0+1`: it names the release."
    if plan.has_run_number:
        yield "pubspec.yaml has no build number: the workflow uses the number of the run."
    flavors = {job.flavor for job in plan.jobs} - {None}
    if flavors and len(facts.flavors) > 1:
        chosen = ", ".join(sorted(map(str, flavors)))
        yield f"It builds the flavor {chosen}; --flavor chooses another one."
    if facts.problems:
        yield (
            f"The doctor finds {facts.problems} problem{'s' if facts.problems > 1 else ''} in "
            "the project: run `sentry-release doctor`."
        )


def _list_conflicts(facts: AppFacts) -> Iterator[str]:
    for path in facts.own_workflows:
        yield f"{path} already uses this action: keep one of the two workflows."
    places = dict.fromkeys(f"{one.step.path}:{one.line}" for one in facts.builds)
    if places:
        yield (
            f"{next(iter(places))} builds the app already: keep one of the two, or move these "
            "steps there."
        )
    if facts.runs_plugin:
        yield (
            "A step runs sentry_dart_plugin: remove it, since this action uploads debug files "
            "and source maps for the same release."
        )
