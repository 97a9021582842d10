"""Decides which Dart files matter to a rule: by their bytes, and by the names that others use."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from sentry_release.dart.sentry_options import find_option_assignments, find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import find_enclosing_function, get_called_name
from sentry_release.doctor.app import DartFile

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
_MOST = 500  # files

Graph = Mapping[str, tuple[str, ...] | None]


def mentions_sentry(content: bytes) -> bool:
    """Return whether the file mentions Sentry."""
    return any(hint in content for hint in _HINTS_OF_SENTRY) and bool(_SENTRY.search(content))


def mentions_routes(content: bytes) -> bool:
    """Return whether the file mentions routes, which start sessions on the web, or a define."""
    return any(hint in content for hint in _HINTS_OF_ROUTES) and bool(_ROUTES.search(content))


def may_define_main(content: bytes) -> bool:
    """Return whether the file may define `main`; `defines_main` decides."""
    return (b"main(" in content or b"main (" in content) and bool(_MAIN_IN_BYTES.search(content))


def defines_main(dart: DartSource) -> bool:
    """Return whether the file has a top-level `main`."""
    depth = at = 0
    for found in _MAIN.finditer(dart.code):
        depth += dart.code.count("{", at, found.start()) - dart.code.count("}", at, found.start())
        at = found.start()
        if depth == 0:
            return True
    return False


def is_app_source(path: str) -> bool:
    """
    Return whether the file is hand-written code of the app: neither a test nor generated.

    `path` is relative to its `lib` folder, because the app itself may be an example project.

    >>> is_app_source("main.dart"), is_app_source("user.g.dart"), is_app_source("test/a.dart")
    (True, False, False)
    """
    *folders, name = path.split("/")
    return not name.endswith(_GENERATED) and _NOT_APP_SOURCE.isdisjoint(folders)


def find_referenced_names(file: DartFile) -> frozenset[str]:
    """Return the names of values, functions and callers that decide the SDK's options."""
    dart = file.dart
    found = {get_called_name(dart, one.value) for one in find_option_assignments(dart, _OPTIONS)}
    starts = [find_enclosing_function(file, init.call.start) for init in find_sentry_inits(dart)]
    found |= {function.name for function in starts if function and function.name != _ENTRY_POINT}
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
        further = [one for first in near for one in self._list_around(first)]
        found = dict.fromkeys((*near, *further))
        known = (one for one in found if one != path and self._imports.get(one) is not None)
        return tuple(islice(known, _MOST))

    def _list_around(self, path: str) -> tuple[str, ...]:
        return (*(self._imports.get(path) or ()), *self._importers.get(path, ()))[:_MOST]


def mentions(content: bytes, names: Iterable[str]) -> bool:
    """Return whether a file holds one of the names as a word."""
    return any(
        re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", content)
        for name in names
        if name.encode() in content
    )
