"""Finds names in option assignments that other files declare."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from sentry_release.dart.sentry_options import find_option_assignments, find_sentry_inits
from sentry_release.doctor.analysis.declarations import called_name, enclosing_function
from sentry_release.doctor.app import DartFile

_OPTIONS = (
    "enableAutoSessionTracking|enableNativeCrashHandling|autoInitializeNativeSdk|release|dist"
    "|beforeSend|sampleRate"
)
_SIMPLE = frozenset({"true", "false", "null"})
_MAIN = "main"
_MOST = 500  # files

Graph = Mapping[str, tuple[str, ...] | None]


def find_referenced_names(file: DartFile) -> frozenset[str]:
    """Return the names of values, functions and callers that decide the SDK's options."""
    dart = file.dart
    found = {called_name(dart, one.value) for one in find_option_assignments(dart, _OPTIONS)}
    starts = [enclosing_function(file, init.call.start) for init in find_sentry_inits(dart)]
    found |= {function.name for function in starts if function and function.name != _MAIN}
    return frozenset(name for name in found if name) - _SIMPLE


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
        further = [one for first in near for one in self._around(first)]
        found = dict.fromkeys((*near, *further))
        known = (one for one in found if one != path and self._imports.get(one) is not None)
        return tuple(islice(known, _MOST))

    def _around(self, path: str) -> tuple[str, ...]:
        return (*(self._imports.get(path) or ()), *self._importers.get(path, ()))[:_MOST]


def mentions(content: bytes, names: Iterable[str]) -> bool:
    """Return whether a file holds one of the names as a word."""
    return any(
        re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", content)
        for name in names
        if name.encode() in content
    )
