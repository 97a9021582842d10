"""What `init` knows of an app, and the job of a workflow that builds and delivers it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release import REPOSITORY, __version__
from sentry_release.doctor.ci_files.build_commands import Tool
from sentry_release.doctor.ci_files.builds import Build
from sentry_release.errors import ProjectError
from sentry_release.model.platform import Platform

VERSION_TAG = f"v{__version__.partition('.')[0]}"
"""The tag of this action that users name."""

_LINUX, _MACOS, _WINDOWS = "ubuntu-latest", "macos-latest", "windows-latest"
_DEFINES = '--dart-define-from-file="$DEFINES"'
_NUMBER = '--build-number="$BUILD_NUMBER"'
ADDED_FLAGS = (_DEFINES, _NUMBER)
"""The flags that `sentry-release run` adds to a build command."""

_SYMBOLS = "--split-debug-info=build/symbols"
_TARGET = re.compile(r"\s(?:-t|--target)(?:=|\s+)[\"']?([^\s\"']+)")
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./@-]*")
_MAX_SHOWN = 80  # characters
_PRODUCTION = ("production", "prod", "live", "release")
# Source: https://docs.flutter.dev/platform-integration/linux/setup
_LINUX_PACKAGES = ("clang", "cmake", "ninja-build", "pkg-config", "libgtk-3-dev", "liblzma-dev")


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
class BuildJob:
    """
    A job that builds the app for one platform and delivers it.

    Attributes:
        id: The id of the job.
        title: Its name for people.
        runner: The label of the runner.
        action: The action that creates the release, with its tag.
        upload_action: The action that uploads source maps before the first user needs them.
        packages: Packages of the system that the build requires.
        flavor: The flavor of the build.
        command: The build command for bash, in pieces that are joined by spaces.
        artifact: What it builds, relative to the app.
        signing: What the build requires besides, in a sentence.
    """

    id: str
    title: str
    runner: str
    action: str
    upload_action: str | None
    packages: tuple[str, ...]
    flavor: str | None
    command: tuple[str, ...]
    artifact: str
    signing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    title: str
    runner: str
    words: tuple[str, ...]
    artifact: str
    has_flavors: bool = False
    packages: tuple[str, ...] = ()
    signing: str | None = None


_TARGETS: Mapping[Platform, _Target] = {
    Platform.ANDROID: _Target(
        title="Android",
        runner=_LINUX,
        words=("appbundle", _SYMBOLS),
        artifact="build/app/outputs/bundle",
        has_flavors=True,
        signing="Before it, write the keystore and android/key.properties from secrets.",
    ),
    Platform.IOS: _Target(
        title="iOS",
        runner=_MACOS,
        words=("ipa",),
        artifact="build/ios/ipa",
        has_flavors=True,
        signing="Before it, install the certificate and the provisioning profile from secrets.",
    ),
    Platform.MACOS: _Target(
        title="macOS",
        runner=_MACOS,
        words=("macos",),
        artifact="build/macos/Build/Products",
        has_flavors=True,
        signing="Before it, install the certificate from a secret.",
    ),
    Platform.WINDOWS: _Target(
        title="Windows",
        runner=_WINDOWS,
        words=("windows", _SYMBOLS),
        artifact="build/windows",
    ),
    Platform.LINUX: _Target(
        title="Linux",
        runner=_LINUX,
        words=("linux", _SYMBOLS),
        artifact="build/linux",
        packages=_LINUX_PACKAGES,
    ),
    Platform.WEB: _Target(
        title="Web", runner=_LINUX, words=("web", "--source-maps"), artifact="build/web"
    ),
}


def plan_build_job(platform: Platform, facts: AppFacts, flavor: str | None) -> BuildJob:
    """
    Return the job of a platform.

    Args:
        platform: What it builds for.
        facts: The app; its own build commands tell flavor and entry point.
        flavor: The flavor that the user has chosen.

    Raises:
        ProjectError: The flavor cannot be written into a workflow.
    """
    target = _TARGETS[platform]
    builds = sorted(
        (one for one in facts.builds if one.tool is Tool.FLUTTER),
        key=lambda one: one.platform is not platform,
    )
    chosen = find_flavor(facts, builds, flavor) if target.has_flavors else None
    words = [f"flutter build {target.words[0]}", *target.words[1:]]
    words += [f"--flavor {chosen}"] if chosen else []
    words += [f"--target {entry}"] if (entry := _find_entry_point(builds)) else []
    words += [_DEFINES] if facts.has_build_number else [_NUMBER, _DEFINES]
    folder = "" if target.runner == _LINUX else "/host"
    return BuildJob(
        id=platform.value,
        title=target.title,
        runner=target.runner,
        action=f"{REPOSITORY}{folder}@{VERSION_TAG}",
        upload_action=f"{REPOSITORY}/upload@{VERSION_TAG}" if platform is Platform.WEB else None,
        packages=target.packages,
        flavor=chosen,
        command=tuple(words),
        artifact=target.artifact,
        signing=target.signing,
    )


def find_flavor(facts: AppFacts, builds: Sequence[Build], flavor: str | None) -> str | None:
    """
    Return the flavor to build; None if no flag is needed.

    It is the user's, that of the first build command with one (those of the platform come first),
    or, unless pubspec.yaml has a default, the product flavor of Android that is named like a production environment, else the
    first one.

    Raises:
        ProjectError: The user's flavor cannot be written into a workflow.
    """
    if flavor is not None:
        return require_plain(flavor, "flavor")
    built = [one.flavor for one in builds if one.flavor and is_plain(one.flavor)]
    if built or facts.default_flavor:
        return built[0] if built else None
    known = [one for one in facts.flavors if is_plain(one)]
    production = [one for name in _PRODUCTION for one in known if one.lower() == name]
    return next(iter([*production, *known]), None)


def _find_entry_point(builds: Sequence[Build]) -> str | None:
    """Return the `--target` of the first build command that has one, such as lib/main_prod.dart."""
    found = [entry for one in builds for entry in _TARGET.findall(one.command)]
    return next((entry for entry in found if is_plain(entry)), None)


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
