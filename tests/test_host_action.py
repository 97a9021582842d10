"""host/action.yml is the action of the root, but for how it is started."""

import importlib.util
import re
from types import ModuleType

import yaml

from stage import ROOT

FOLDER = ROOT / "host"


def read(path: str) -> dict[str, dict[str, object]]:
    text = (ROOT / path).read_text("utf-8")
    return yaml.load(text, yaml.BaseLoader)  # type: ignore[no-any-return] # noqa: S506 - texts only


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("host_action", ROOT / "scripts/host_action.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_inputs_outputs_and_when_post_runs_are_the_same() -> None:
    root, host = read("action.yml"), read("host/action.yml")

    assert list(host["inputs"].items()) == list(root["inputs"].items())
    assert list(host["outputs"].items()) == list(root["outputs"].items())
    assert host["runs"]["post-if"] == root["runs"]["post-if"]
    assert host.keys() == root.keys()


def test_the_file_is_in_step() -> None:
    made = script().on_host((ROOT / "action.yml").read_text("utf-8"))

    assert (FOLDER / "action.yml").read_text("utf-8") == made


def test_node_starts_files_that_are_there() -> None:
    runs = read("host/action.yml")["runs"]

    assert runs["using"] == "node24"
    assert runs.keys() == {"using", "main", "post", "post-if"}
    for stage in ("main", "post"):
        assert f"launch('{stage}')" in (FOLDER / str(runs[stage])).read_text("utf-8")


def test_its_javascript_needs_nothing_but_node() -> None:
    needed = {
        name
        for file in FOLDER.glob("*.js")
        for name in re.findall(r"require\('([^']+)'\)", file.read_text("utf-8"))
    }

    assert {name for name in needed if not name.startswith("node:")} == {"./launch"}


def test_the_pythons_that_it_takes_are_those_that_are_tested() -> None:
    tested = read(".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]  # type: ignore[index]
    source = (FOLDER / "environment.py").read_text("utf-8")

    assert (tested[0], tested[-1]) == ("3.11", "3.14")
    assert "else (3, 11)" in source
    assert "<= (3, 14)" in source
    assert "CPython 3.11 to 3.14" in (FOLDER / "launch.js").read_text("utf-8")
