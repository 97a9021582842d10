"""The Flutter project: its pubspec and its identity on each platform; all apps below a folder."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter import pubspec
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.platforms import list_platforms, read_identity
from sentry_release.flutter.pubspec import (
    MAX_BYTES,
    MELOS,
    NO_PACKAGES,
    Pubspec,
    list_ignored_by_melos,
    matches_pattern,
    parse_pubspec,
)
from sentry_release.model.platform import Identity, Platform, Unknown
from sentry_release.release.sdk_default import build_sdk_default

_FILE_LIMIT = 16 * 1024 * 1024
_XCODE_PROJECT = "Runner.xcodeproj"
_AFTER_RELEASE = {Command.UPLOAD, Command.DEPLOY, Command.HEALTH}
_EMPTY_OUTPUT = (
    "If `release` comes from another job, it may be empty: GitHub drops a job output that "
    "contains a secret, so store organization and project as variables (`vars`)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlutterProject:
    """A Flutter project in the workspace; files of a platform are read on demand."""

    directory: PurePosixPath
    pubspec: Pubspec
    flavor: str | None
    version: AppVersion
    workspace: Workspace

    @classmethod
    def load(cls, config: Config, workspace: Workspace) -> "FlutterProject | None":
        """
        Return the project in `working-directory`, or None if it has no pubspec.yaml.

        Raises:
            ProjectError: Its pubspec.yaml cannot be read.
        """
        path = config.working_directory / "pubspec.yaml"
        text = workspace.read_text(path, limit=pubspec.MAX_BYTES)
        if text is None:
            return None
        found = pubspec.parse_pubspec(text, where=str(path))
        return cls(
            directory=config.working_directory,
            pubspec=found,
            flavor=config.flavor or found.default_flavor,
            version=AppVersion(
                pubspec_name=found.build_name,
                pubspec_number=found.build_number,
                flags=VersionFlags(name=config.build_name, number=config.build_number),
            ),
            workspace=workspace,
        )

    def without_build_number(self) -> "FlutterProject":
        """Return the project as if its pubspec.yaml had no build number."""
        return replace(
            self,
            pubspec=replace(self.pubspec, build_number=None),
            version=replace(self.version, pubspec_number=None),
        )

    def list_platforms(self) -> tuple[Platform, ...]:
        """Return the platforms that have a folder in the project."""
        return list_platforms(lambda path: self.workspace.is_folder(self.directory / path))

    def read_identity(self, platform: Platform) -> Identity:
        """
        Return the identity that the app reports on a platform.

        If an Apple platform does not have the flavor, the hint names what it reports without one.
        """
        found = self._read_flavored(platform, self.flavor)
        is_apple = platform in {Platform.IOS, Platform.MACOS}
        if self.flavor is None or not is_apple or not isinstance(found.app_id, Unknown):
            return found
        plain = build_sdk_default(self._read_flavored(platform, None)).release
        if isinstance(plain, Unknown):
            return found
        hint = f"without a flavor it reports {plain}; {found.app_id.hint}"
        return replace(found, app_id=replace(found.app_id, hint=hint))

    def read_identity_in_flavor(self, platform: Platform, flavor: str) -> Identity:
        """Return the identity that the app reports on a platform when built with a flavor."""
        return self._read_flavored(platform, flavor)

    def _read_flavored(self, platform: Platform, flavor: str | None) -> Identity:
        return read_identity(platform, self._read_file, self.pubspec, self.version, flavor=flavor)

    def find_workspace_root(self) -> PurePosixPath:
        """
        Return the folder of the app's pubspec.lock: its own, or the root of its pub workspace.

        A workspace may itself be a member of an outer workspace. A folder counts only if it
        lists the app, or a workspace around the app, as a member.
        Source: dart-lang/pub, lib/src/entrypoint.dart
        """
        if not self.pubspec.in_workspace:
            return self.directory
        member = self.directory
        for folder in self.directory.parents:
            above = self._read_pubspec(folder)
            if above is None or not matches_pattern(member.relative_to(folder), above.members):
                continue
            if not above.in_workspace:
                return folder
            member = folder
        return self.directory

    def find_locked_version(self, package: str) -> str | None:
        """Return the version of a package in pubspec.lock, or None if it is absent or unreadable."""
        path = self.find_workspace_root() / pubspec.LOCK_FILE
        try:
            text = self.workspace.read_text(path, limit=pubspec.MAX_LOCK_BYTES)
        except ActionError:
            return None
        return pubspec.find_locked_version(text, package) if text else None

    def _read_pubspec(self, folder: PurePosixPath) -> Pubspec | None:
        path = folder / "pubspec.yaml"
        try:
            text = self.workspace.read_text(path, limit=pubspec.MAX_BYTES)
            return pubspec.parse_pubspec(text, where=str(path)) if text else None
        except ActionError:
            return None

    def _read_file(self, path: PurePosixPath) -> bytes | None:
        content = self.workspace.read_bytes(self.directory / path, limit=_FILE_LIMIT)
        if content is not None or _XCODE_PROJECT not in path.parts:
            return content
        renamed = self._find_renamed_project(path)
        return self.workspace.read_bytes(renamed, limit=_FILE_LIMIT) if renamed else None

    def _find_renamed_project(self, path: PurePosixPath) -> PurePosixPath | None:
        """
        Return a file of the only Xcode project of a platform, if it is not called Runner.

        Source: flutter_tools, lib/src/xcode_project.dart, xcodeProject
        """
        platform, name = self.directory / path.parts[0], PurePosixPath(*path.parts[2:])
        found = {
            one.parent for one in self.workspace.glob("*.xcodeproj/project.pbxproj", below=platform)
        }
        return found.pop() / name if len(found) == 1 else None


def build_missing_project_error(
    config: Config, workspace: Workspace
) -> ProjectError | WorkflowError:
    """Return the error for a missing project: no such folder, or no pubspec.yaml in it."""
    directory = config.working_directory
    if not workspace.is_folder(directory):
        problem = "is a file" if workspace.resolve(directory).is_file() else "does not exist"
        return WorkflowError(
            f"Folder {str(directory)!r} of `working-directory` {problem}.",
            reason="The path is relative to the workspace.",
            hint="Correct it, or put `uses: actions/checkout` before this step.",
            shell_hint="Correct `--working-directory`; it is relative to the current folder.",
        )
    hint = (
        "Point `working-directory` at the app, put `uses: actions/checkout` before this step, or "
        "set the complete name as `release`."
    )
    return ProjectError(
        f"No pubspec.yaml in {str(directory)!r}.",
        reason="The release is named after the `name` and `version` of the app.",
        hint=f"{hint} {_EMPTY_OUTPUT}" if config.command in _AFTER_RELEASE else hint,
        shell_hint=f"Run the command in the folder of the app, or name that folder with "
        f"`--working-directory`{_suggest_parent(workspace, directory)}.",
    )


def _suggest_parent(workspace: Workspace, directory: PurePosixPath) -> str:
    """Return where the nearest pubspec.yaml above a folder is, as an end of a sentence."""
    folder = (workspace.root / directory).absolute()
    above = next((one for one in folder.parents if (one / "pubspec.yaml").is_file()), None)
    return f"; there is a pubspec.yaml in {str(above)!r}" if above else ""


def find_apps(folder: PurePosixPath, workspace: Workspace) -> list[PurePosixPath]:
    """
    Return the folders of apps: Flutter, with a platform, no plugin, not ignored by melos.

    A folder with an unreadable pubspec.yaml is included, so that its error gets reported.

    Raises:
        WorkflowError: The folder is outside the workspace.
    """
    root, ignored = _find_melos(folder, workspace)
    found = []
    for path in workspace.find_files("pubspec.yaml", below=folder, skip=NO_PACKAGES):
        directory = path.parent
        skipped = ignored and matches_pattern(directory.relative_to(root), ignored)
        if not skipped and _is_app(directory, workspace):
            found.append(directory)
    return sorted(found)


def _is_app(directory: PurePosixPath, workspace: Workspace) -> bool:
    path = directory / "pubspec.yaml"
    try:
        if not any(workspace.is_folder(directory / one.value) for one in Platform):
            return False
        pubspec = parse_pubspec(workspace.read_text(path, limit=MAX_BYTES) or "", where=str(path))
    except ActionError:
        return True
    return pubspec.is_flutter and not pubspec.is_plugin


def _find_melos(
    folder: PurePosixPath, workspace: Workspace
) -> tuple[PurePosixPath, tuple[str, ...]]:
    """Return the folder with the nearest melos configuration, and the patterns it ignores."""
    for root in (folder, *folder.parents):
        for name in (MELOS, "pubspec.yaml"):
            try:
                text = workspace.read_text(root / name, limit=MAX_BYTES)
            except ActionError:
                continue
            ignored = None if text is None else list_ignored_by_melos(text, name)
            if ignored is not None:
                return root, ignored
    return folder, ()
