"""Find the previous release or commit: in the environment, in Sentry, or by the tags."""

from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsSince
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import BuiltCommit, PreviousRelease
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import Release, SentryRelease
from sentry_release.release.existing_releases import (
    filter_earlier_releases,
    filter_other_releases,
    find_last_deploy_date,
    sort_by_last_deploy,
)
from sentry_release.release.plan import PreviousState
from sentry_release.services import Services

_MAX_REQUESTS = 5  # releases whose deploys are read, and tags that are compared


def find_previous(
    config: Config,
    services: Services,
    release: Release,
    environment: str | None,
    built: BuiltCommit,
) -> PreviousState:
    """
    Find the previous release as `commits-since` specifies.

    Args:
        config: The inputs.
        services: The adapters.
        release: The release that is created or evaluated; the previous one is another.
        environment: The environment; None if there is none.
        built: The commit that is built, whose ancestors have the tags.

    Raises:
        ApiError, ServiceUnavailableError: Sentry refused a request, or is unreachable.
    """
    match config.commits_since:
        case CommitsSince.SENTRY_DEFAULT:
            return PreviousState(range_start=PreviousRelease())
        case CommitsSince.LAST_TAG:
            return PreviousState(range_start=_find_previous_tag(built, services, release))
        case CommitsSince.LAST_DEPLOY | CommitsSince.LAST_RELEASE as since:
            scope = environment if since is CommitsSince.LAST_DEPLOY else None
        case sha:
            return PreviousState(range_start=PreviousRelease(commit=sha))
    recent: tuple[SentryRelease, ...] = ()
    others: tuple[SentryRelease, ...] = ()
    for page in services.sentry().list_releases(scope):
        recent += page
        if others := filter_other_releases(page, name=release.name, projects=config.projects):
            break  # the first page with other releases of these projects
    if scope is not None:
        existing = _find_last_deployed(others, services, scope)
    else:
        own = next((one for one in recent if one.name == release.name), None)
        existing = next(iter(filter_earlier_releases(others, own)), None)
    return PreviousState(release=existing, recent=recent)


def _find_last_deployed(
    before: tuple[SentryRelease, ...], services: Services, environment: str
) -> SentryRelease | None:
    """
    Return the release that was last deployed to the environment.

    Sentry lists each release with its last deploy only, to any environment. All deploys of a
    release are read if its last one went elsewhere and an earlier one can change the result.
    """
    found: SentryRelease | None = None
    newest = None
    requests = 0
    for existing in sort_by_last_deploy(before):
        last = existing.last_deploy
        if last is None or last.finished is None or (newest and last.finished <= newest):
            break
        when = last.finished if last.environment == environment else None
        if when is None and requests < _MAX_REQUESTS:
            requests += 1
            when = find_last_deploy_date(services.sentry().list_deploys(existing.name), environment)
        if when is not None and (newest is None or when > newest):
            found, newest = existing, when
    return found


def _find_previous_tag(built: BuiltCommit, services: Services, release: Release) -> PreviousRelease:
    """Return the tag with the latest lower version among the ancestors of the built commit."""
    from sentry_release.release.release_name import list_older_tags

    github, commit = services.github(), built.sha
    if github is None or commit is None:
        _annotate_warning(services, "Reading the tags requires `github-token`.")
        return PreviousRelease()
    try:
        github = github.of(built.repository)
        tags = dict(github.list_tags())
        for tag in list_older_tags(tags, release.version)[:_MAX_REQUESTS]:
            if github.is_ancestor(tags[tag], commit):
                return PreviousRelease(commit=tags[tag])
        services.runner.log_line("No tag of a lower version is an ancestor of this commit.")
    except (ApiError, ServiceUnavailableError) as error:
        _annotate_warning(services, str(error))
    return PreviousRelease()


def _annotate_warning(services: Services, text: str) -> None:
    notice = Annotation(level=AnnotationLevel.WARNING, title="Sentry release: previous", text=text)
    services.runner.annotate(notice)
