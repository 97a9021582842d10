"""Claims about the structure of the source that neither ruff nor the import contracts can hold."""

import ast
import builtins
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from job import ROOT

SOURCE = ROOT / "src/sentry_release"
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 300, 40
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def parse_module(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def statements_in(path: Path) -> tuple[ast.AST, ...]:
    """The module and all its statements; no function and no class is within an expression."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [parse_module(path)]
    while waiting:
        found.append(node := waiting.pop())
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            below = getattr(node, name, ())
            waiting += below if isinstance(below, list) else ()
    return tuple(found)


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in statements_in(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def count_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function with its signature; a docstring makes both not count."""
    has_docstring = ast.get_docstring(node) is not None and len(node.body) > 1
    first = node.body[1] if has_docstring else node
    return (node.end_lineno or 0) - first.lineno + 1


def test_no_module_is_longer_than_the_limit() -> None:
    long = [path for path in MODULES if len(path.read_text().splitlines()) > MAX_MODULE_LINES]

    assert long == []


def test_no_function_is_longer_than_the_limit() -> None:
    long = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in MODULES
        for node in functions_in(path)
        if count_lines(node) > MAX_FUNCTION_LINES
    ]

    assert long == []


def test_every_module_has_a_docstring() -> None:
    assert [path for path in MODULES if not ast.get_docstring(parse_module(path))] == []


def test_the_architecture_page_names_every_package() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    packages = {path.parent.relative_to(SOURCE).parts[0] for path in SOURCE.glob("*/__init__.py")}

    assert packages
    assert {name for name in packages if f"<b>{name}</b>" not in page} == set()


def test_the_architecture_page_has_one_line_for_each_module() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    modules = {
        str(path.relative_to(SOURCE))
        for path in MODULES
        if path.name not in {"__init__.py", "__main__.py"}
    }

    lines = [row.partition("`")[2].partition("`")[0] for row in page.splitlines()]
    assert sorted(line for line in lines if line in modules) == sorted(modules)


def test_every_file_that_the_architecture_page_names_exists() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    named = re.findall(r"`([\w/.]+\.(?:py|js))`", page)

    assert named
    assert [one for one in named if not (SOURCE / one).exists() and not (ROOT / one).exists()] == []


def raised_in_docstring(text: str) -> Iterator[str]:
    """The names of errors in a docstring: under `Raises:`, and after the verb in a sentence."""
    section = re.search(r"^ *Raises:\n((?: +.*\n?)+)", text, re.MULTILINE)
    for line in section[1].splitlines() if section else ():
        yield from re.findall(r"\w+", line.partition(":")[0]) if ":" in line else ()
    yield from re.findall(r"\braises? (\w+Error)\b", text, re.IGNORECASE)


def imported_names(path: Path) -> set[str]:
    """What a module imports by name, such as the errors of a library."""
    return {
        one.name
        for node in statements_in(path)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }


def test_every_error_that_a_docstring_names_exists() -> None:
    classes = {
        node.name
        for path in MODULES
        for node in statements_in(path)
        if isinstance(node, ast.ClassDef)
    }
    named = [
        (path, error)
        for path in MODULES
        for node in statements_in(path)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Module)
        for error in raised_in_docstring(ast.get_docstring(node) or "")
        if error.endswith("Error")
    ]

    assert {error for _, error in named} >= {"WorkflowError", "ApiError", "ResponseLostError"}
    assert [
        f"{path.relative_to(SOURCE)}: {error}"
        for path, error in named
        if error not in {*classes, *imported_names(path)} and not hasattr(builtins, error)
    ] == []


def test_every_line_of_a_judged_mutant_exists() -> None:
    judged = tomllib.loads((ROOT / "tests/judged_mutants.toml").read_text())
    mutants = [*judged["equivalent"], *judged["accepted"]]

    stale = [
        one["before"]
        for one in mutants
        if one["before"] not in map(str.strip, (SOURCE / one["module"]).read_text().splitlines())
    ]

    assert mutants
    assert stale == []
