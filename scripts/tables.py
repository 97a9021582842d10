#!/usr/bin/env python3
"""Write the tables of inputs and outputs into README.md, between their markers."""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.config.input_table import INPUTS, get_group  # noqa: E402 - sys.path is set above
from sentry_release.config.inputs import ACTIONS, Command, Group, Input  # noqa: E402
from sentry_release.config.outputs import OUTPUTS  # noqa: E402

README = ROOT / "README.md"
_CALLED = {Command.RELEASE: "root"}


def with_tables(readme: str) -> str:
    """Return the README with the current tables of inputs and outputs."""
    for section, lines in (("inputs", _inputs()), ("outputs", _outputs())):
        text = "".join(f"{line}\n" for line in lines)
        pattern = re.compile(rf"(<!-- {section} -->\n).*?(<!-- /{section} -->)", re.DOTALL)
        readme = pattern.sub(partial(_between, text), readme)
    return readme


def _inputs() -> Iterator[str]:
    """Yield a table for each group of inputs, below a line with the actions that have them."""
    for group in Group:
        rows = {name: one for name, one in INPUTS.items() if get_group(name) is group}
        yield f"**{group}** ({_actions(_commands_of(rows))})"
        yield ""
        yield from ("| input | default | meaning |", "|---|---|---|")
        yield from (_row(name, one, _commands_of(rows)) for name, one in rows.items())
        yield ""


def _commands_of(rows: Mapping[str, Input]) -> tuple[Command, ...]:
    return tuple(one for one in ACTIONS if any(one in row.commands for row in rows.values()))


def _row(name: str, one: Input, commands: tuple[Command, ...]) -> str:
    variable = f"<br>`{one.variable}`" if one.variable and "${{" not in (one.default or "") else ""
    default = f"`{one.default}`" if one.default else ""
    own = tuple(command for command in ACTIONS if command in one.commands)
    only = "" if own == commands else f"Only {_actions(own)}. "
    return f"| `{name}`{variable} | {default} | {only}{one.description} |"


def _actions(commands: tuple[Command, ...]) -> str:
    if commands == ACTIONS:
        return "every action"
    return ", ".join(_CALLED.get(one, f"`/{one}`") for one in commands)


def _outputs() -> Iterator[str]:
    """Yield one table, with a column for the actions that set the output."""
    yield from ("| output | set by | meaning |", "|---|---|---|")
    for name, one in OUTPUTS.items():
        yield f"| `{name}` | {_actions(one.commands)} | {one.description} |"


def _between(text: str, markers: re.Match[str]) -> str:
    return markers[1] + text + markers[2]


def main() -> None:
    """Write the tables; with `--check`, fail if they differ."""
    before = README.read_text("utf-8")
    after = with_tables(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "README.md is not in step with the tables: run make tables")
    README.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
