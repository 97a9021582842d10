"""List the mutants of a module: each changes one operator, constant or condition."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
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
_ASSIGNMENT = re.compile(r"\w+ :=")  # `not` before it is not valid Python
Ordinals = Counter[tuple[str, str, str]]  # of operator, function and text
Place = tuple[int, int]  # line and column


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """
    One change of a module below src/sentry_release.

    `function` is the qualified name of the function that contains it; empty outside of functions.
    `text` is that of the function, or of the statement outside of functions, and `ordinal` counts
    the same changes in it: these identify a mutant even if its function has moved. `is_default` is
    true for a default value or decorator of the function.
    """

    module: str
    operator: str
    occurrence: int
    line: int
    function: str
    text: str
    ordinal: int
    is_default: bool

    @property
    def package(self) -> str:
        """The package of the module."""
        return self.module.partition("/")[0]

    def code(self) -> str:
        """Return the text of the mutated module."""
        return _mutate(self.module, self.operator, self.occurrence)

    def change(self) -> tuple[str, str]:
        """Return the first line that differs, before and after."""
        pairs = zip(read_module(self.module).splitlines(), self.code().splitlines(), strict=False)
        before, after = next((one, other) for one, other in pairs if one != other)
        return before.strip(), after.strip()

    def key(self) -> str:
        """Identify the mutant in the results of earlier runs: it changes if its function does."""
        place = (self.package, self.function, self.text, self.operator, str(self.ordinal))
        return sha256("\0".join(place).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _mutate(module: str, name: str, occurrence: int) -> str:
    operator: Operator = cosmic_ray.plugins.get_operator(name)()
    mutated: str | None = mutate_code(read_module(module), operator, occurrence)
    if mutated is None:
        raise RuntimeError(f"{module} has no such place")
    return mutated


@cache
def read_module(module: str) -> str:
    """Return the text of a module."""
    return (ROOT / SOURCE / module).read_text()


def list_mutants(package: str) -> Iterator[Mutant]:
    """Return all mutants of a package, in the order of its modules."""
    ordinals: Ordinals = Counter()
    for path in sorted((ROOT / SOURCE / package).rglob("*.py")):
        yield from mutate_module(str(path.relative_to(ROOT / SOURCE)), ordinals)


def order_by_seed(mutants: Iterable[Mutant], seed: int) -> list[Mutant]:
    """Return the mutants in a random order, which stays the same for those that do not change."""
    return sorted(mutants, key=lambda one: sha256(f"{seed} {one.key()}".encode()).digest())


def mutate_module(module: str, ordinals: Ordinals) -> Iterator[Mutant]:
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
            rest = lines[place[0] - 1][place[1] :]
            is_marker = rest.startswith(("*,", "/,", "/)"))  # of kinds of parameters
            is_invalid = name == "core/AddNot" and _ASSIGNMENT.match(rest)
            function, around, body = _find_function(tree, place[0])
            block = "\n".join(lines[around.lineno - 1 : around.end_lineno])
            ordinals[name, function, block] += 1
            if (
                not is_marker
                and not is_invalid
                and not any(first <= place < last for first, last in excluded)
            ):
                yield Mutant(
                    module=module,
                    operator=name,
                    occurrence=occurrence,
                    line=place[0],
                    function=function,
                    text=block,
                    ordinal=ordinals[name, function, block],
                    is_default=place[0] < body,
                )


def _list_excluded(tree: ast.Module) -> list[tuple[Place, Place]]:
    """
    Return the places of annotations, decorators, `zip(strict=…)` and `[:80]`.

    The latter cuts a value that a message quotes, and no claim depends on its exact length.
    """
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
            case ast.Slice(lower=None, upper=ast.Constant(value=80)):
                found.append(node.upper)
            case _:
                pass
    return [
        ((one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0))
        for one in found
        if one is not None
    ]


def _find_function(tree: ast.Module, line: int) -> tuple[str, ast.stmt, int]:
    """
    Return the qualified name and node of the outermost function around a line, and its first line.

    The line is that of its body. Outside of functions, the name is empty, and the node is the
    statement.
    """
    names: list[str] = []
    body: list[ast.stmt] = tree.body
    while True:
        around = next(one for one in body if _first_line(one) <= line <= (one.end_lineno or 0))
        match around:
            case ast.FunctionDef():
                return ".".join((*names, around.name)), around, _first_line(around.body[0])
            case ast.ClassDef() if any(
                _first_line(one) <= line <= (one.end_lineno or 0) for one in around.body
            ):
                names.append(around.name)
                body = around.body
            case _:
                return "", around, 0


def _first_line(node: ast.stmt) -> int:
    """Return the line of the first decorator, or of the statement itself."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
