"""The files of a build, sorted by what they are for: apps, debug files, maps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from sentry_release.model.platform import Platform
from sentry_release.model.upload import ByteReader
from sentry_release.upload.app_images import (
    Origin,
    ShippedImage,
    find_dart_code,
    find_images,
    parse_objects,
)
from sentry_release.upload.byte_readers import (
    ARCHIVE_MAGIC,
    ArchiveEntry,
    ObjectFormatError,
    open_archive,
)
from sentry_release.upload.debug_files import (
    MAPPING_PROPERTIES,
    MAX_MAP_SIZE,
    MAX_PROPERTIES_SIZE,
    DebugFileCandidate,
    is_obfuscation_map,
    is_r8_mapping,
    parse_mapping_ids,
)
from sentry_release.upload.locations import (
    LAYOUTS,
    WEB_FOLDER,
    FileRole,
    Location,
    get_app_folder,
    get_web_path,
    locate,
    may_be_obfuscation_map,
)

_AAB_SYMBOLS = "BUNDLE-METADATA/com.android.tools.build.debugsymbols/"
_HEAD = 4096  # bytes in which a text file is recognised


class FoundFile(ByteReader, Protocol):
    """A file that a search has found; `modified` are seconds since 1970."""

    @property
    def path(self) -> str:
        """Relative to the app's folder, with `/`."""

    @property
    def modified(self) -> float:
        """When its content last changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugMap:
    """A map of names: a Dart obfuscation map, or R8's mapping."""

    path: str
    reader: ByteReader
    modified: float


@dataclass(slots=True, kw_only=True)
class BuildContents:
    """
    What was found.

    `images` ship, in apps whose files changed at `app_times` (by path); `dart_code` is the code
    that was compiled from Dart, by app; `candidates` are debug
    files; `web_files` are scripts and source maps below the web root `web_folder`, by their path
    from there;
    `mapping_ids` are the ids by which the apps ask for an R8 mapping. `unreadable` names apps
    that could not be opened, `older` files that are older than this job.
    """

    images: list[ShippedImage] = field(default_factory=list)
    app_times: dict[str, float] = field(default_factory=dict)
    app_platforms: dict[str, Platform] = field(default_factory=dict)
    dart_code: dict[str, ByteReader] = field(default_factory=dict)
    candidates: list[DebugFileCandidate] = field(default_factory=list)
    web_files: dict[str, ByteReader] = field(default_factory=dict)
    web_folder: str = WEB_FOLDER
    obfuscation_maps: list[DebugMap] = field(default_factory=list)
    r8_mappings: list[DebugMap] = field(default_factory=list)
    mapping_ids: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)


def collect_build(
    files: Iterable[FoundFile],
    *,
    platforms: frozenset[Platform],
    newer_than: float | None,
    named_maps: frozenset[str] = frozenset(),
    web_folders: frozenset[str] = frozenset(),
) -> BuildContents:
    """
    Sort the files of a build.

    Args:
        files: All files below the app's folder.
        platforms: Whose files count.
        newer_than: Seconds since 1970; older files are of another job and do not count.
        named_maps: Paths of obfuscation maps that build commands name.
        web_folders: Folders besides build/web into which commands build for the web.
    """
    found = BuildContents()
    apps: dict[tuple[str, Platform], list[ArchiveEntry]] = {}
    roots = (WEB_FOLDER, *sorted(web_folders)) if Platform.WEB in platforms else ()
    for file in files:
        places = [one for one in locate(file.path) if one.platform in platforms]
        is_map = file.path in named_maps or may_be_obfuscation_map(file.path)
        web_path = get_web_path(file.path, roots)
        if newer_than is not None and file.modified < newer_than and (places or web_path):
            found.older.append(file.path)
        elif newer_than is None or file.modified >= newer_than:
            if web_path is not None:
                found.web_files[web_path] = file
                found.web_folder = file.path.removesuffix(f"/{web_path}")
            for place in places:
                _add(found, apps, place, file)
            if is_map:
                _add_obfuscation_map(found, file.path, file, file.modified)
    for (app, platform), entries in apps.items():
        _add_app(found, app, platform, entries)
    return found


def collect_requested(found: BuildContents, folder: str, files: Sequence[FoundFile]) -> None:
    """
    Add the files of a folder that `symbols-path` names, whatever their age, name and platform.

    Args:
        found: What was found so far; the files are added to it.
        folder: The folder, to be shown.
        files: The files below it, with paths relative to it.
    """
    for file in files:
        path = str(PurePosixPath(folder) / file.path)
        if file.path.endswith((".js", ".js.map")):
            found.web_files.setdefault(file.path, file)
        elif file.read_at(0, len(ARCHIVE_MAGIC)) == ARCHIVE_MAGIC:
            _add_debug_archive(found, path, file, prefix="", is_requested=True)
        elif file.path.endswith(".json"):
            _add_obfuscation_map(found, path, file, file.modified)
        elif file.path.endswith("mapping.txt") and is_r8_mapping(file.read_at(0, _HEAD)):
            found.r8_mappings.append(DebugMap(path=path, reader=file, modified=file.modified))
        else:
            _add_objects(found, path, file, is_requested=True)


