"""Claims about imports: which files of the workspace a Dart file reaches."""

import pytest

from sentry_release.dart.imports import (
    ImportGraph,
    find_imports,
    find_reachable_files,
    join_path,
    resolve_imports,
)

CONDITIONAL = b"""
import 'stub.dart'
    if (dart.library.js_interop) 'web.dart'
    if (dart.library.io) 'mobile.dart';
"""


@pytest.mark.parametrize(
    ("content", "uris"),
    [
        (b"import 'a.dart';\nexport \"b.dart\";\npart 'c.dart';", ("a.dart", "b.dart", "c.dart")),
        (b"// import 'x.dart';\nimport 'a.dart' as a show b, c;", ("a.dart",)),
        (b"/* one */ import 'a.dart';", ("a.dart",)),
        (b"/* one /* two */ import 'x.dart'; */ import 'a.dart';", ("a.dart",)),
        (b"/* import 'x.dart';", ()),
        (b"#!/usr/bin/env dart\n@A('b')\nlibrary a.b;\nimport 'a.dart';", ("a.dart",)),
        (b"part of 'x.dart';\nimport 'a.dart';", ("a.dart",)),
        (b"import 'a.dart';\nvoid main() {}\nimport 'x.dart';", ("a.dart",)),
        (b"import '$a.dart';", ()),
        (CONDITIONAL, ("stub.dart", "web.dart", "mobile.dart")),
        (b"", ()),
    ],
)
def test_the_directives_before_the_first_declaration_are_found(
    content: bytes, uris: tuple[str, ...]
) -> None:
    assert find_imports(content) == uris


@pytest.mark.parametrize(
    ("directive", "uri"),
    [
        ("import 'none.dart' if (dart.library.io) 'phone.dart';", "none.dart"),
        ("export 'none.dart' if (dart.library.js_interop) 'web.dart';", "web.dart"),
        (
            "import 'none.dart'\n  if (dart.library.io) 'phone.dart'\n"
            "  if (dart.library.html) 'web.dart' show start;",
            "web.dart",
        ),
        ("import 'none.dart' if (dart.library.io == 'false') 'web.dart';", "web.dart"),
        ("import 'none.dart' if (dart.library.html == 'false') 'phone.dart';", "none.dart"),
        ("import 'a.dart'; // if (dart.library.io) 'b.dart'", "a.dart"),
    ],
)
def test_a_browser_gets_one_file_of_a_conditional_import(directive: str, uri: str) -> None:
    assert find_imports(directive.encode(), on_web=True) == (uri,)


def test_a_browser_may_get_any_file_of_an_import_with_an_unknown_condition() -> None:
    directive = b"import 'a.dart' if (my.flag) 'b.dart';"

    assert find_imports(directive, on_web=True) == ("a.dart", "b.dart")


def test_uris_are_paths_below_the_importing_file_or_a_local_package() -> None:
    uris = ("../b.dart", "package:shop/c.dart", "package:http/http.dart", "dart:io", "", "./d.dart")

    found = resolve_imports(uris, of="lib/src/a.dart", libraries={"shop": "apps/shop/lib"})

    assert list(found) == ["lib/b.dart", "apps/shop/lib/c.dart", "lib/src/d.dart"]


@pytest.mark.parametrize(
    ("folder", "path", "joined"),
    [
        ("lib", "../a.dart", "a.dart"),
        ("lib", "../../a.dart", "../a.dart"),
        ("lib", "../../../a.dart", "../../a.dart"),
        ("../lib", "../a.dart", "../a.dart"),
        ("lib/src", "./..//a.dart", "lib/a.dart"),
    ],
)
def test_a_parent_folder_that_is_unknown_stays_in_a_path(
    folder: str, path: str, joined: str
) -> None:
    assert join_path(folder, path) == joined


@pytest.mark.parametrize(
    ("graph", "reached"),
    [
        ({"a": ("b",), "b": ("a", "c"), "c": (), "d": ("a",)}, {"a", "b", "c"}),
        ({"a": ("b.g.dart", "c"), "c": (), "d": ()}, {"a", "c"}),
        ({"a": ("c", "b.g.dart"), "c": ("d",), "d": (), "e": ()}, {"a", "c", "d"}),
        ({"a": ("b",), "c": ()}, {"a", "c"}),
        ({"a": ("b",), "b": None, "c": ()}, {"a", "b", "c"}),
    ],
    ids=["circle", "generated file", "generated file first", "missing file", "unreadable file"],
)
def test_files_are_reached_from_the_start_unless_an_import_is_unknown(
    graph: dict[str, tuple[str, ...] | None], reached: set[str]
) -> None:
    assert find_reachable_files(["a"], graph) == reached


@pytest.mark.parametrize(
    ("path", "neighbours"),
    [
        ("a", ("b", "c")),
        ("b", ("a", "c", "d")),
        ("d", ("c", "b")),
        ("e", ()),
        ("x", ("c", "b", "d")),
    ],
)
def test_neighbours_are_two_imports_away_in_either_direction(
    path: str, neighbours: tuple[str, ...]
) -> None:
    graph = ImportGraph({"a": ("b",), "b": (), "c": ("b", "x"), "d": ("c",), "e": (), "x": None})

    assert graph.find_neighbours(path) == neighbours
