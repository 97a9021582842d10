"""docker build, docker run, and the signals of a cancellation."""

import os
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .manifest import Manifest
from .paths import Folders

# signal to the docker client, and the seconds it is then given: PI:32, 443-465
_SIGNALS = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 0.0))


class BuildError(Exception):
    """The image could not be built; the message ends with what docker said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """
    When a job is cancelled, and by which signal first: the runner begins with SIGINT.

    `after_s` seconds pass after the stage has begun and `when`, if it is given, has happened.
    """

    after_s: float = 0.0
    when: threading.Event | None = None
    first: signal.Signals = signal.SIGINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a container ended; `cancelled` if it still ran when it was cancelled."""

    code: int
    cancelled: bool
    seconds: float


def build(manifest: Manifest, *, tag: str, docker: Sequence[str]) -> str:
    """
    The image of the action: `docker://…` as it stands, else built from its Dockerfile (DCM:107).

    The path of the Dockerfile counts from the folder of action.yml (AM:1457-1463), and its own
    folder is the context (AM:992, CAH:59-73): `../Dockerfile` of a sub-action builds as that of the
    action above it does.

    Raises:
        BuildError: docker did not build it.
    """
    if manifest.image.startswith("docker://"):
        return manifest.image.removeprefix("docker://")
    file = (manifest.folder / manifest.image).resolve()
    command = ["docker", "build", *docker, "-t", tag, "-f", str(file), str(file.parent)]
    done = subprocess.run(  # noqa: S603 - a list, no shell
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = f"{done.stdout}\n{done.stderr}"
        raise BuildError(f"Docker build failed with exit code {done.returncode}\n{output}")
    return tag


def command_line(
    image: str,
    *,
    entrypoint: str,
    args: Sequence[str],
    names: Sequence[str],
    folders: Folders,
    label: str,
    docker: Sequence[str],
) -> tuple[str, ...]:
    """
    `docker run`, word for word (DCM:194-262); no --user, --init, -t or -i.

    Args:
        image: Whose name, bare of signs, starts the container's (CAH:100).
        entrypoint: One word, never a command line; "" keeps the image's own (DCM:221).
        args: Follow the image.
        names: Of variables; docker takes the values from its own environment, so that no secret is
            seen among the processes (DCM:204-209).
        folders: Are mounted.
        label: The same for all containers of this runner (DCM:52).
        docker: Our own additions, such as --network=host.
    """
    name = f"{re.sub(r'[^A-Za-z0-9_]|^[0-9]+', '', image)}_{uuid.uuid4().hex[:6]}"
    words = ["docker", "run", "--name", name, "--label", label]
    words += ["--workdir", "/github/workspace", "--rm"]
    for variable in names:
        words += ["-e", variable]
    words += ["-e", "GITHUB_ACTIONS=true"]  # DCM:212-219
    words += [] if "CI" in names else ["-e", "CI=true"]
    words += ["--entrypoint", entrypoint] if entrypoint else []
    words += docker
    socket = ("/var/run/docker.sock", "/var/run/docker.sock")
    for host, inside in (socket, *reversed(folders.mapped)):
        words += ["-v", f"{host}:{inside}"]
    return (*words, image, *args)


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    machine: Mapping[str, str] | None = None,
    folder: Path,
    listen: Callable[[str], None],
    cancel: Cancel | None = None,
) -> Exit:
    """
    Run a command line to its end, cancelling it if it still runs then.

    Stdin is closed; stdout and stderr are read line by line, as one. `machine` is the
    environment of the runner itself, which the command gets as well; our own when it is absent.
    """
    started = time.monotonic()
    done, cancelled = threading.Event(), threading.Event()
    with subprocess.Popen(  # noqa: S603 - a list, no shell
        command,
        cwd=folder,
        env={**(machine or os.environ), **environment, "GITHUB_ACTIONS": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:

        def watch(cancel: Cancel) -> None:
            while cancel.when and not done.is_set() and not cancel.when.wait(0.05):
                pass
            if not done.wait(cancel.after_s):
                cancelled.set()
                _end(process, done, cancel.first)

        if cancel is not None:
            threading.Thread(target=watch, args=(cancel,), daemon=True).start()
        for line in process.stdout or ():
            listen(line.rstrip("\r\n"))
        code = process.wait()
        done.set()
    seconds = time.monotonic() - started
    return Exit(code=code, cancelled=cancelled.is_set(), seconds=seconds)


def _end(process: subprocess.Popen[str], done: threading.Event, first: signal.Signals) -> None:
    numbers = [number for number, _ in _SIGNALS]
    for number, timeout in _SIGNALS[numbers.index(first) :]:
        process.send_signal(number)
        if done.wait(timeout):
            return
