"""Find every app below a folder, for `name --all` and `doctor --all`."""

from pathlib import PurePosixPath

from sentry_release.errors import ActionError
from sentry_release.flutter.pub_workspace import (
    MELOS,
    NO_PACKAGES,
    list_ignored_by_melos,
    matches_pattern,
)
from sentry_release.flutter.pubspec import MAX_BYTES, parse_pubspec
from sentry_release.model.platform import Platform
from sentry_release.services import Services


def find_apps(folder: PurePosixPath, services: Services) -> list[PurePosixPath]:
    """
    Return the folders of apps: Flutter, with a platform, no plugin, not ignored by melos.

    A folder with an unreadable pubspec.yaml is included, so that its error gets reported.

    Raises:
        WorkflowError: The folder is outside the workspace.
    """
    root, ignored = _find_melos(folder, services)
    found = []
    for path in services.workspace.find_files("pubspec.yaml", below=folder, skip=NO_PACKAGES):
        directory = path.parent
        skipped = ignored and matches_pattern(directory.relative_to(root), ignored)
        if not skipped and _is_app(directory, services):
            found.append(directory)
    return sorted(found)


def _is_app(directory: PurePosixPath, services: Services) -> bool:
    path = directory / "pubspec.yaml"
    try:
        if not any(services.workspace.is_folder(directory / one.value) for one in Platform):
            return False
        pubspec = parse_pubspec(
            services.workspace.read_text(path, limit=MAX_BYTES) or "", where=str(path)
        )
    except ActionError:
        return True
    return pubspec.is_flutter and not pubspec.is_plugin


def _find_melos(folder: PurePosixPath, services: Services) -> tuple[PurePosixPath, tuple[str, ...]]:
    """Return the folder with the nearest melos configuration, and the patterns it ignores."""
    for root in (folder, *folder.parents):
        for name in (MELOS, "pubspec.yaml"):
            try:
                text = services.workspace.read_text(root / name, limit=MAX_BYTES)
            except ActionError:
                continue
            ignored = None if text is None else list_ignored_by_melos(text, name)
            if ignored is not None:
                return root, ignored
    return folder, ()
