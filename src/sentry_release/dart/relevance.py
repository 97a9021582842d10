"""Decide from its bytes whether a Dart file is relevant to any doctor rule."""

import re

from sentry_release.dart.source import DartSource

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
