"""The actions below host/ are those of the root, but for how they are started."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from job import ROOT

FOLDER = ROOT / "host"
TWINS = {".": "host", "deploy": "host/deploy", "health": "host/health", "doctor": "host/doctor"}


def read(path: str) -> dict[str, dict[str, object]]:
    text = (ROOT / path).read_text("utf-8")
    return yaml.load(text, yaml.CBaseLoader)  # type: ignore[no-any-return] # noqa: S506 - texts only


@pytest.mark.parametrize(("container", "host"), TWINS.items())
def test_inputs_outputs_and_the_condition_of_the_post_step_are_the_same(
    container: str, host: str
) -> None:
    one, other = read(f"{container}/action.yml"), read(f"{host}/action.yml")

    assert list(other["inputs"].items()) == list(one["inputs"].items())
    assert list(other["outputs"].items()) == list(one["outputs"].items())
    assert other["runs"].get("post-if") == one["runs"].get("post-if")
    assert other.keys() == one.keys()


def test_every_action_file_is_in_step_with_the_table_of_inputs() -> None:
    files = import_module("action_files").action_files()

    assert {path: (ROOT / path).read_text("utf-8") for path in files} == files
    found = {*ROOT.glob("*/action.yml"), *ROOT.glob("host/*/action.yml"), ROOT / "action.yml"}
    assert {ROOT / path for path in files} == found


def test_githubs_marketplace_accepts_every_description() -> None:
    for path in import_module("action_files").action_files():
        assert len(str(read(str(path))["description"])) < 125


def test_node_starts_files_that_exist() -> None:
    runs = read("host/action.yml")["runs"]

    assert runs["using"] == "node24"
    assert runs.keys() == {"using", "main", "post", "post-if"}
    for stage in ("main", "post"):
        assert f"launch('{stage}')" in (FOLDER / str(runs[stage])).read_text("utf-8")


@pytest.mark.parametrize("name", ["deploy", "health", "doctor"])
def test_a_sub_action_has_no_post_step_and_starts_the_program_under_its_name(name: str) -> None:
    on_host, container = read(f"host/{name}/action.yml")["runs"], read(f"{name}/action.yml")["runs"]

    assert on_host == {"using": "node24", "main": "main.js"}
    assert f"launch('{name}')" in (FOLDER / name / "main.js").read_text("utf-8")
    assert container == {
        "using": "docker",
        "image": "../Dockerfile",
        "entrypoint": f"/action/{name}",
    }


def test_their_javascript_needs_nothing_but_node() -> None:
    needed = {
        path
        for file in FOLDER.rglob("*.js")
        for path in re.findall(r"require\('([^']+)'\)", file.read_text("utf-8"))
    }

    assert {Path(path).name for path in needed if not path.startswith("node:")} == {"launch"}


def test_the_pythons_that_they_take_are_those_that_are_tested() -> None:
    tested = read(".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]  # type: ignore[index]
    source = (FOLDER / "environment.py").read_text("utf-8")

    assert (tested[0], tested[-1]) == ("3.11", "3.14")
    assert "else (3, 11)" in source
    assert "<= (3, 14)" in source
    assert "CPython 3.11 to 3.14" in (FOLDER / "launch.js").read_text("utf-8")
