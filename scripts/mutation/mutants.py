"""List the mutants of a module: each changes one operator, constant or condition."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path("src/sentry_release")
# Each comparison is negated and moved by one; further replacements find the same gaps.
_COMPARISONS = (
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
)
_ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul")
OPERATORS = (
    *(f"core/ReplaceComparisonOperator_{name}" for name in _COMPARISONS),
    *(f"core/ReplaceBinaryOperator_{name}" for name in _ARITHMETIC),
    *(f"core/ReplaceUnaryOperator_{name}" for name in ("Delete_Not", "Delete_USub")),
    *("core/ReplaceAndWithOr", "core/ReplaceOrWithAnd", "core/AddNot", "core/NumberReplacer"),
    *("core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue", "core/ZeroIterationForLoop"),
    *("core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak"),
)
Place = tuple[int, int]  # line and column


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """
    One change of a module below src/sentry_release.

    `function` is the first line of the function that contains it; 0 outside of functions.
    """

    module: str
    operator: str
    occurrence: int
    line: int
    function: int

    @property
    def package(self) -> str:
        """The package of the module."""
        return self.module.partition("/")[0]

    def code(self) -> str:
        """Return the text of the mutated module."""
        operator: Operator = cosmic_ray.plugins.get_operator(self.operator)()
        mutated: str | None = mutate_code(read_module(self.module), operator, self.occurrence)
        if mutated is None:
            raise RuntimeError(f"{self.module} has no such place")
        return mutated

    def change(self) -> tuple[str, str]:
        """Return the first line that differs, before and after."""
        pairs = zip(read_module(self.module).splitlines(), self.code().splitlines(), strict=False)
        before, after = next((one, other) for one, other in pairs if one != other)
        return before.strip(), after.strip()

    def key(self) -> str:
        """Identify the mutant in the results of an earlier run on the same source."""
        text = f"{self.module}\0{read_module(self.module)}\0{self.operator}\0{self.occurrence}"
        return sha256(text.encode()).hexdigest()[:16]


@cache
def read_module(module: str) -> str:
    """Return the text of a module."""
    return (ROOT / SOURCE / module).read_text()


def list_mutants(package: str) -> Iterator[Mutant]:
    """Return all mutants of a package, in the order of its modules."""
    for path in sorted((ROOT / SOURCE / package).rglob("*.py")):
        yield from mutate_module(str(path.relative_to(ROOT / SOURCE)))


def mutate_module(module: str) -> Iterator[Mutant]:
    """Return the mutants of a module; what says nothing about behaviour is left as it is."""
    text = read_module(module)
    tree = ast.parse(text)
    excluded = _list_excluded(tree)
    lines = text.splitlines()
    nodes = list(ast_nodes(get_ast(text)))
    for name in OPERATORS:
        operator: Operator = cosmic_ray.plugins.get_operator(name)()
        places: list[Place] = [
            start for node in nodes for start, _ in operator.mutation_positions(node)
        ]
        for occurrence, place in enumerate(places):
            is_marker = lines[place[0] - 1][place[1] :].startswith(
                "*,"
            )  # of keyword-only parameters
            if not is_marker and not any(first <= place < last for first, last in excluded):
                yield Mutant(
                    module=module,
                    operator=name,
                    occurrence=occurrence,
                    line=place[0],
                    function=_find_function(tree, place[0]),
                )


def _list_excluded(tree: ast.Module) -> list[tuple[Place, Place]]:
    """Return the places of annotations, decorators and `zip(strict=…)`."""
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign() | ast.arg():
                found.append(node.annotation)
            case ast.FunctionDef():
                found += [node.returns, *node.decorator_list]
            case ast.ClassDef():
                found += node.decorator_list
            case ast.keyword(arg="strict"):
                found.append(node.value)
            case _:
                pass
    return [
        ((one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0))
        for one in found
        if one is not None
    ]


def _find_function(tree: ast.Module, line: int) -> int:
    """Return the first line of the outermost function around a line, as code objects count it."""
    for node in ast.walk(tree):  # breadth first, so the outermost comes first
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            return min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return 0
