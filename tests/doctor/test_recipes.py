"""Claims about the recipes in the docs: the doctor finds nothing in them."""

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from broken_app import MAIN, PUBSPEC, doctor, write
from job import ROOT
from read_app import commands

RECIPES = {
    path.name: path.read_text() for path in sorted(ROOT.glob("examples/workflows/*.yml"))
} | {
    f"{page.stem} {number}": dedent(text)
    for page in (ROOT / "README.md", ROOT / "docs/recipes.md", ROOT / "docs/health.md")
    for number, text in enumerate(
        re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL), start=1
    )
}
OF_WEB = MAIN.replace("const SizedBox()", "App(observer: SentryNavigatorObserver())")
HEALTHY = "".join(
    line for line in OF_WEB.splitlines(keepends=True) if not re.search(r"options\.|final", line)
)


def whole(recipe: str) -> str:
    """The recipe as a workflow, where it is only a part of one."""
    if "jobs:" in recipe:
        return recipe
    job = "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n"
    head = "" if recipe.lstrip().startswith(("steps:", "strategy:")) else "    steps:\n"
    return job + head + indent(recipe, "    " if not head else "      ")


@pytest.mark.parametrize("folder", [".", pytest.param("apps/shop", marks=pytest.mark.large)])
@pytest.mark.parametrize("name", RECIPES)
def test_a_healthy_app_with_a_recipe_of_the_docs_is_healthy(
    tmp_path: Path, name: str, folder: str
) -> None:
    app = {"pubspec.yaml": PUBSPEC, "lib/main.dart": HEALTHY, "web/index.html": "<html></html>"}
    write(tmp_path / folder, app)
    write(tmp_path, {".github/workflows/ship.yml": whole(RECIPES[name])})

    output = doctor(tmp_path, f"--working-directory={folder}", "--json")

    assert [line for line in output.lines if ".github" in line or "error" in line] == []
    assert output.json["notes"] == []


def test_recipes_that_build_are_seen_to_build(tmp_path: Path) -> None:
    building = []
    for number, (name, text) in enumerate(RECIPES.items()):
        workspace = tmp_path / str(number)
        write(workspace, {"pubspec.yaml": PUBSPEC, ".github/workflows/ship.yml": whole(text)})
        if any("flutter build" in line for line in commands(workspace)):
            building.append(name)

    assert {"web.yml", "two-jobs.yml", "README 1"} <= set(building)
