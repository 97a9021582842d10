"""Every recipe of docs/ci-hosts.md is played: its commands, in order, in the environment of its host."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from builds import SHA, Build, variables
from fake_sentry import FakeServers, default_repository
from fake_sentry.state import Release
from job import ROOT

PAGE = (ROOT / "docs/ci-hosts.md").read_text()
SECRET = "SENTRY_AUTH_TOKEN"
RECIPES = ("GitLab", "Codemagic", "Bitrise", "Azure Pipelines", "fastlane", "Shorebird", "melos")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOTED = """\
import json, os, pathlib, sys
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
file = [word.partition("=")[2] for word in words if word.startswith("--dart-define-from-file=")]
defines = json.loads(pathlib.Path(file[0]).read_text()) if file else None
entry = {"name": name, "words": words, "folder": os.getcwd(), "defines": defines}
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(entry) + "\\n")
sys.exit(int(os.environ.get("EXIT_" + name.partition(".")[0].upper(), 0)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A script of a recipe: where and with which variables it is run."""

    script: str
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."


def blocks(heading: str) -> list[str]:
    """The blocks of code below a heading."""
    section = PAGE.split(f"\n## {heading}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    return [text for _, text in _BLOCK.findall(section)]


def recipe(heading: str) -> Any:  # noqa: ANN401 - whatever YAML it is
    """The one block of YAML below a heading."""
    (text,) = blocks(heading)
    return yaml.safe_load(text)


def of_gitlab() -> Iterator[Step]:
    """Each stage has one job; it has the variables of all, and the environment that it names."""
    config = recipe("GitLab")
    for number, stage in enumerate(config["stages"], start=1):
        job = config[stage]
        assert job["stage"] == stage
        base = config.get(job.get("extends"), {})
        environment = job.get("environment", {}).get("name", "")
        own = {"CI_ENVIRONMENT_NAME": environment, "CI_JOB_ID": str(number), "CI_JOB_NAME": stage}
        page = {"CI_JOB_URL": f"https://gitlab.com/acme/app/-/jobs/{number}"}
        lines = [*base.get("before_script", []), *job["script"]]
        yield Step(script="\n".join(lines), variables={**config["variables"], **own, **page})


def of_codemagic() -> Iterator[Step]:
    """The scripts of the one workflow."""
    (workflow,) = recipe("Codemagic")["workflows"].values()
    assert "sentry" in workflow["environment"]["groups"]
    for step in workflow["scripts"]:
        yield Step(script=step["script"], variables=workflow["environment"]["vars"])


def of_bitrise() -> Iterator[Step]:
    """The script steps of the one workflow."""
    config = recipe("Bitrise")
    values = {key: value for one in config["app"]["envs"] for key, value in one.items()}
    (workflow,) = config["workflows"].values()
    for step in workflow["steps"]:
        for inputs in (step.get("script@1") or {}).get("inputs", ()):
            yield Step(script=inputs["content"], variables=values)


def of_azure() -> Iterator[Step]:
    """The script steps of the one deployment job; a secret is in the environment only if mapped."""
    config = recipe("Azure Pipelines")
    (job,) = config["jobs"]
    steps = job["strategy"]["runOnce"]["deploy"]["steps"]
    assert steps[0] == {"checkout": "self"}
    for step in steps:
        mapped = step.get("env", {})
        assert set(mapped.values()) <= {f"$({SECRET})"}
        hidden = {} if SECRET in mapped else {SECRET: ""}
        own = {"ENVIRONMENT_NAME": job["environment"], "AGENT_TOOLSDIRECTORY": "/nowhere"}
        if "script" in step:
            yield Step(script=step["script"], variables={**config["variables"], **own, **hidden})


def of_fastlane() -> Iterator[Step]:
    """What the lane does, in order, with a deploy in place of the upload."""
    (lane,) = blocks("fastlane")
    for shell, action in re.findall(r'^ +(?:sh\("(.*)"\)|(upload_\w+)\(.*\))$', lane, re.MULTILINE):
        script = shell or ("cd ../.. && ./deploy.sh" if action else "false")
        yield Step(script=script, folder="ios/fastlane")


def of_shorebird() -> Iterator[Step]:
    """The first of the two blocks, line by line."""
    for line in blocks("Shorebird")[0].splitlines():
        yield Step(script=line)


def of_melos() -> Iterator[Step]:
    """Each script, as melos runs it in the folder of the one package."""
    own = {"MELOS_PACKAGE_NAME": "shop"}
    for script in recipe("melos")["scripts"].values():
        yield Step(script=script["exec"], variables=own, folder="apps/shop")


PLAYED = {
    "GitLab": ("gitlab", of_gitlab),
    "Codemagic": ("codemagic", of_codemagic),
    "Bitrise": ("bitrise", of_bitrise),
    "Azure Pipelines": ("azure", of_azure),
    "fastlane": ("jenkins", of_fastlane),
    "Shorebird": ("codemagic", of_shorebird),
    "melos": ("circleci", of_melos),
}


@dataclass(slots=True, kw_only=True)
class Machine:
    """A machine of a host: the programs of the recipes write down how they were called."""

    home: Path
    work: Path
    sentry: FakeServers

    @classmethod
    def made(cls, folder: Path, sentry: FakeServers) -> "Machine":
        """A machine with a checkout of the app on it."""
        machine = cls(home=folder / "home", work=folder / "work", sentry=sentry)
        for inner in ("apps/shop", "ios/fastlane"):
            (machine.work / inner).mkdir(parents=True)
        (machine.home / ".local/bin").mkdir(parents=True)
        for name in ("pip", "brew", "uv", "git", "flutter", "shorebird"):
            machine.put(f"home/.local/bin/{name}", _NOTED)
        machine.put("work/deploy.sh", _NOTED)
        start = (
            f"import runpy\nrunpy.run_path({str(ROOT / 'entrypoint.py')!r}, run_name='__main__')\n"
        )
        machine.put("home/.local/bin/sentry-release", start)
        return machine

    def put(self, path: str, text: str) -> None:
        """Put a program on the machine."""
        program = self.home.parent / path
        program.write_text(f"#!{sys.executable}\n{text}")
        program.chmod(0o755)

    def run(self, step: Step, values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a script as a host does: in a shell that ends at the first failure."""
        path = f"{self.home / '.local/bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(  # noqa: S603 - the page's own words
            ["/bin/bash", "-e", "-c", step.script],
            cwd=self.work / step.folder,
            env={
                **values,
                **step.variables,
                "PATH": path,
                "HOME": str(self.home),
                "CALLS": str(self.home / "calls"),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def calls(self) -> list[dict[str, Any]]:
        """How the programs were called."""
        return [json.loads(line) for line in (self.home / "calls").read_text().splitlines()]


@pytest.fixture
def sentry() -> Iterator[FakeServers]:
    """A Sentry whose repository goes by the names that the integrations give it."""
    with named_sentry() as fake_server:
        yield fake_server


def named_sentry() -> FakeServers:
    return FakeServers(
        repositories=tuple(default_repository(name) for name in ("acme/app", "Acme / Shop", "app"))
    )


def environ_of(heading: str, machine: Machine) -> dict[str, str]:
    """The variables of a recipe's host, where its app lies on the machine."""
    pubspec = "name: shop\nversion: 1.4.0+27\n"
    (machine.work / "pubspec.yaml").write_text(pubspec)
    (machine.work / "apps/shop/pubspec.yaml").write_text(pubspec)
    head = machine.sentry.repository.branches["main"]
    host, _ = PLAYED[heading]
    values = {key: value.replace(SHA, head) for key, value in variables(host).items()}
    values |= {"SENTRY_URL": machine.sentry.url, SECRET: machine.sentry.token}
    if heading in {"fastlane", "Shorebird", "melos"}:
        values |= {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop"}
    return values


def played(steps: list[Step], machine: Machine, values: Mapping[str, str]) -> str:
    """Play steps up to the first failure, and take off those that have succeeded; gives the log."""
    output = ""
    while steps:
        done = machine.run(steps[0], values)
        output += done.stdout + done.stderr
        if done.returncode:
            break
        del steps[0]
    return output


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """
    A recipe whose deploy fails at first, and is tried again.

    `failed` and `succeeded` are what was in Sentry after each, `calls` what was called by then.
    """

    failed: Release
    failed_calls: list[dict[str, Any]]
    succeeded: Release
    calls: list[dict[str, Any]]
    output: str
    token: str

    @classmethod
    def played(cls, heading: str, machine: Machine) -> "Recipe":
        """Play it to its end."""
        steps, values = list(PLAYED[heading][1]()), environ_of(heading, machine)
        output = played(steps, machine, {**values, "EXIT_DEPLOY": "1"})
        (failed,) = deepcopy(machine.sentry.releases).values()
        failed_calls = machine.calls
        output += played(steps, machine, values)
        assert steps == [], output
        machine.sentry.land_commits()
        (succeeded,) = machine.sentry.releases.values()
        return cls(
            failed=failed,
            failed_calls=failed_calls,
            succeeded=succeeded,
            calls=machine.calls,
            output=output,
            token=machine.sentry.token,
        )


@pytest.fixture(scope="module", params=RECIPES)
def recipe_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recipe]:
    with named_sentry() as fake_server:
        machine = Machine.made(tmp_path_factory.mktemp("machine"), fake_server)
        yield Recipe.played(request.param, machine)


def test_every_recipe_of_the_page_is_played() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)

    assert set(RECIPES) == set(PLAYED) <= set(headings)


def test_a_recipe_opens_builds_and_marks_one_release(recipe_run: Recipe) -> None:
    release, calls = recipe_run.succeeded, recipe_run.calls

    assert release.version == "shop@1.4.0+27"
    assert release.commits, recipe_run.output
    (deploy,) = release.deploys
    assert deploy.environment == "production"
    assert release.released is not None
    (built,) = (call for call in calls if call["defines"])
    assert built["name"] in {"flutter", "shorebird"}
    assert built["defines"]["SENTRY_RELEASE"] == "shop@1.4.0+27"
    assert built["words"][0] in {"build", "release"}
    assert calls[-1]["name"] == "deploy.sh"
    assert recipe_run.token not in recipe_run.output


def test_a_recipe_whose_deploy_fails_marks_nothing(recipe_run: Recipe) -> None:
    assert recipe_run.failed_calls[-1]["name"] == "deploy.sh", recipe_run.output
    assert recipe_run.failed.version == "shop@1.4.0+27"
    assert recipe_run.failed.deploys == []
    assert recipe_run.failed.released is None


def test_a_patch_of_shorebird_s_is_another_deploy_of_the_same_release(
    sentry: FakeServers, tmp_path: Path
) -> None:
    machine = Machine.made(tmp_path, sentry)
    played(list(of_shorebird()), machine, environ_of("Shorebird", machine))

    build = Build.on("codemagic", sentry=sentry, folder=machine.work)
    for line in blocks("Shorebird")[1].splitlines():
        done = machine.run(Step(script=line), build.environ)
        assert done.returncode == 0, done.stdout

    (release,) = sentry.releases.values()
    assert [one.name for one in release.deploys] == ["#128", "patch 1"]
    patch = machine.calls[-1]
    assert patch["words"][:2] == ["patch", "android"]
    assert patch["words"][-2] == "--"
    assert patch["defines"]["SENTRY_RELEASE"] == "shop@1.4.0+27"


def test_the_page_names_every_host_of_the_table() -> None:
    from sentry_release.ci.providers import CI_PROVIDERS

    rows = dict(re.findall(r"^\| ([\w ]+) \| `(\w+)` \|", PAGE, re.MULTILINE))

    assert rows == {host.name: host.detect_variable for host in CI_PROVIDERS}
