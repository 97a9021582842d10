"""The house: imports only look down, the pure floors open no door, nothing grows too large."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import sentry_release
from stage import ROOT

HOUSE = ROOT / "src/sentry_release"
FLOORS = ("words", "facts", "decisions", "adapters", "doors", "story", "cli")
OUTSIDE = ("adapters", "doors")
MOVED = {"ci": "facts", "release": "decisions"}  # packages that are named after what they do
PURE = {"words", "facts", "decisions", "ci", "release"}
DOORS_ONLY = {
    "dotenv", "github", "io", "jinja2", "os", "random", "requests", "secrets", "signal", "socket",
    "ssl", "subprocess", "sys", "tempfile", "time", "urllib3",
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40  # lines
MODULES = sorted(HOUSE.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def name_of(path: Path) -> str:
    """`facts.config` for facts/config.py, `doors.sentry` for doors/sentry/__init__.py."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def floor_of(module: str) -> int:
    first = module.split(".", maxsplit=1)[0]
    return FLOORS.index(MOVED.get(first, first))


@cache
def imported(path: Path) -> set[str]:
    """Everything a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@cache
def imported_here(path: Path) -> set[str]:
    """The modules of the house that a module imports."""
    known = {name_of(module) for module in MODULES} - {""}
    found = set()
    for name in imported(path):
        inner = name.removeprefix("sentry_release.")
        candidates = {inner, inner.rpartition(".")[0]} & known
        found |= {max(candidates, key=len)} if candidates and inner != name else set()
    return found


def test_imports_only_look_down_or_sideways() -> None:
    looks_up = [
        f"{name_of(path)} imports {one}"
        for path in MODULES
        if name_of(path)
        for one in imported_here(path)
        if floor_of(one) > floor_of(name_of(path))
    ]

    assert looks_up == []


def test_no_module_comes_back_to_itself() -> None:
    graph = {name_of(path): imported_here(path) - {name_of(path)} for path in MODULES}

    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_doors_know_only_words_and_never_meet_decisions() -> None:
    strangers = [
        f"{name_of(path)} imports {one}"
        for path in MODULES
        if name_of(path).split(".")[0] in OUTSIDE
        for one in imported_here(path)
        if one.split(".")[0] not in {"words", *OUTSIDE}
    ]

    assert strangers == []


def test_the_pure_floors_open_no_door() -> None:
    doors = [
        f"{name_of(path)} imports {one}"
        for path in MODULES
        if name_of(path).split(".")[0] in PURE
        for one in imported(path)
        if one.split(".")[0] in DOORS_ONLY
    ]

    assert doors == []


def test_nothing_grows_too_large() -> None:
    modules = [
        name_of(path) for path in MODULES if len(path.read_text().splitlines()) > LONGEST_MODULE
    ]
    functions = [
        f"{name_of(path)}.{node.name}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - _body_starts(node) + 1 > LONGEST_FUNCTION
    ]

    assert modules + functions == []


def _body_starts(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The line of the signature, or, where there is a docstring, of what follows it."""
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and node.body[1:]:
        return node.body[1].lineno
    return node.lineno


def test_every_module_says_in_one_sentence_what_it_holds() -> None:
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(parsed(path))]

    assert silent == []


def test_the_map_names_every_floor() -> None:
    assert all(floor in (sentry_release.__doc__ or "") for floor in FLOORS)


def test_the_picture_of_the_architecture_names_every_module() -> None:
    picture = (ROOT / "docs/architecture.md").read_text()
    names = {name_of(path) for path in MODULES if path.stem != "__init__"}

    assert {name for name in names if name.rpartition(".")[2] not in picture} == set()
