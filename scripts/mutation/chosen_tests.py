"""Choose the tests that may notice a mutant, from which functions each test calls."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mutation.mutants import ROOT, Mutant, read_module

CALLS = ROOT / ".mutants/calls.json"
_IMPORT = "import"  # the name under which called_functions records what runs before all tests
MOST_SECONDS = 8.0
_MOST_TESTS = 500
_SLOWEST_S = 5.0  # a test that takes longer is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """
    The tests that call each function (`module:qualified.name`), the fastest first.

    `seconds` are those of each test, `imported` the functions that run before all tests, and
    `most_seconds` those that the tests of one mutant may take together.
    """

    by_function: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    imported: frozenset[str]
    most_seconds: float = MOST_SECONDS

    def without(self, name: str) -> "Tests":
        """Return the same without this test."""
        left = {
            function: [test for test in tests if test != name]
            for function, tests in self.by_function.items()
        }
        return replace(self, by_function=left)

    def sum_seconds(self, names: Sequence[str]) -> float:
        """Return how long these tests take."""
        return sum(self.seconds.get(name, 1.0) for name in names)

    def needs_import(self, mutant: Mutant) -> bool:
        """Return whether the change takes effect when its module is imported."""
        name = f"{mutant.module}:{mutant.function}"
        return not mutant.function or mutant.is_default or name in self.imported

    def choose(self, mutant: Mutant) -> list[str]:
        """Return the tests that may notice a mutant: those of its package first."""
        own: Sequence[str] = self._list_of_function(mutant) if mutant.function else ()
        if not own and self.needs_import(mutant):
            own = self._list_of_statement(mutant)
        folder = f"tests/{mutant.package}/"
        mirrored = [test for test in own if test.startswith(folder)]
        others = [test for test in own if not test.startswith(folder)]
        chosen: list[str] = []
        seconds = 0.0
        for test in [*mirrored, *others][:_MOST_TESTS]:
            seconds += self.seconds[test]
            if seconds > self.most_seconds:
                break
            chosen.append(test)
        return chosen

    def _list_of_function(self, mutant: Mutant) -> Sequence[str]:
        """Return the tests that call the function, even if its module has been renamed since."""
        own = self.by_function.get(f"{mutant.module}:{mutant.function}")
        if own is not None:
            return own
        ending = f":{mutant.function}"
        found = (
            tests
            for name, tests in self.by_function.items()
            if name.startswith(f"{mutant.package}/") and name.endswith(ending)
        )
        return next(found, ())

    def _list_of_statement(self, mutant: Mutant) -> list[str]:
        """
        Return the tests that call a function which reads what a statement assigns.

        If no function of the module does, they are those of the package, and those that call any
        function of the module.
        """
        prefix, folder = f"{mutant.module}:", f"tests/{mutant.package}/"
        readers = {prefix + name for name in _list_readers(mutant)}
        found = {test for name in readers for test in self.by_function.get(name, ())}
        if not found:
            found = {test for test in self.seconds if test.startswith(folder)}
            for name, tests in self.by_function.items():
                found |= {*tests} if name.startswith(prefix) else set()
        return sorted(found, key=self.seconds.__getitem__)


def _list_readers(mutant: Mutant) -> set[str]:
    """Return the functions of the module that read a name which the mutated statement assigns."""
    tree = ast.parse(read_module(mutant.module))
    assigned = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.lineno <= mutant.line <= (node.end_lineno or 0)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    classes = [(f"{one.name}.", one.body) for one in tree.body if isinstance(one, ast.ClassDef)]
    return {
        prefix + node.name
        for prefix, body in [("", tree.body), *classes]
        for node in body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(one, ast.Name) and one.id in assigned for one in ast.walk(node))
    }


def read_calls() -> Tests:
    """Return which functions each test calls, as it was recorded."""
    found: dict[str, dict[str, Any]] = json.loads(CALLS.read_text()) if CALLS.exists() else {}
    imported = frozenset(found.pop(_IMPORT, {"functions": ()})["functions"])
    seconds = {test: float(values["seconds"]) for test, values in found.items()}
    by_function: dict[str, list[str]] = {}
    for test in sorted(found, key=seconds.__getitem__):
        if seconds[test] < _SLOWEST_S:
            for function in found[test]["functions"]:
                by_function.setdefault(function, []).append(test)
    return Tests(by_function=by_function, seconds=seconds, imported=imported)
