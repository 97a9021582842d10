"""What a run may change in Sentry: each cell of the table of events."""

import pytest

from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.release.event_policy import AllowedEffects, decide_allowed_effects

NONE = JobEnvironment()
STAGING = JobEnvironment(name="staging")
PRODUCTION = JobEnvironment(name="Production")
MARKED = JobEnvironment(name="eu", is_production=True)
FINAL = ("prod*",)
UNKNOWN = JobEnvironment(unknown_reason="GitHub answered 403")
UNUSED = JobEnvironment(name="staging", no_deployment=True)
NOTHING = (False, False, False, False)


def changes(effects: AllowedEffects) -> tuple[bool, bool, bool, bool]:
    """Whether a run may create the release, set commits, finalize, create a deploy."""
    return (
        effects.may_create,
        effects.may_set_commits,
        effects.may_finalize,
        effects.may_deploy,
    )


@pytest.mark.parametrize(
    ("kind", "environment", "allowed"),
    [
        pytest.param(EventKind.OWN, STAGING, (True, True, True, True), id="own, environment"),
        pytest.param(EventKind.OWN, NONE, (True, True, True, False), id="own, no environment"),
        pytest.param(EventKind.OWN, UNKNOWN, (True, True, False, False), id="own, unknown"),
        pytest.param(EventKind.OWN, UNUSED, (True, True, False, False), id="own, no deployment"),
        pytest.param(EventKind.TRIAL, STAGING, (True, False, False, True), id="trial, preview"),
        pytest.param(EventKind.TRIAL, PRODUCTION, NOTHING, id="trial, production"),
        pytest.param(EventKind.TRIAL, MARKED, NOTHING, id="trial, marked as production"),
        pytest.param(EventKind.TRIAL, NONE, NOTHING, id="trial, no environment"),
        pytest.param(EventKind.TRIAL, UNKNOWN, NOTHING, id="trial, unknown"),
        pytest.param(EventKind.COMMENT, NONE, NOTHING, id="comment, no environment"),
        pytest.param(EventKind.COMMENT, STAGING, (True, True, True, True), id="comment, staging"),
        pytest.param(EventKind.COMMENT, PRODUCTION, (True, True, True, True), id="comment, final"),
        pytest.param(EventKind.COMMENT, UNKNOWN, (True, True, False, False), id="comment, unknown"),
        pytest.param(EventKind.FORK, STAGING, NOTHING, id="fork, environment"),
        pytest.param(EventKind.FORK, NONE, NOTHING, id="fork, no environment"),
        pytest.param(EventKind.FORK, UNKNOWN, NOTHING, id="fork, unknown"),
        pytest.param(EventKind.FORK_WITH_SECRETS, STAGING, NOTHING, id="secrets, environment"),
        pytest.param(EventKind.FORK_WITH_SECRETS, NONE, NOTHING, id="secrets, no environment"),
        pytest.param(EventKind.FORK_WITH_SECRETS, UNKNOWN, NOTHING, id="secrets, unknown"),
    ],
)
def test_a_run_changes_what_its_event_and_environment_allow(
    kind: EventKind, environment: JobEnvironment, allowed: tuple[bool, bool, bool, bool]
) -> None:
    assert changes(decide_allowed_effects(kind, environment, FINAL)) == allowed


def test_a_run_that_may_not_do_everything_has_a_reason() -> None:
    silent = [
        (kind, environment)
        for kind in EventKind
        for environment in (NONE, STAGING, UNKNOWN)
        if not (effects := decide_allowed_effects(kind, environment, FINAL)).may_finalize
        and not effects.reason
    ]

    assert silent == []
