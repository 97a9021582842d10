"""Find the files of the workspace that a Dart file imports, exports or includes as parts."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

_PIECE = re.compile(
    rb"\s++|//[^\n]*+|(?P<comment>/\*)|\xef\xbb\xbf|\x23![^\n]*+"
    rb"|@[\w.$]++(?:\((?:[^()]|\([^()]*+\))*+\))?|library\b[^;]*+;|part\s++of\b[^;]*+;"
    rb"|(?:import|export|part)\b(?P<rest>[^;]*+);",
    re.DOTALL,
)
_URI = re.compile(rb"""(?P<quote>['"])(?P<uri>[^'"\n$]*)(?P=quote)""")
_CONFIGURED = re.compile(
    rb"""\bif\s*\(\s*(?P<name>[\w.]+)\s*(?:==\s*['"](?P<value>\w*)['"]\s*)?\)\s*"""
    rb"""(?P<quote>['"])(?P<uri>[^'"\n$]*)(?P=quote)"""
)
_LIBRARY = b"dart.library."
_NOT_IN_BROWSERS = {b"io", b"ffi", b"isolate", b"mirrors", b"cli"}
_COMMENT = re.compile(rb"/\*|\*/")
_LEAF = re.compile(
    r"\.(?:g|freezed|gen|mocks)\.dart$|(?:^|/)(?:firebase_options|l10n|app_localizations)\w*\.dart$"
)
_PACKAGE = "package:"
_MAX_NEIGHBOURS = 500  # files
Graph = Mapping[str, tuple[str, ...] | None]


def find_imports(content: bytes, *, on_web: bool = False) -> tuple[str, ...]:
    """
    Return the URIs of all directives, including conditional imports.

    Only the directives before the first declaration are parsed, because this runs for every file
    of a project.

    Args:
        content: The whole file.
        on_web: Whether to return only the web variant of a conditional import.

    Source: Dart Programming Language Specification 2.10, section Libraries and Scripts
    """
    found: list[str] = []
    at = 0
    while piece := _PIECE.match(content, at):
        at = _skip_comments(content, at) if piece["comment"] else piece.end()
        if rest := piece["rest"]:
            uris = [one["uri"] for one in _URI.finditer(rest)]
            chosen = _choose_web_import(rest) if on_web else None
            found += (one.decode("utf-8", "replace") for one in ([chosen] if chosen else uris))
    return tuple(found)


def has_conditional_imports(content: bytes) -> bool:
    """Return whether the imports on the web may differ from those on mobile."""
    return _LIBRARY in content


def _choose_web_import(rest: bytes) -> bytes | None:
    """
    Return the URI that a directive has on the web; None if that is unknown.

    Source: https://dart.dev/tools/pub/create-packages#conditionally-importing-and-exporting-library-files
    """
    for one in _CONFIGURED.finditer(rest):
        if not one["name"].startswith(_LIBRARY):
            return None
        is_there = one["name"].removeprefix(_LIBRARY) not in _NOT_IN_BROWSERS
        if is_there == (one["value"] in {None, b"true"}):
            return one["uri"]
    first = _URI.search(rest)
    return first["uri"] if first else None


def _skip_comments(content: bytes, start: int) -> int:
    """Return the end of a comment, including nested ones."""
    depth = 0
    for mark in _COMMENT.finditer(content, start):
        depth += 1 if mark[0] == b"/*" else -1
        if depth == 0:
            return mark.end()
    return len(content)


def resolve_imports(
    uris: tuple[str, ...], *, of: str, libraries: Mapping[str, str]
) -> Iterator[str]:
    """
    Yield the paths of the URIs that are in the workspace, whether the files exist or not.

    Args:
        uris: The URIs as written in the file.
        of: The path of that file, relative to the workspace.
        libraries: The `lib` folder of each local package, by package name.
    """
    folder = of.rpartition("/")[0]
    for uri in uris:
        if uri.startswith(_PACKAGE):
            package, _, rest = uri.removeprefix(_PACKAGE).partition("/")
            if package in libraries:
                yield join_path(libraries[package], rest)
        elif uri and ":" not in uri:
            yield join_path(folder, uri)


def join_path(folder: str, path: str) -> str:
    """
    Return a path below a folder, without `.` and `..`.

    >>> join_path("lib/src", "../app.dart")
    'lib/app.dart'
    """
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def find_reachable_files(
    starts: Collection[str], graph: Mapping[str, tuple[str, ...] | None]
) -> set[str]:
    """
    Return the files of the graph that the imports reach from the starts.

    The imports of a missing file, such as one that the build generates, are unknown: if one is
    reached, all files count as reached. Generated files that import nothing of the app are
    recognized by their names.
    """
    reached = set(starts)
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        imports = graph.get(path)
        if imports is None:
            if path not in graph and _LEAF.search(path):
                continue
            return set(graph)
        fresh = [one for one in imports if one not in reached]
        reached.update(fresh)
        waiting += fresh
    return reached & graph.keys()


class ImportGraph:
    """The imports and importers of every file that could be read."""

    def __init__(self, imports: Graph) -> None:
        """Invert the graph once; None stands for a file that could not be read."""
        self._imports = imports
        self._importers: dict[str, list[str]] = {}
        for path, found in imports.items():
            for one in found or ():
                self._importers.setdefault(one, []).append(path)

    def find_neighbours(self, path: str) -> tuple[str, ...]:
        """Return a file's imports and importers, and the imports and importers of these."""
        near = (*(self._imports.get(path) or ()), *self._importers.get(path, ()))
        further = [one for first in near for one in self._list_around(first)]
        found = dict.fromkeys((*near, *further))
        known = (one for one in found if one != path and self._imports.get(one) is not None)
        return tuple(islice(known, _MAX_NEIGHBOURS))

    def _list_around(self, path: str) -> tuple[str, ...]:
        return (*(self._imports.get(path) or ()), *self._importers.get(path, ()))[:_MAX_NEIGHBOURS]
