#!/usr/bin/env python3
"""Measure the architecture: sizes, names, and the calls from the entry point to a request."""

import ast
import re
import socket
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "lab", "tests")]
PACKAGE = ROOT / "src/sentry_release"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
# Conversions count as well: `as_`, `to_`, `from_`, and `with_` for a changed copy.
VERBS = frozenset(
    """
    accept add allow allows analyse annotate append apply are as ask assign avoid become begin begins
    belongs blank build call can capitalize change check choose classify clean clear close collect
    combine commit compare compile complete compute concerns connect contains continues convert copy
    count covers create cut decide decode deduplicate delete deliver deploy deploys describe detect
    differs divides do draw drop drops encode end ends ensure enter escape evaluate exclude excludes
    exec exit expand explain export extract fetch fill filter finalize find finish fix flatten forget
    format from generate get give group guard handle has have hold holds identify ignore include infer
    initializes insert install interrupt invert is iterate join keep keeps lacks leave let limit link
    links list load log look lower main make map mask match matches may measure mentions merge mkdir
    move must name narrow need needs normalize note notify open opens order overlaps pack parse
    pass pause pick plan post prefer preload prepare preview print prove publish put put_back query
    quote raise read rebin receive recognize record redact refuse register reject release remove
    rename render repeat replace report request require reset resolve restore retry return round run
    runs save scan search select send serve set sets should show shorten shows simplify skip sleep
    slice sort split start starts stays stop store strip substitute sum supports take tell test to
    trace transform translate trim truncate try unescape unquote update upload uploads use uses
    validate verify wait walk warn was watch will with wrap write writes
    """.split()  # noqa: SIM905 - a list of words is easier to read and to extend
)
CONFIG_ARGUMENTS = {"config", "context", "services"}


def parse_modules() -> Mapping[Path, ast.Module]:
    """Return the syntax tree of each module."""
    return {path: ast.parse(path.read_text()) for path in MODULES}


def list_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return functions and methods; special methods have names that Python gives."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not re.fullmatch(
            r"__\w+__", node.name
        ):
            yield node


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Check whether a function is a property: its name is a noun, as that of a field is."""
    return any(ast.unparse(one).endswith("property") for one in node.decorator_list)


def starts_with_verb(name: str) -> bool:
    """Check whether the first word of a name is a verb."""
    return name.strip("_").split("_")[0] in VERBS


def count_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function; with a docstring, those after it."""
    has_docstring = ast.get_docstring(node) is not None and len(node.body) > 1
    first = node.body[1] if has_docstring else node
    return (node.end_lineno or 0) - first.lineno + 1


def takes_everything(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Check whether a function takes config, context and services together."""
    arguments = {
        one.arg for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    }
    return arguments >= CONFIG_ARGUMENTS


def count_package_lines(package: str) -> int:
    """Return the lines of all modules of a package."""
    return sum(len(path.read_text().splitlines()) for path in (PACKAGE / package).rglob("*.py"))


def count_own_frames(frame: FrameType | None) -> int:
    """Return how many frames of a stack are in this package."""
    count = 0
    while frame is not None:
        count += frame.f_code.co_filename.startswith(str(PACKAGE))
        frame = frame.f_back
    return count


def measure_frames() -> int:
    """
    Run a job against the fake Sentry, and return the most own frames above a request.

    A request that is sent on another thread has the frames of the main thread above it as well.
    """
    from fake_sentry import FakeServers
    from job import Job

    found = [0]
    send = socket.socket.sendall

    def send_and_count(self: socket.socket, data: bytes, flags: int = 0) -> None:
        frames = sys._current_frames()  # noqa: SLF001 - the stack is what is measured
        own = {threading.get_ident(), threading.main_thread().ident}
        if count_own_frames(frames[threading.get_ident()]):  # not a response of the fake servers
            count = sum(count_own_frames(frames[one]) for one in own if one in frames)
            found[0] = max(found[0], count)
        send(self, data, flags)

    with tempfile.TemporaryDirectory() as folder, FakeServers() as servers:
        job = Job.recorded("push", sentry=servers, folder=Path(folder))
        with mock.patch.object(socket.socket, "sendall", send_and_count):
            job.main()
    return found[0]


def describe_largest(sizes: Mapping[str, int]) -> str:
    """Return the largest of the sizes with its name."""
    name = max(sizes, key=lambda one: sizes[one])
    return f"{sizes[name]} ({name})"


def build_rows() -> list[tuple[str, str, str]]:
    """Return each figure with its value and its goal."""
    trees = parse_modules()
    functions = [(path, one) for path, tree in trees.items() for one in list_functions(tree)]
    named = [one for _, one in functions if not is_property(one)]
    verbs = sum(starts_with_verb(one.name) for one in named) / len(named)
    all_verbs = sum(starts_with_verb(one.name) for _, one in functions) / len(functions)
    twice = sorted(
        name for name, count in Counter(path.stem for path in MODULES).items() if count > 1
    )
    lines = {path.stem: len(path.read_text().splitlines()) for path in MODULES}
    sizes = {f"{path.stem}.{one.name}": count_lines(one) for path, one in functions}
    return [
        ("modules in src", str(len(MODULES)), "at most 185"),
        ("functions that start with a verb", f"{verbs:.0%}", "at least 65 %"),
        ("the same, properties among them", f"{all_verbs:.0%}", "at least 65 %"),
        ("module names that occur twice", ", ".join(twice) or "0", "0"),
        ("lines of adapters/http", str(count_package_lines("adapters/http")), "at most 350"),
        ("own frames from the entry point to a request", str(measure_frames()), "at most 10"),
        (
            "functions that take config, context and services together",
            str(sum(takes_everything(one) for _, one in functions)),
            "at most 10",
        ),
        ("lines of the largest module", describe_largest(lines), "at most 300"),
        ("lines of the largest function", describe_largest(sizes), "at most 40"),
    ]


def main() -> None:
    """Print the table; with `--names`, print the functions that do not start with a verb."""
    if "--names" in sys.argv:
        for path, tree in parse_modules().items():
            for one in list_functions(tree):
                if not is_property(one) and not starts_with_verb(one.name):
                    print(f"{path.relative_to(PACKAGE)}: {one.name}")
        return
    print("| | today | goal |\n|---|--:|--:|")
    for row in build_rows():
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
