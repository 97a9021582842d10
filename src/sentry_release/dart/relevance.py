"""The bytes of a Dart file -> whether it is worth reading for any rule of the doctor."""

import re

from sentry_release.dart.source import DartSource

_SENTRY = re.compile(rb"Sentry|sentry|SENTRY_")
_ROUTES = re.compile(
    rb"(?:Page|Go|Shell|initial|Auto)Route|ShellBranch|(?:from|has)Environment|initialLocation|pageBuilder"
    rb"|NavigatorObserver|enableAutoSessionTracking"
    rb"|static\s+const\s+(?:String\s+)?\w+\s*=\s*['\"]/[\w/:-]*['\"]\s*;"
)
# To search for few short words first is several times as fast as either pattern.
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
    """Whether it speaks of Sentry."""
    return any(hint in content for hint in _HINTS_OF_SENTRY) and bool(_SENTRY.search(content))


def mentions_routes(content: bytes) -> bool:
    """Whether it speaks of what makes a session on the web, or of a define."""
    return any(hint in content for hint in _HINTS_OF_ROUTES) and bool(_ROUTES.search(content))


def may_define_main(content: bytes) -> bool:
    """Whether it could hold a `main`, so that it is worth asking `defines_main`."""
    return (b"main(" in content or b"main (" in content) and bool(_MAIN_IN_BYTES.search(content))


def defines_main(dart: DartSource) -> bool:
    """Whether a `main` stands on the top level of the file."""
    depth = at = 0
    for found in _MAIN.finditer(dart.code):
        depth += dart.code.count("{", at, found.start()) - dart.code.count("}", at, found.start())
        at = found.start()
        if depth == 0:
            return True
    return False


def is_app_source(path: str) -> bool:
    """
    Whether people of the app wrote it and users run it: neither tests nor generated code.

    `path` counts from the `lib` it lies in, since the app itself may be somebody's example.

    >>> is_app_source("main.dart"), is_app_source("user.g.dart"), is_app_source("test/a.dart")
    (True, False, False)
    """
    *folders, name = path.split("/")
    return not name.endswith(_GENERATED) and _NOT_APP_SOURCE.isdisjoint(folders)
