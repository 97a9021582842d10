"""Read the Dart sources of an app and of its local packages, as far as a rule may need them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.references import (
    ImportGraph,
    find_referenced_names,
    mentions,
)
from sentry_release.doors.tree import Seen, contents_below
from sentry_release.facts.dart.imports import imported, is_conditional, leads_to, reached_from
from sentry_release.facts.dart.mask import dart
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.dart.speaking import (
    holds_main,
    is_judged,
    may_hold_main,
    names_routes,
    names_sentry,
)
from sentry_release.facts.doctor.depending import LocalPackage
from sentry_release.facts.doctor.subject import DartFile
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError

_LARGEST = 2 * 1024 * 1024  # bytes; what is larger was written by no human
_MOST_OF_SENTRY = 12 * 1024 * 1024  # bytes of all files that are decoded, which fits into 150 MB
_MOST_OF_OTHERS = 2 * 1024 * 1024
_MOST_THAT_REFER = 50  # files that set options by names of other files
_MOST_OF_ROUTES = 4 * 1024 * 1024
_SKIPPED = ("node_modules", "third_party", "cargokit")
_OF_APP = ("lib", "entrypoints")
_OF_PACKAGE = ("lib",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What was read, as facts.doctor.subject has it, and what was not."""

    dart: tuple[DartFile, ...]
    entry_points: frozenset[PurePosixPath]
    reached: frozenset[PurePosixPath]
    reached_on_web: frozenset[PurePosixPath]
    unread: tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    """Files that are worth decoding, while there is room for them."""

    room: int
    files: dict[str, bytes] = field(default_factory=dict)

    def takes(self, path: str, content: bytes) -> bool:
        if len(content) > self.room:
            return False
        self.room -= len(content)
        self.files[path] = content
        return True


@dataclass(slots=True)
class _Reading:
    """
    What is known so far; paths count from the workspace.

    `of_web` is the graph of those files whose imports are others in a browser, `shared_mains` are
    in packages, where a file of the app may export them.
    """

    libraries: Mapping[str, str]
    graph: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    of_web: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    mains: list[str] = field(default_factory=list)
    shared_mains: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    of_sentry: _Kept = field(default_factory=lambda: _Kept(_MOST_OF_SENTRY))
    of_routes: _Kept = field(default_factory=lambda: _Kept(_MOST_OF_ROUTES))


class TooLateError(Exception):
    """There are more sources than could be read in time."""


def sources_of(
    packages: Sequence[LocalPackage], world: World, *, until: float | None = None
) -> Sources:
    """
    The sources of the app, which is the first of the packages, and of the others.

    Every file is looked at as bytes, for its imports; decoded are those that speak of something.

    Args:
        packages: The app and what it is made of.
        world: The doors.
        until: When to give up, in seconds of the clock; None is never.

    Raises:
        TooLateError: That time has come.
    """
    reading = _Reading({one.name: _path(one.folder / "lib") for one in packages})
    for package in packages:
        is_app = package is packages[0]
        for name in _OF_APP if is_app else _OF_PACKAGE:
            folder = package.folder / name
            for seen in _files(folder, world):
                if until is not None and world.clock.seconds() > until:
                    raise TooLateError
                _note(reading, seen, _path(folder), is_app=is_app)
    return _found(reading, world)


def _files(folder: PurePosixPath, world: World) -> Iterator[Seen]:
    return contents_below(world.disk, folder, ends=(".dart",), skip=_SKIPPED, limit=_LARGEST)


def _note(reading: _Reading, seen: Seen, folder: str, *, is_app: bool) -> None:
    path, content = seen.path, seen.content
    judged = is_judged(path.removeprefix(folder))
    if content is None:
        reading.graph[path] = None
        reading.unread += [path] if judged else []
        return
    uris = imported(content)
    reading.graph[path] = tuple(leads_to(uris, of=path, libraries=reading.libraries))
    if is_conditional(content):
        uris = imported(content, on_web=True)
        reading.of_web[path] = tuple(leads_to(uris, of=path, libraries=reading.libraries))
    if may_hold_main(content) and holds_main(_decoded(content)):
        (reading.mains if is_app else reading.shared_mains).append(path)
    kept = reading.of_sentry if names_sentry(content) else reading.of_routes
    worth = judged and (kept is reading.of_sentry or names_routes(content))
    if worth and not kept.takes(path, content):
        reading.unread.append(path)


def _found(reading: _Reading, world: World) -> Sources:
    contents = reading.of_sentry.files | reading.of_routes.files
    files = {
        path: DartFile(path=PurePosixPath(path), dart=_decoded(contents[path])) for path in contents
    }
    for path, content in _referenced(reading, files, world).items():
        files[path] = DartFile(path=PurePosixPath(path), dart=_decoded(content))
    led_to = {path for paths in reading.graph.values() for path in paths or ()}
    starts = [*reading.mains, *(path for path in reading.shared_mains if path in led_to)]
    reached = _paths(reached_from(starts, reading.graph))
    of_web = reading.graph | reading.of_web
    on_web = _paths(reached_from(starts, of_web)) if reading.of_web else reached
    return Sources(
        dart=tuple(files[path] for path in sorted(files)),
        entry_points=_paths(reading.mains),
        reached=reached,
        reached_on_web=on_web,
        unread=tuple(reading.unread),
    )


def _referenced(reading: _Reading, files: Mapping[str, DartFile], world: World) -> dict[str, bytes]:
    """Files that say nothing of Sentry, but declare what its options are given, or call its start."""
    found: dict[str, bytes] = {}
    room = _MOST_OF_OTHERS
    named = ((path, find_referenced_names(files[path])) for path in reading.of_sentry.files)
    wanted = list(islice(((path, names) for path, names in named if names), _MOST_THAT_REFER))
    graph = ImportGraph(reading.graph) if wanted else None
    for path, names in wanted:
        for other in graph.find_neighbours(path) if graph else ():
            if other in files or other in found or not is_judged(other):
                continue
            content = _content(PurePosixPath(other), world)
            if content is not None and len(content) <= room and mentions(content, names):
                room -= len(content)
                found[other] = content
    return found


def _content(path: PurePosixPath, world: World) -> bytes | None:
    try:
        return world.disk.content(path, limit=_LARGEST)
    except ActionError:
        return None


def _decoded(content: bytes) -> Dart:
    return dart(content.decode("utf-8-sig", "replace"))


def _paths(found: Iterable[str]) -> frozenset[PurePosixPath]:
    return frozenset(map(PurePosixPath, found))


def _path(folder: PurePosixPath) -> str:
    return "" if folder == PurePosixPath() else str(folder)
