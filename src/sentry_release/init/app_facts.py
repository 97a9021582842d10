"""What `init` knows of an app and its repository before it plans a workflow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.builds import Build
from sentry_release.model.platform import Platform
from sentry_release.publisher import PROJECT_URL

_PAGE = f"{PROJECT_URL}/blob/main/docs/ci-hosts.md"


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
        sdk: Whether the app depends on sentry_flutter.
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
    sdk: bool = True
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
