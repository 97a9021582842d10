"""The bytes of a Dart file -> the files of the workspace that it imports, exports or is made of."""

import re
from collections.abc import Collection, Iterator, Mapping

_PIECE = re.compile(
    rb"\s++|//[^\n]*+|/\*.*?\*/|\*/|\xef\xbb\xbf|\x23![^\n]*+"
    rb"|@[\w.$]++(?:\((?:[^()]|\([^()]*+\))*+\))?|library\b[^;]*+;|part\s++of\b[^;]*+;"
    rb"|(?:import|export|part)\b(?P<rest>[^;]*+);",
    re.DOTALL,
)
_URI = re.compile(rb"""(?P<quote>['"])(?P<uri>[^'"\n$]*)(?P=quote)""")
_LEAF = re.compile(
    r"\.(?:g|freezed|gen|mocks)\.dart$|(?:^|/)(?:firebase_options|l10n|app_localizations)\w*\.dart$"
)
_PACKAGE = "package:"


def imported(content: bytes) -> tuple[str, ...]:
    """
    The addresses of all directives, those of conditional imports as well.

    Only the head of the file is looked at, up to its first declaration: this is asked of every
    file of a project.

    Source: Dart Programming Language Specification 2.10, section Libraries and Scripts
    """
    found: list[str] = []
    at = 0
    while piece := _PIECE.match(content, at):
        at = piece.end()
        if rest := piece["rest"]:
            found += (one["uri"].decode("utf-8", "replace") for one in _URI.finditer(rest))
    return tuple(found)


def leads_to(uris: tuple[str, ...], *, of: str, libraries: Mapping[str, str]) -> Iterator[str]:
    """
    The files that the addresses mean, of those that lie in the workspace, there or not.

    Args:
        uris: As the file writes them.
        of: The path of that file, from the workspace.
        libraries: The `lib` folder of each local package, by its name.
    """
    folder = of.rpartition("/")[0]
    for uri in uris:
        if uri.startswith(_PACKAGE):
            package, _, rest = uri.removeprefix(_PACKAGE).partition("/")
            if package in libraries:
                yield joined(libraries[package], rest)
        elif uri and ":" not in uri:
            yield joined(folder, uri)


def joined(folder: str, path: str) -> str:
    """
    A path below a folder, without `.` and `..`.

    >>> joined("lib/src", "../app.dart")
    'lib/app.dart'
    """
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def reached_from(starts: Collection[str], graph: Mapping[str, tuple[str, ...] | None]) -> set[str]:
    """
    Every file of the graph that the imports lead to from the starts.

    Where they lead to a file that nobody could read, such as one that only the build generates,
    nobody knows what that imports: then all are reached. Generated files that import nothing of
    the app are told by their names.
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
