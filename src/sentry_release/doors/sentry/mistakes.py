"""
A refusal of Sentry -> the mistake the user made.

Source of the texts: what a real server answered, held by tests/contract.
"""

from dataclasses import dataclass

from sentry_release.doors.sentry.answers import reason
from sentry_release.doors.sentry.outcome import Answer
from sentry_release.words.errors import RefusedError, UnknownRepositoryError

_UNKNOWN_REPOSITORIES = "Invalid repository names"
NO_ACCESS = "Insufficient access"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    """
    A kind of refusal: its status, a text it holds, and whether a release stood in the address.

    None fits everything. `what` and `mend` may name {doing}, {organization}, {projects} and
    {release}.
    """

    status: int | None = None
    said: str = ""
    of_release: bool | None = None
    what: str
    mend: str


_MISTAKES = (
    _Mistake(
        status=401,
        what="Sentry does not know the auth token.",
        mend="Make a new one under Settings > Auth Tokens and store it as the secret that "
        "`SENTRY_AUTH_TOKEN` is set from.",
    ),
    _Mistake(
        status=403,
        what="The auth token may not {doing}.",
        mend="Use an organization token (it has the scope `org:ci`), or give a personal one the "
        "scope `project:releases`.",
    ),
    _Mistake(
        status=404,
        of_release=False,
        what="Sentry has no organization {organization!r} that this token may see.",
        mend="Correct `org` (SENTRY_ORG): the slug from your Sentry address; and `url`, "
        "if you host Sentry yourself.",
    ),
    _Mistake(
        status=404,
        of_release=True,
        what="Sentry has no release {release!r} in {organization!r}.",
        mend="Let the root action create it first, and give both the same name.",
    ),
    _Mistake(
        said=_UNKNOWN_REPOSITORIES,
        what="Sentry has no such repository.",
        mend="Link it under Settings > Integrations, or copy its name from Settings > "
        "Repositories to the input `repositories`.",
    ),
    _Mistake(
        said="Invalid project",
        what="Sentry does not know every one of the projects {projects} in {organization!r}.",
        mend="Correct `projects` (SENTRY_PROJECT): the slugs from Settings > Projects.",
    ),
    _Mistake(
        said=NO_ACCESS,
        what="The auth token may not see every one of the projects {projects}.",
        mend="Give its owner access to them, or use an organization token.",
    ),
    _Mistake(what="Sentry would not {doing}.", mend="Correct what the answer names."),
)


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
    mistake = next(one for one in _MISTAKES if _fits(one, answer.status, said, release))
    what = mistake.what.format(
        doing=doing,
        organization=organization,
        projects=", ".join(repr(project) for project in projects),
        release=release,
    )
    kind = UnknownRepositoryError if _UNKNOWN_REPOSITORIES in said else RefusedError
    why = (
        f"Sentry answered {answer.status}: {said}" if said else f"Sentry answered {answer.status}."
    )
    return kind(what, why=why, mend=mistake.mend, status=answer.status, answer=said)


def _fits(mistake: _Mistake, status: int, said: str, release: str | None) -> bool:
    return (
        mistake.status in {None, status}
        and mistake.said in said
        and mistake.of_release in {None, release is not None}
    )
