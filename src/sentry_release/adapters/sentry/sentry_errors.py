"""
Turn error responses of Sentry into errors with a hint.

The texts of the responses are those of a real server, as verified by tests/contract.
"""

from dataclasses import dataclass

from sentry_release.adapters.sentry.parse import find_error_detail
from sentry_release.adapters.sentry.responses import ApiResponse
from sentry_release.errors import ApiError, UnknownRepositoryError

_UNKNOWN_REPOSITORIES = "Invalid repository names"
NO_ACCESS = "Insufficient access"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownError:
    """
    A kind of error response: its status, a text in it, and whether its URL names a release.

    None matches everything. `message` may contain {doing}, {organization}, {projects},
    {one_project} and {release}.
    """

    status: int | None = None
    text: str = ""
    concerns_release: bool | None = None
    message: str
    hint: str


_KNOWN_ERRORS = (
    _KnownError(
        status=401,
        message="Sentry does not accept the auth token.",
        hint="Create a token under Settings > Auth Tokens, and store it as the secret that "
        "`SENTRY_AUTH_TOKEN` is set from.",
    ),
    _KnownError(
        status=403,
        message="The auth token may not {doing}.",
        hint="Use an organization token, which has the scope `org:ci`, or a personal token with the "
        "scope `project:releases`.",
    ),
    _KnownError(
        status=404,
        concerns_release=False,
        message="Organization {organization!r} does not exist, or the token cannot access it.",
        hint="Correct `org` (SENTRY_ORG), the slug in your Sentry URL; with a self-hosted Sentry, "
        "check `url` too.",
    ),
    _KnownError(
        status=404,
        concerns_release=True,
        message="Sentry has no release {release!r} in {organization!r}.",
        hint="Create it with the root action first, with the same name.",
    ),
    _KnownError(
        text=_UNKNOWN_REPOSITORIES,
        message="The repository is not connected in Sentry.",
        hint="Connect it under Settings > Integrations, or copy its name from Settings > "
        "Repositories to the input `repositories`.",
    ),
    _KnownError(
        text="Invalid project",
        message="{one_project} does not exist in organization {organization!r}, or the token cannot access it.",
        hint="Correct `projects` (SENTRY_PROJECT): slugs from Settings > Projects.",
    ),
    _KnownError(
        text=NO_ACCESS,
        message="The auth token cannot access all of the projects {projects}.",
        hint="Give the owner of the token access to them, or use an organization token.",
    ),
    _KnownError(message="Sentry refused to {doing}.", hint="Correct what the response names."),
)


def build_api_error(
    answer: ApiResponse,
    doing: str,
    *,
    organization: str,
    projects: tuple[str, ...],
    release: str | None,
) -> ApiError:
    """
    Return the error for an error response.

    Args:
        answer: The response, with a status of 4xx.
        doing: The purpose of the request, as in "Sentry refused to …".
        organization: The slug of the organization.
        projects: The slugs of the projects.
        release: The release in the URL of the request, if any.
    """
    detail = find_error_detail(answer.body, answer.text)
    known = next(
        one for one in _KNOWN_ERRORS if _matches_known_error(one, answer.status, detail, release)
    )
    listed = ", ".join(repr(project) for project in projects)
    message = known.message.format(
        doing=doing,
        organization=organization,
        projects=listed,
        one_project=f"Project {listed}" if len(projects) == 1 else f"One of the projects {listed}",
        release=release,
    )
    kind = UnknownRepositoryError if _UNKNOWN_REPOSITORIES in detail else ApiError
    reason = (
        f"Sentry answered {answer.status}: {detail}"
        if detail
        else f"Sentry answered {answer.status}."
    )
    return kind(message, reason=reason, hint=known.hint, status=answer.status, answer=detail)


def _matches_known_error(
    mistake: _KnownError, status: int, detail: str, release: str | None
) -> bool:
    return (
        mistake.status in {None, status}
        and mistake.text in detail
        and mistake.concerns_release in {None, release is not None}
    )