def _add(
    found: BuildContents,
    apps: dict[tuple[str, Platform], list[ArchiveEntry]],
    place: Location,
    file: FoundFile,
) -> None:
    match place.role:
        case FileRole.APP_ARCHIVE:
            _add_app_archive(found, place.platform, file)
        case FileRole.APP_FILE:
            app = get_app_folder(place, file.path)
            parent = str(PurePosixPath(app).parent)
            entry = ArchiveEntry(path=file.path.removeprefix(f"{parent}/"), reader=file)
            apps.setdefault((app, place.platform), []).append(entry)
            found.app_times[app] = max(found.app_times.get(app, file.modified), file.modified)
        case FileRole.DEBUG_FILE:
            _add_objects(found, file.path, file)
        case FileRole.DEBUG_ARCHIVE:
            _add_debug_archive(found, file.path, file, prefix="")
        case FileRole.R8_MAPPING if is_r8_mapping(file.read_at(0, _HEAD)):
            found.r8_mappings.append(DebugMap(path=file.path, reader=file, modified=file.modified))
        case _:
            pass  # a mapping.txt that is none


def _add_app(
    found: BuildContents, app: str, platform: Platform, entries: Sequence[ArchiveEntry]
) -> None:
    found.app_platforms[app] = platform
    found.images += find_images(app, entries, LAYOUTS[platform])
    code = find_dart_code(entries, LAYOUTS[platform])
    if code is not None:
        found.dart_code[app] = code


def _add_app_archive(found: BuildContents, platform: Platform, file: FoundFile) -> None:
    try:
        entries = open_archive(file)
    except (ObjectFormatError, OSError):
        found.unreadable.append(file.path)
        return
    found.app_times[file.path] = file.modified
    _add_app(found, file.path, platform, entries)
    for entry in entries:
        if entry.path.removeprefix("base/") == MAPPING_PROPERTIES:
            found.mapping_ids += _find_mapping_ids(entry.reader)
    _add_entries(found, file.path, entries, prefix=_AAB_SYMBOLS)


def _find_mapping_ids(reader: ByteReader) -> tuple[str, ...]:
    try:
        return parse_mapping_ids(reader.read_at(0, MAX_PROPERTIES_SIZE))
    except ObjectFormatError:
        return ()


def _add_debug_archive(
    found: BuildContents, path: str, file: FoundFile, *, prefix: str, is_requested: bool = False
) -> None:
    try:
        entries = open_archive(file)
    except (ObjectFormatError, OSError):
        found.unreadable.append(path)
        return
    _add_entries(found, path, entries, prefix=prefix, is_requested=is_requested)


def _add_entries(
    found: BuildContents,
    path: str,
    entries: Sequence[ArchiveEntry],
    *,
    prefix: str,
    is_requested: bool = False,
) -> None:
    for entry in entries:
        if entry.path.startswith(prefix):
            _add_objects(found, f"{path}/{entry.path}", entry.reader, is_requested=is_requested)


def _add_objects(
    found: BuildContents, path: str, reader: ByteReader, *, is_requested: bool = False
) -> None:
    try:
        objects = parse_objects(reader)
    except (ObjectFormatError, OSError):
        return  # unpacks to too much, or is gone again
    found.candidates += [
        DebugFileCandidate(path=path, object=one, reader=reader, is_requested=is_requested)
        for one in objects
    ]


def _add_obfuscation_map(
    found: BuildContents, path: str, reader: ByteReader, modified: float
) -> None:
    """A JSON file is read as a whole only if it begins like a map."""
    if reader.size > MAX_MAP_SIZE or not reader.read_at(0, 64).lstrip().startswith(b"["):
        return
    if is_obfuscation_map(reader.read_at(0, reader.size)):
        found.obfuscation_maps.append(DebugMap(path=path, reader=reader, modified=modified))


def find_dart_ids(found: BuildContents, obfuscation_map: DebugMap) -> tuple[str, ...]:
    """
    Return the debug ids that an obfuscation map is for: those of the Dart images of one platform.

    Each build writes its own map. If several platforms were built, it is that of the app that
    was finished next; without an app, the ids are those of Dart's symbol files.
    """
    dart = [one for one in found.images if one.origin is Origin.DART]
    if not dart:
        named = [one for one in found.candidates if PurePosixPath(one.path).suffix == ".symbols"]
        return tuple(dict.fromkeys(one.object.debug_id for one in named))
    after = {app: found.app_times[app] - obfuscation_map.modified for app in found.app_times}
    apps = sorted({one.app for one in dart}, key=lambda app: (after[app] < 0, abs(after[app])))
    platform = found.app_platforms[apps[0]]
    ids = [one.object.debug_id for one in dart if found.app_platforms[one.app] is platform]
    return tuple(dict.fromkeys(ids))
