"""Dart files that set options of the SDK -> the names in them that other files explain."""

import re
from collections.abc import Iterable, Mapping

from sentry_release.doctor.analysis.declarations import called_name, enclosing_function
from sentry_release.facts.dart.options import inits, settings
from sentry_release.facts.doctor.subject import DartFile

_OPTIONS = (
    "enableAutoSessionTracking|enableNativeCrashHandling|autoInitializeNativeSdk|release|dist"
    "|beforeSend|sampleRate"
)
_SIMPLE = frozenset({"true", "false", "null"})
_MAIN = "main"
_MOST = 500  # files

Graph = Mapping[str, tuple[str, ...] | None]


def find_referenced_names(file: DartFile) -> frozenset[str]:
    """Return the names of values, functions and callers that decide what the SDK is given."""
    dart = file.dart
    found = {called_name(dart, one.value) for one in settings(dart, _OPTIONS)}
    starts = [enclosing_function(file, init.call.start) for init in inits(dart)]
    found |= {function.name for function in starts if function and function.name != _MAIN}
    return frozenset(name for name in found if name) - _SIMPLE


def find_neighbours(path: str, graph: Graph) -> list[str]:
    """
    Return the files around one: those it imports, with what these export, and its importers.

    Args:
        path: Of the file.
        graph: What every file imports; None for a file that could not be read.
    """
    imports = list(graph.get(path) or ())
    further = [one for first in imports for one in graph.get(first) or ()]
    importers = [one for one, found in graph.items() if found and path in found]
    around = [
        one for first in importers for one, found in graph.items() if found and first in found
    ]
    every = dict.fromkeys((*imports, *importers, *further, *around))
    return [one for one in every if one != path and graph.get(one) is not None][:_MOST]


def mentions(content: bytes, names: Iterable[str]) -> bool:
    """Return whether a file holds one of the names as a word."""
    return any(
        re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", content)
        for name in names
        if name.encode() in content
    )
