"""Every regular expression of the source, and input that makes a slow one slow."""

import ast
import importlib
import random
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from job import ROOT

SOURCE = ROOT / "src"
_METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}
_ANCHORED = {"match", "fullmatch"}
_TABLES_OF_PATHS = {"SCRIPT_PARSERS"}  # whose patterns are matched with a whole path
_SMALL, _LARGE = 400, 1_600  # characters
_RATIO = 8.0  # four times the characters take 4 times as long in linear, 16 times in quadratic time
_NOTICEABLE_S = 0.0008
_SCREENED, _SUSPICIOUS_S = 800, 0.0003  # characters and seconds of the first look
_FEW, _EXPONENTIAL_S = 20, 0.02  # repetitions and seconds
_COMMON = (
    " ", "\t", "\n", "\r\n", "a", "A", "1", "_", "é", ".", ",", ":", ";", "=", "-", "/", "#",
    "(", ")", "[", "{", "<", '"', "'", "`", "$", "\\", "${", "${{", "$(", "/*", "*/", "//",
    "<!--", '"""', "a ", " a", "a.", "a,", "a=", "a(", "a\n", " \n", '"a', "[a](",
)  # fmt: skip
_BY_CATEGORY = {
    "CATEGORY_SPACE": " ", "CATEGORY_NOT_SPACE": "a", "CATEGORY_DIGIT": "1",
    "CATEGORY_NOT_DIGIT": "a", "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": " ",
}  # fmt: skip
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_FROM_REPEAT = 20  # a shorter repetition cannot grow


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPattern:
    """A compiled pattern, where it is, and whether it is only applied at the start of a text."""

    where: str
    pattern: re.Pattern[Any]
    is_anchored: bool

    def run(self, text: str) -> float:
        """Return the seconds that applying it to all of the text takes."""
        subject = text if isinstance(self.pattern.pattern, str) else text.encode()
        began = time.process_time()
        if self.is_anchored:
            self.pattern.match(subject)
            self.pattern.fullmatch(subject)
        else:
            for _ in self.pattern.finditer(subject):
                pass
        return time.process_time() - began

    def find_growth(self) -> str | None:
        """Return the input for which it takes much longer than linear time; None if there is none."""
        for before, part, after in _craft_inputs(self.pattern):
            if self.run(before + part * _FEW + after) > _EXPONENTIAL_S:
                return f"{before!r} + {part!r} * n + {after!r}: exponential"
            if self.run(before + part * (_SCREENED // len(part)) + after) < _SUSPICIOUS_S:
                continue
            small, large = (
                before + part * (size // len(part)) + after for size in (_SMALL, _LARGE)
            )
            small_s, large_s = (min(self.run(text) for _ in range(5)) for text in (small, large))
            if large_s > _NOTICEABLE_S and large_s > _RATIO * small_s:
                return f"{before!r} + {part!r} * n + {after!r}: {small_s:.5f} s, {large_s:.5f} s"
        return None


@cache
def find_patterns() -> tuple[FoundPattern, ...]:
    """Return every pattern that a module compiles, or passes to a function of `re` as a literal."""
    found: dict[tuple[object, int, bool], FoundPattern] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            for one in _find_in_module(name, ast.parse(file.read_text())):
                found.setdefault((one.pattern.pattern, one.pattern.flags, one.is_anchored), one)
    return tuple(found.values())


def _find_in_module(name: str, tree: ast.Module) -> Iterator[FoundPattern]:
    module = importlib.import_module(name)
    for key, value in vars(module).items():
        for pattern in _find_in_value(value):
            used = _methods_by_name().get(f"{name}.{key}", frozenset())
            anchored = (bool(used) and used <= _ANCHORED) or key in _TABLES_OF_PATHS
            yield FoundPattern(where=f"{name}.{key}", pattern=pattern, is_anchored=anchored)
    for call in ast.walk(tree):
        if _is_literal_call(call):
            assert isinstance(call, ast.Call)
            assert isinstance(call.func, ast.Attribute)
            text = ast.literal_eval(call.args[0])
            yield FoundPattern(
                where=f"{name}:{call.lineno}",
                pattern=re.compile(text),
                is_anchored=call.func.attr in _ANCHORED,
            )


def _find_in_value(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _find_in_value(one, depth + 1)
    elif isinstance(value, dict):
        yield from _find_in_value(tuple(value.items()), depth + 1)


def _is_literal_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in _METHODS
        and isinstance(node.args[0], ast.Constant)
    )


@cache
def _methods_by_name() -> dict[str, frozenset[str]]:
    """By module and name of a pattern: the methods that this module calls on it or its items."""
    found: dict[str, set[str]] = {}
    for file in SOURCE.rglob("*.py"):
        module = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in _METHODS:
                base = node.value.value if isinstance(node.value, ast.Subscript) else node.value
                if isinstance(base, ast.Name):
                    found.setdefault(f"{module}.{base.id}", set()).add(node.attr)
    return {name: frozenset(methods) for name, methods in found.items()}


def _craft_inputs(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (before, part, after): what stands before a repetition, and what it repeats."""
    rng = random.Random(1)  # noqa: S311 - the same every time
    parser: Any = importlib.import_module("re._parser")
    tree = parser.parse(pattern.pattern, pattern.flags)
    pairs = {("", part) for part in _COMMON}
    pairs |= {("", _sample(tree, rng)) for _ in range(3)}
    pairs |= set(_find_repetitions(tree, "", rng))
    for before, part in sorted(pairs):
        if part:
            yield before, part, "\x01"
            yield before, part, ""


def _find_repetitions(
    tree: Iterable[Any], before: str, rng: random.Random
) -> Iterator[tuple[str, str]]:
    for operation, argument in tree:
        kind = str(operation)
        if kind in _REPEATS:
            _, most, inner = argument
            if int(most) > _FROM_REPEAT:
                for _ in range(3):
                    sample = _sample(inner, rng)
                    yield from ((before, sample), ("", before + sample))
            yield from _find_repetitions(inner, before, rng)
        for inner in _inner_trees(kind, argument):
            yield from _find_repetitions(inner, before, rng)
        before += _sample([(operation, argument)], rng)


def _inner_trees(kind: str, argument: Any) -> list[Any]:  # noqa: ANN401 - the parser's own
    match kind:
        case "SUBPATTERN":
            return [argument[3]]
        case "BRANCH":
            return list(argument[1])
        case "ATOMIC_GROUP":
            return [argument]
        case "ASSERT" | "ASSERT_NOT":
            return [argument[1]]
        case _:
            return []


def _sample(tree: Iterable[Any], rng: random.Random) -> str:
    """Return a short text that the tree matches, apart from its assertions."""
    return "".join(_sample_one(str(operation), argument, rng) for operation, argument in tree)


def _sample_one(kind: str, argument: Any, rng: random.Random) -> str:  # noqa: ANN401 - the parser's own
    if kind in _REPEATS:
        least, most, inner = argument
        times = max(int(least), min(int(most), rng.randint(0, 1)))
        return "".join(_sample(inner, rng) for _ in range(times))
    if kind in {"BRANCH", "SUBPATTERN", "ATOMIC_GROUP"}:
        return _sample(rng.choice(_inner_trees(kind, argument)), rng)
    match kind:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL" | "ANY":
            return "b" if argument == ord("a") else "a"
        case "IN":
            return _sample_class(argument, rng)
        case _:
            return ""


def _sample_class(items: Any, rng: random.Random) -> str:  # noqa: ANN401 - the parser's own
    if str(items[0][0]) == "NEGATE":
        candidates = [one for one in "a1 .-\n/\"'(=x,$" if not _is_in(one, items[1:])]
        return rng.choice(candidates or ["\x02"])
    kind, argument = rng.choice(items)
    match str(kind):
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return chr(argument[0])
        case _:
            return _BY_CATEGORY.get(str(argument), " ")


def _is_in(one: str, items: Any) -> bool:  # noqa: ANN401 - the parser's own
    for kind, argument in items:
        match str(kind):
            case "LITERAL":
                found = argument == ord(one)
            case "RANGE":
                found = argument[0] <= ord(one) <= argument[1]
            case _:
                found = _fits_category(one, str(argument))
        if found:
            return True
    return False


def _fits_category(one: str, category: str) -> bool:
    kinds = {"SPACE": one.isspace(), "DIGIT": one.isdigit(), "WORD": one.isalnum() or one == "_"}
    name = category.removeprefix("CATEGORY_")
    return not kinds[name.removeprefix("NOT_")] if name.startswith("NOT_") else kinds[name]
