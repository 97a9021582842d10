"""What a user has to do beside the workflow of `init`."""

from collections.abc import Iterator

from sentry_release.init.app_facts import AppFacts
from sentry_release.init.workflow_plan import WorkflowPlan


def list_next_steps(facts: AppFacts, plan: WorkflowPlan) -> tuple[str, ...]:
    """Return the steps in the order in which to take them, each in one sentence or two."""
    return (*_list_settings(plan), *_list_changes(facts, plan), *_list_conflicts(facts))


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
    if not facts.sdk:
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
