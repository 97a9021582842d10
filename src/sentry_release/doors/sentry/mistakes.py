"""
A refusal of Sentry -> the mistake the user made.

Source of the texts: what a real server answered, held by tests/contract.
"""

from sentry_release.doors.sentry.answers import reason
from sentry_release.doors.sentry.wire import Answer
from sentry_release.words.errors import RefusedError, UnknownRepositoryError

_UNKNOWN_REPOSITORIES = "Invalid repository names"
_UNKNOWN_PROJECTS = "Invalid project"
NO_ACCESS = "Insufficient access"
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


def refusal(
    answer: Answer, doing: str, *, organization: str, projects: tuple[str, ...], release: str | None
) -> RefusedError:
    """
    Put a refusal into words.

    Args:
        answer: The refusal, a 4xx.
        doing: What was asked for, as in "Sentry would not let us …".
        organization: Its slug.
        projects: Their slugs.
        release: The release that was spoken of in the address, if one was.
    """
    said = reason(answer.body, answer.text)
    what, mend = _sentences(answer.status, said, doing, organization, projects, release)
    kind = UnknownRepositoryError if _UNKNOWN_REPOSITORIES in said else RefusedError
    why = (
        f"Sentry answered {answer.status}: {said}" if said else f"Sentry answered {answer.status}."
    )
    return kind(what, why=why, mend=mend, status=answer.status, answer=said)


def _sentences(
    status: int,
    said: str,
    doing: str,
    organization: str,
    projects: tuple[str, ...],
    release: str | None,
) -> tuple[str, str]:
    named = ", ".join(repr(project) for project in projects)
    rows = (
        (
            status == _UNAUTHORIZED,
            "Sentry does not know the auth token.",
            "Make a new one under Settings > Auth Tokens and store it as the secret that "
            "`SENTRY_AUTH_TOKEN` is set from.",
        ),
        (
            status == _FORBIDDEN,
            f"The auth token may not {doing}.",
            "Use an organization token (it has the scope `org:ci`), or give a personal one the "
            "scope `project:releases`.",
        ),
        (
            status == _NOT_FOUND and release is None,
            f"Sentry has no organization {organization!r} that this token may see.",
            "Correct `organization` (SENTRY_ORG): the slug from your Sentry address; and `url`, "
            "if you host Sentry yourself.",
        ),
        (
            status == _NOT_FOUND,
            f"Sentry has no release {release!r} in {organization!r}.",
            "Let a step with `phase: main` open it first, and give both the same name.",
        ),
        (
            _UNKNOWN_REPOSITORIES in said,
            "Sentry has no such repository.",
            "Link it under Settings > Integrations, or copy its name from Settings > "
            "Repositories to the input `repository`.",
        ),
        (
            _UNKNOWN_PROJECTS in said,
            f"Sentry does not know every one of the projects {named} in {organization!r}.",
            "Correct `projects` (SENTRY_PROJECT): the slugs from Settings > Projects.",
        ),
        (
            NO_ACCESS in said,
            f"The auth token may not see every one of the projects {named}.",
            "Give its owner access to them, or use an organization token.",
        ),
        (True, f"Sentry would not {doing}.", "Correct what the answer names."),
    )
    return next((what, mend) for holds, what, mend in rows if holds)
