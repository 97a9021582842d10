"""
A refusal of Sentry -> the mistake the user made.

Source of the texts: what a real server answered, held by tests/contract.
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
    A kind of refusal: its status, a text it holds, and whether a release stood in the address.

    None fits everything. `message` and `hint` may name {doing}, {organization}, {projects} and
    {release}.
    """

    status: int | None = None
    text: str = ""
    concerns_release: bool | None = None
    message: str
    hint: str


_KNOWN_ERRORS = (
    _KnownError(
        status=401,
        message="Sentry does not know the auth token.",
        hint="Make a new one under Settings > Auth Tokens and store it as the secret that "
        "`SENTRY_AUTH_TOKEN` is set from.",
    ),
    _KnownError(
        status=403,
        message="The auth token may not {doing}.",
        hint="Use an organization token (it has the scope `org:ci`), or give a personal one the "
        "scope `project:releases`.",
    ),
    _KnownError(
        status=404,
        concerns_release=False,
        message="Sentry has no organization {organization!r} that this token may see.",
        hint="Correct `org` (SENTRY_ORG): the slug from your Sentry address; and `url`, "
        "if you host Sentry yourself.",
    ),
    _KnownError(
        status=404,
        concerns_release=True,
        message="Sentry has no release {release!r} in {organization!r}.",
        hint="Let the root action create it first, and give both the same name.",
    ),
    _KnownError(
        text=_UNKNOWN_REPOSITORIES,
        message="Sentry has no such repository.",
        hint="Link it under Settings > Integrations, or copy its name from Settings > "
        "Repositories to the input `repositories`.",
    ),
    _KnownError(
        text="Invalid project",
        message="Sentry does not know every one of the projects {projects} in {organization!r}.",
        hint="Correct `projects` (SENTRY_PROJECT): the slugs from Settings > Projects.",
    ),
    _KnownError(
        text=NO_ACCESS,
        message="The auth token may not see every one of the projects {projects}.",
        hint="Give its owner access to them, or use an organization token.",
    ),
    _KnownError(message="Sentry would not {doing}.", hint="Correct what the answer names."),
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
    Put a refusal into words.

    Args:
        answer: The refusal, a 4xx.
        doing: What was asked for, as in "Sentry would not let us …".
        organization: Its slug.
        projects: Their slugs.
        release: The release that was spoken of in the address, if one was.
    """
    output = find_error_detail(answer.body, answer.text)
    mistake = next(
        one for one in _KNOWN_ERRORS if _matches_known_error(one, answer.status, output, release)
    )
    message = mistake.message.format(
        doing=doing,
        organization=organization,
        projects=", ".join(repr(project) for project in projects),
        release=release,
    )
    kind = UnknownRepositoryError if _UNKNOWN_REPOSITORIES in output else ApiError
    reason = (
        f"Sentry answered {answer.status}: {output}"
        if output
        else f"Sentry answered {answer.status}."
    )
    return kind(message, reason=reason, hint=mistake.hint, status=answer.status, answer=output)


def _matches_known_error(
    mistake: _KnownError, status: int, output: str, release: str | None
) -> bool:
    return (
        mistake.status in {None, status}
        and mistake.text in output
        and mistake.concerns_release in {None, release is not None}
    )
