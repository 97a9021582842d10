"""What `init` knows of an app and its repository, and which of its names a workflow may hold."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release import PROJECT_URL
from sentry_release.doctor.ci_files.builds import Build
from sentry_release.errors import ProjectError
from sentry_release.model.platform import Platform

_PAGE = f"{PROJECT_URL}/blob/main/docs/ci-hosts.md"
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./@-]*")
_MAX_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFacts:
    """
    An app and what surrounds it.

    Attributes:
        package: The name of its Dart package.
        folder: Its folder, relative to the repository.
        platforms: The platforms that have a folder in it.
        branch: The default branch, as far as git knows it.
        has_version: Whether pubspec.yaml has a version.
        has_build_number: Whether that version has a build number.
        default_flavor: The flavor that pubspec.yaml sets, which needs no flag.
        flavors: The product flavors of Android, each of which can be built on its own.
        builds: The release builds in workflows and scripts.
        own_workflows: The workflows that use this action already.
        package_folders: The folders of the local packages that the app needs.
        has_sdk: Whether the app depends on sentry_flutter.
        sets_dsn: Whether its code sets the DSN.
        runs_plugin: Whether a step runs sentry_dart_plugin, which uploads debug files as well.
        flutter_version: The version that FVM pins.
        needs_melos: Whether `melos bootstrap` links its local packages.
        is_alone: Whether it is the only app of the repository.
        problems: The number of errors and warnings of the doctor.
    """

    package: str
    folder: PurePosixPath
    platforms: tuple[Platform, ...]
    branch: str | None = None
    has_version: bool = True
    has_build_number: bool = True
    default_flavor: str | None = None
    flavors: tuple[str, ...] = ()
    builds: tuple[Build, ...] = ()
    own_workflows: tuple[PurePosixPath, ...] = ()
    package_folders: tuple[PurePosixPath, ...] = ()
    has_sdk: bool = True
    sets_dsn: bool = False
    runs_plugin: bool = False
    flutter_version: str | None = None
    needs_melos: bool = False
    is_alone: bool = True
    problems: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherHost:
    """A CI host: its name, its configuration, and the page with a complete example."""

    name: str
    file: PurePosixPath
    page: str


_HOSTS = (
    ("GitLab CI", ".gitlab-ci.yml", "#gitlab"),
    ("Codemagic", "codemagic.yaml", "#codemagic"),
    ("Bitrise", "bitrise.yml", "#bitrise"),
    ("Azure Pipelines", "azure-pipelines.yml", "#azure-pipelines"),
    ("CircleCI", ".circleci/config.yml", ""),
    ("Bitbucket Pipelines", "bitbucket-pipelines.yml", ""),
    ("Jenkins", "Jenkinsfile", ""),
)


def find_other_host(has_file: Callable[[PurePosixPath], bool]) -> OtherHost | None:
    """Return the CI host whose configuration the repository has; None if there is none."""
    hosts = (
        OtherHost(name=name, file=PurePosixPath(file), page=f"{_PAGE}{anchor}")
        for name, file, anchor in _HOSTS
    )
    return next((one for one in hosts if has_file(one.file)), None)


def is_plain(text: str) -> bool:
    """
    Return whether a text is safe in YAML, in an expression of GitHub's and in a shell.

    >>> is_plain("apps/shop"), is_plain("${{ x }}"), is_plain("a b"), is_plain("-x"), is_plain("")
    (True, False, False, False, False)
    """
    return bool(_PLAIN.fullmatch(text))


def require_plain(text: str, what: str) -> str:
    """
    Return the text.

    Args:
        text: A name or a path of the project.
        what: What it is, for the message.

    Raises:
        ProjectError: It could mean more than a name in a workflow.
    """
    if is_plain(text):
        return text
    raise ProjectError(
        f"The {what} {text[:_MAX_SHOWN]!r} cannot be written into a workflow.",
        reason="Only letters, digits and `_ . / @ -` mean the same in YAML, in an expression and "
        "in a shell.",
        hint="Rename it, or write the workflow by hand.",
    )
