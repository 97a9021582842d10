"""Find the checkout that contains the app, and choose the commit that is built."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath

from sentry_release.adapters.git_folder import find_git_folder
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import find_workspace_root
from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import GitCheckout, read_git_checkout
from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import BuiltCommit
from sentry_release.model.foreign_text import get_url_host

_SHORT = 7


def choose_built_commit(
    context: Context, checkout: GitCheckout | None, *, names_app: bool
) -> BuiltCommit:
    """
    Return HEAD of the checkout if its remote has that commit, else the commit of the run.

    Args:
        context: The run on GitHub Actions.
        checkout: The nearest one around the app; None if there is none.
        names_app: Whether a pubspec.yaml in that checkout is the one of the release.

    Source: docs/commits.md
    """
    run = BuiltCommit(sha=context.sha, repository=context.repository)
    of_run = checkout is None or _is_of_run(context, checkout)
    if context.is_pull_request_head and of_run:
        return replace(run, why="the head of the pull request")
    if checkout is None or (of_run and checkout.sha == run.sha):
        return run
    passed_over = _explain_passed_over(context, checkout, names_app=names_app)
    if passed_over is not None:
        return replace(run, notice=_build_notice(run, passed_over))
    other = checkout.origin.path if checkout.origin else None
    repository = context.repository if of_run else other
    built = replace(run, sha=checkout.pushed, repository=repository)
    if built != run:
        built = replace(built, why=_explain_choice(context, checkout, repository))
    if checkout.pushed != checkout.sha:
        return replace(built, notice=_build_notice(built, _explain_not_pushed(checkout)))
    return built


def _explain_choice(context: Context, checkout: GitCheckout, repository: str | None) -> str:
    if repository != context.repository:
        return f"HEAD of the checkout of {repository}"
    where = f", branch {checkout.branch}" if checkout.branch else ""
    return f"HEAD of the checkout{where}; the run is of {_shorten(context.sha)}"


def _explain_passed_over(context: Context, checkout: GitCheckout, *, names_app: bool) -> str | None:
    """Return why HEAD does not count, as the end of a sentence."""
    if checkout.sha is None:
        return f"the commit of the checkout cannot be read: {checkout.problem}"
    head = f"HEAD of the checkout, {_shorten(checkout.sha)}, does not count"
    if context.untrusted_head:
        return f"{head}: {context.untrusted_head}"
    if not names_app:
        return f"{head}: the release is given as `release`, and named after no app in the checkout"
    if checkout.origin is None and not _is_mirror_of_run(context, checkout):
        return f"{head}: the checkout has no remote on GitHub"
    if not _is_on_server(context, checkout):
        return f"{head}: its remote is not on {context.server_url}"
    return _explain_not_pushed(checkout) if checkout.pushed is None else None


def _explain_not_pushed(checkout: GitCheckout) -> str:
    return (
        f"HEAD of the checkout, {_shorten(checkout.sha)}, does not count: it was made in this job "
        "and not pushed, so Sentry cannot find it"
    )


def _build_notice(commit: BuiltCommit, reason: str) -> str:
    return f"The release belongs to commit {_shorten(commit.sha)}; {reason}."


def _is_of_run(context: Context, checkout: GitCheckout) -> bool:
    """Return whether the checkout is one of the run's repository, as far as is known."""
    origin = checkout.origin
    if origin is None:
        return True
    same_path = origin.path.casefold() == (context.repository or "").casefold()
    return same_path and _is_on_server(context, checkout)


def _is_mirror_of_run(context: Context, checkout: GitCheckout) -> bool:
    return (checkout.mirror or "").casefold() == (context.repository or "").casefold()


def _is_on_server(context: Context, checkout: GitCheckout) -> bool:
    """Return whether the remote is on the run's GitHub; on a local network nothing is known."""
    server = checkout.origin.server if checkout.origin else None
    return server is None or get_url_host(server) == get_url_host(context.server_url or "")


def _shorten(sha: str | None) -> str:
    return (sha or "unknown")[:_SHORT]


def find_checkout(environ: Mapping[str, str], folder: PurePosixPath) -> GitCheckout | None:
    """
    Return the nearest checkout that contains a folder of the workspace, or None.

    On GitHub Actions the search ends at the workspace.
    """
    root = find_workspace_root(environ).absolute()
    top = root if environ.get("GITHUB_ACTIONS") == "true" else _outermost(root)
    inner = PurePosixPath(root.relative_to(top).as_posix()) / folder
    found = find_git_folder(top, inner, aliases=_aliases(environ))
    return read_git_checkout(found, known=environ.get("GITHUB_SHA")) if found else None


def find_built_commit(
    config: Config, context: Context, workspace: Workspace, checkout: GitCheckout | None
) -> BuiltCommit:
    """Return the commit that is built on GitHub Actions; see choose_built_commit."""
    return choose_built_commit(context, checkout, names_app=_names_app(config, workspace))


def _names_app(config: Config, workspace: Workspace) -> bool:
    """Return whether the release is named after the app in `working-directory`."""
    # Only the main step reads the app; the post step is spared these imports.
    from sentry_release.project.flutter_project import FlutterProject
    from sentry_release.release.release_name import NameSource, find_name_source, parse_release_name

    if find_name_source(config) is not NameSource.INPUT:
        return True
    try:
        project = FlutterProject.load(config, workspace)
    except ActionError:  # the release is an input, so pubspec.yaml need not be valid
        return False
    return (
        project is not None
        and parse_release_name(config.release or "").package == project.pubspec.name
    )


def _outermost(root: Path) -> Path:
    """Return the outermost checkout that contains a folder, else the folder."""
    return next((one for one in reversed([root, *root.parents]) if (one / ".git").exists()), root)


def _aliases(environ: Mapping[str, str]) -> tuple[PurePath, ...]:
    """
    Return the paths of the workspace on the host and in the container of the job.

    Source: actions/runner, src/Runner.Worker/Container/ContainerInfo.cs
    """
    name = environ.get("GITHUB_REPOSITORY", "").rpartition("/")[2]
    if not name:
        return ()
    host = environ.get("RUNNER_WORKSPACE")
    on_host = (PurePath(host) / name,) if host else ()
    return (*on_host, PurePath("/__w") / name / name, PurePath("/github/workspace"))
