"""Read the Dart sources of an app and of its local packages, as far as they matter to a rule."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.adapters.file_search import WalkedFile, walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.dart.imports import (
    ImportGraph,
    find_imports,
    find_reachable_files,
    has_conditional_imports,
    resolve_imports,
)
from sentry_release.dart.sentry_options import find_option_assignments, find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import find_enclosing_function, get_called_name
from sentry_release.doctor.app import DartFile
from sentry_release.doctor.scan.packages import LocalPackage
from sentry_release.errors import ActionError

_MAX_FILE_BYTES = 2 * 1024 * 1024  # bytes; larger files are generated
_MAX_SENTRY_BYTES = 12 * 1024 * 1024  # bytes of all decoded files, which keeps memory below 150 MB
_MOST_OF_OTHERS = 2 * 1024 * 1024
_MOST_THAT_REFER = 50  # files that set options through names from other files
_MAX_ROUTES_BYTES = 4 * 1024 * 1024
_SKIPPED = ("node_modules", "third_party", "cargokit")
_OF_APP = ("lib", "entrypoints")
_OF_PACKAGE = ("lib",)
_SENTRY = re.compile(rb"Sentry|sentry|SENTRY_")
_ROUTES = re.compile(
    rb"(?:Page|Go|Shell|initial|Auto)Route|ShellBranch|(?:from|has)Environment|initialLocation|pageBuilder"
    rb"|NavigatorObserver|enableAutoSessionTracking"
    rb"|static\s+const\s+(?:String\s+)?\w+\s*=\s*['\"]/[\w/:-]*['\"]\s*;"
)
# Searching for a few short words first is several times as fast as either pattern.
_HINTS_OF_SENTRY = (b"entry", b"SENTRY_")
_HINTS_OF_ROUTES = (
    b"Route",
    b"ShellBranch",
    b"Environment",
    b"initialLoc",
    b"pageBuilder",
    b"Observer",
    b"enableA",
    b"= '/",
    b'= "/',
)
_MAIN_LINE = r"^[ \t]*(?:@[\w.]++(?:\([^()\n]*+\))?[ \t]++)*+(?:external[ \t]+)?(?:[A-Za-z_][\w.]*(?:<[^;{}()\n]*>)?\??[ \t]+)?main[ \t]*\("
_MAIN = re.compile(_MAIN_LINE, re.MULTILINE)
_MAIN_IN_BYTES = re.compile(_MAIN_LINE.encode(), re.MULTILINE)
_GENERATED = (".g.dart", ".freezed.dart", ".gr.dart", ".config.dart", ".mocks.dart", ".pb.dart")
_NOT_APP_SOURCE = {
    "test", "test_driver", "integration_test", "example", "third_party", "cargokit", "generated"
}  # fmt: skip
_OPTIONS = (
    "enableAutoSessionTracking|enableNativeCrashHandling|autoInitializeNativeSdk|release|dist"
    "|beforeSend|sampleRate"
)
_SIMPLE = frozenset({"true", "false", "null"})
_ENTRY_POINT = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class DartFiles:
    """The Dart files that were read, and the paths of those that were not."""

    dart: tuple[DartFile, ...]
    entry_points: frozenset[PurePosixPath]
    reachable: frozenset[PurePosixPath]
    reachable_on_web: frozenset[PurePosixPath]
    unread: tuple[str, ...]


@dataclass(slots=True)
class _KeptFiles:
    """The files to decode, up to the size limit."""

    bytes_left: int
    files: dict[str, bytes] = field(default_factory=dict)

    def accept(self, path: str, content: bytes) -> bool:
        if len(content) > self.bytes_left:
            return False
        self.bytes_left -= len(content)
        self.files[path] = content
        return True


@dataclass(slots=True)
class _ScanState:
    """
    The state of the scan; paths are relative to the workspace.

    `of_web` is the graph of files whose imports differ in a browser; `shared_mains` are in
    packages, and a file of the app may export them.
    """

    libraries: Mapping[str, str]
    graph: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    of_web: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    mains: list[str] = field(default_factory=list)
    shared_mains: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    of_sentry: _KeptFiles = field(default_factory=lambda: _KeptFiles(_MAX_SENTRY_BYTES))
    of_routes: _KeptFiles = field(default_factory=lambda: _KeptFiles(_MAX_ROUTES_BYTES))


def collect_dart_files(
    packages: Sequence[LocalPackage], workspace: Workspace, *, check_time: Callable[[], object]
) -> DartFiles:
    """
    Return the Dart files of the app, which is the first package, and of the other packages.

    Every file is read as bytes, for its imports; files that mention something a rule needs are
    decoded.

    Args:
        packages: The app and its local packages.
        workspace: The files of the repository.
        check_time: Called before each file is read or parsed; raises if the time is over.
    """
    reading = _ScanState({one.name: _format_folder(one.folder / "lib") for one in packages})
    for package in packages:
        is_app = package is packages[0]
        for name in _OF_APP if is_app else _OF_PACKAGE:
            folder = package.folder / name
            for observed in _walk_dart_files(folder, workspace):
                check_time()
                _add_file(reading, observed, _format_folder(folder), is_app=is_app)
    return _build_dart_files(reading, workspace, check_time)


def _walk_dart_files(folder: PurePosixPath, workspace: Workspace) -> Iterator[WalkedFile]:
    return walk_files(workspace, folder, ends=(".dart",), skip=_SKIPPED, limit=_MAX_FILE_BYTES)


def _add_file(reading: _ScanState, observed: WalkedFile, folder: str, *, is_app: bool) -> None:
    path, content = observed.path, observed.content
    evaluated = _is_app_source(path.removeprefix(folder))
    if content is None:
        reading.graph[path] = None
        reading.unread += [path] if evaluated else []
        return
    uris = find_imports(content)
    reading.graph[path] = tuple(resolve_imports(uris, of=path, libraries=reading.libraries))
    if has_conditional_imports(content):
        uris = find_imports(content, on_web=True)
        reading.of_web[path] = tuple(resolve_imports(uris, of=path, libraries=reading.libraries))
    if _may_define_main(content) and _defines_main(_decode_dart(content)):
        (reading.mains if is_app else reading.shared_mains).append(path)
    kept = reading.of_sentry if _mentions_sentry(content) else reading.of_routes
    worth = evaluated and (kept is reading.of_sentry or _mentions_routes(content))
    if worth and not kept.accept(path, content):
        reading.unread.append(path)


def _build_dart_files(
    reading: _ScanState, workspace: Workspace, check_time: Callable[[], object]
) -> DartFiles:
    files: dict[str, DartFile] = {}
    for path, content in (reading.of_sentry.files | reading.of_routes.files).items():
        check_time()
        files[path] = DartFile(path=PurePosixPath(path), dart=_decode_dart(content))
    for path, content in _find_referenced_files(reading, files, workspace).items():
        check_time()
        files[path] = DartFile(path=PurePosixPath(path), dart=_decode_dart(content))
    led_to = {path for paths in reading.graph.values() for path in paths or ()}
    starts = [*reading.mains, *(path for path in reading.shared_mains if path in led_to)]
    reached = _list_paths(find_reachable_files(starts, reading.graph))
    of_web = reading.graph | reading.of_web
    on_web = _list_paths(find_reachable_files(starts, of_web)) if reading.of_web else reached
    return DartFiles(
        dart=tuple(files[path] for path in sorted(files)),
        entry_points=_list_paths(reading.mains),
        reachable=reached,
        reachable_on_web=on_web,
        unread=tuple(reading.unread),
    )


def _find_referenced_files(
    reading: _ScanState, files: Mapping[str, DartFile], workspace: Workspace
) -> dict[str, bytes]:
    """Return files without Sentry code that declare option values or call the SDK's start."""
    found: dict[str, bytes] = {}
    bytes_left = _MOST_OF_OTHERS
    named = ((path, _find_referenced_names(files[path])) for path in reading.of_sentry.files)
    referring = list(islice(((path, names) for path, names in named if names), _MOST_THAT_REFER))
    graph = ImportGraph(reading.graph) if referring else None
    for path, names in referring:
        for other in graph.find_neighbours(path) if graph else ():
            if other in files or other in found or not _is_app_source(other):
                continue
            content = _read_content(PurePosixPath(other), workspace)
            if content is not None and len(content) <= bytes_left and _mentions(content, names):
                bytes_left -= len(content)
                found[other] = content
    return found


