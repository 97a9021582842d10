"""Find the checkout that contains the app, and with it the commit that is built."""

from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath

from sentry_release.adapters.git_folder import find_git_folder
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import find_workspace_root
from sentry_release.ci.built_commit import choose_built_commit
from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import GitCheckout, read_git_checkout
from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import BuiltCommit


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
