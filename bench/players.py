"""Who is measured: the commands of each, for one job of a release."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench_sentry import RELEASE

ROOT = Path(__file__).resolve().parents[1]
SENTRY_CLIS = {"sentry-cli 3": "3.8.2", "sentry-cli 2": "2.58.6"}
OWN_PLAYERS = ("action", "action, deploy alone")
PLAYERS = (*OWN_PLAYERS, *SENTRY_CLIS, "minimum")
_BASELINE = """
import http.client, ssl, sys
host, port = "127.0.0.1", int(sys.argv[1])
line = http.client.HTTPSConnection(host, port, context=ssl.create_default_context())
line.request("GET", "/api/0/organizations/acme/releases/", headers={"Authorization": sys.argv[2]})
line.getresponse().read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The programs that are measured, and the Python for the action and the minimum."""

    cache: Path

    @property
    def python(self) -> str:
        """The Python of this machine, with the libraries that the image has and no others."""
        return str(self.cache / "python/bin/python")

    @property
    def own(self) -> str:
        """Our program as the image has it, with its bytecode."""
        return str(self.cache / "action/action/entrypoint.py")

    def sentry_cli(self, name: str) -> str:
        """One of the two."""
        return str(self.cache / f"sentry-cli-{SENTRY_CLIS[name]}/bin/sentry-cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a job is played: server, credentials, files; `own` is whether it brings its commits."""

    url: str
    token: str
    folder: Path
    checkout: Path
    authority: Path
    sha: str
    own: bool
    job: Mapping[str, str] = field(repr=False)

    @property
    def files(self) -> Mapping[str, str]:
        """What the runner gives to write to."""
        names = ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")
        return {f"GITHUB_{name}": str(self.folder / name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command with its environment."""

    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)


def kit(cache: Path) -> Kit:
    """Prepare everything; existing files stay, but the action is laid out again."""
    cache.mkdir(parents=True, exist_ok=True)
    for version in SENTRY_CLIS.values():
        folder = cache / f"sentry-cli-{version}"
        if not (folder / "bin/sentry-cli").exists():
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            _run(*install, "--target", str(folder), f"sentry-cli=={version}")
    made = Kit(cache=cache)
    _lay_python(cache / "python", Path(made.python))
    laid = cache / "action"
    shutil.rmtree(laid, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", ".mypy_cache")
    for name in ("src", "templates"):
        shutil.copytree(ROOT / name, laid / "action" / name, ignore=unwanted)
    shutil.copy(ROOT / "entrypoint.py", laid / "action")
    _run(made.python, "-m", "compileall", "-q", str(laid))
    return made


def _lay_python(folder: Path, python: Path) -> None:
    """A virtual environment as the image is made: one for developers has more, which is imported."""
    expected, there = ROOT / "requirements-image.txt", folder / "requirements.txt"
    if there.exists() and there.read_bytes() == expected.read_bytes():
        return
    _run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder))
    install = ("install", "--quiet", "--no-deps", "--require-hashes", "-r", str(expected))
    _run(sys.executable, "-m", "pip", "--python", str(python), *install)
    shutil.copy(expected, there)


def steps(player: str, kit: Kit, scene: Scene, state: Mapping[str, str]) -> list[Step]:
    """
    The commands that this player needs for one job.

    Args:
        player: One of PLAYERS.
        kit: The programs.
        scene: The place.
        state: For the action: the state that main saved for post.
    """
    if player == "action":
        return [_run_own_step(kit, scene, "main"), _run_own_step(kit, scene, "post", state)]
    if player == "action, deploy alone":
        return [_run_own_step(kit, scene, "deploy")]
    if player == "minimum":
        return [_layer(kit, scene)] * 2
    return _script(kit.sentry_cli(player), scene)


def _run_own_step(
    kit: Kit, scene: Scene, stage: str, state: Mapping[str, str] | None = None
) -> Step:
    handed = {f"STATE_{name}": value for name, value in (state or {}).items()}
    commits = {"INPUT_SET-COMMITS": "github"} if scene.own else {}
    environ = {**scene.job, **scene.files, **_trust(scene), **commits, **handed}
    return Step(command=(kit.python, "-I", kit.own, stage), environ=environ)


def _layer(kit: Kit, scene: Scene) -> Step:
    port = scene.url.rpartition(":")[2]
    command = (kit.python, "-I", "-c", _BASELINE, port, f"Bearer {scene.token}")
    return Step(command=command, environ=_trust(scene))


def _script(program: str, scene: Scene) -> list[Step]:
    environ = {
        **_trust(scene),
        "HOME": str(scene.folder),
        "SENTRY_URL": scene.url,
        "SENTRY_AUTH_TOKEN": scene.token,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        "SENTRY_DISABLE_UPDATE_CHECK": "1",
    }
    script = (
        ("releases", "new", RELEASE),
        ("releases", "set-commits", RELEASE, "--auto"),
        ("releases", "finalize", RELEASE),
        ("deploys", "new", "--release", RELEASE, "--env", "production"),
    )
    return [Step(command=(program, *words), environ=environ) for words in script]


def _trust(scene: Scene) -> Mapping[str, str]:
    """Whom the system trusts, and the server's own authority beside them."""
    return {"SSL_CERT_DIR": str(scene.authority), "PATH": os.environ["PATH"]}


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - a list, no shell