def _read_content(path: PurePosixPath, workspace: Workspace) -> bytes | None:
    try:
        return workspace.read_bytes(path, limit=_MAX_FILE_BYTES)
    except ActionError:
        return None


def _decode_dart(content: bytes) -> DartSource:
    return parse_dart(content.decode("utf-8-sig", "replace"))


def _list_paths(found: Iterable[str]) -> frozenset[PurePosixPath]:
    return frozenset(map(PurePosixPath, found))


def _format_folder(folder: PurePosixPath) -> str:
    return "" if folder == PurePosixPath() else str(folder)


def _mentions_sentry(content: bytes) -> bool:
    """Return whether the file mentions Sentry."""
    return any(hint in content for hint in _HINTS_OF_SENTRY) and bool(_SENTRY.search(content))


def _mentions_routes(content: bytes) -> bool:
    """Return whether the file mentions routes, which start sessions on the web, or a define."""
    return any(hint in content for hint in _HINTS_OF_ROUTES) and bool(_ROUTES.search(content))


def _may_define_main(content: bytes) -> bool:
    """Return whether the file may define `main`; `_defines_main` decides."""
    return (b"main(" in content or b"main (" in content) and bool(_MAIN_IN_BYTES.search(content))


def _defines_main(dart: DartSource) -> bool:
    """Return whether the file has a top-level `main`."""
    depth = at = 0
    for found in _MAIN.finditer(dart.code):
        depth += dart.code.count("{", at, found.start()) - dart.code.count("}", at, found.start())
        at = found.start()
        if depth == 0:
            return True
    return False


def _is_app_source(path: str) -> bool:
    """
    Return whether the file is hand-written code of the app: neither a test nor generated.

    `path` is relative to its `lib` folder, because the app itself may be an example project.

    >>> _is_app_source("main.dart"), _is_app_source("user.g.dart"), _is_app_source("test/a.dart")
    (True, False, False)
    """
    *folders, name = path.split("/")
    return not name.endswith(_GENERATED) and _NOT_APP_SOURCE.isdisjoint(folders)


def _find_referenced_names(file: DartFile) -> frozenset[str]:
    """Return the names of values, functions and callers that decide the SDK's options."""
    dart = file.dart
    found = {get_called_name(dart, one.value) for one in find_option_assignments(dart, _OPTIONS)}
    starts = [find_enclosing_function(file, init.call.start) for init in find_sentry_inits(dart)]
    found |= {function.name for function in starts if function and function.name != _ENTRY_POINT}
    return frozenset(name for name in found if name) - _SIMPLE


def _mentions(content: bytes, names: Iterable[str]) -> bool:
    """Return whether a file holds one of the names as a word."""
    return any(
        re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", content)
        for name in names
        if name.encode() in content
    )
