#!/usr/bin/env python3
"""action.yml -> the tables of inputs and outputs in README.md, between their marks."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_VARIABLE = re.compile(r" \[(SENTRY_[A-Z_]+)\]$")


def with_tables(readme: str, action: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """The text of the README with both tables as action.yml has them."""
    for section, table in (("inputs", _inputs(action)), ("outputs", _outputs(action))):
        pattern = re.compile(rf"(<!-- {section} -->\n).*?(<!-- /{section} -->)", re.DOTALL)
        readme = pattern.sub(lambda found, table=table: found[1] + table + found[2], readme)
    return readme


def _inputs(action: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    rows = ["| input | default | meaning |", "|---|---|---|"]
    for name, spec in action["inputs"].items():
        description = spec["description"]
        variable = _VARIABLE.search(description)
        meaning = _VARIABLE.sub("", description)
        read = f"<br>`{variable[1]}`" if variable else ""
        default = f"`{spec['default']}`" if spec.get("default") else ""
        rows.append(f"| `{name}`{read} | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def _outputs(action: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    rows = ["| output | meaning |", "|---|---|"]
    rows += [f"| `{name}` | {spec['description']} |" for name, spec in action["outputs"].items()]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write the tables; with `--check`, fail where they differ."""
    action = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)  # noqa: S506 - texts only
    before = README.read_text()
    after = with_tables(before, action)
    if "--check" in sys.argv:
        sys.exit(before != after and "README.md is not in step with action.yml: run make tables")
    README.write_text(after)


if __name__ == "__main__":
    main()
