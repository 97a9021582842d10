"""The command `sentry-release` in a process of its own, which need not import the program again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# It imports the program once, with what `run` imports only when it needs it; each command runs in a
# fork of it, with its output in two files.
_STARTER = """
import json, os, sys
import sentry_release.cli.command_line
import sentry_release.commands.run_command
import yaml
from sentry_release.cli.main import main
for line in sys.stdin:
    words, folder, environ, *outputs = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for stream, path in enumerate(outputs, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        sys.argv = ["sentry-release", *words]
        main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command came to."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkedProgram:
    """The process whose forks run the commands, one after the other."""

    requests: IO[str]
    exit_codes: IO[str]

    def run(self, *words: str, folder: Path, environ: Mapping[str, str], logs: Path) -> Ended:
        """Type a command in a folder; its output is in files of the folder `logs` meanwhile."""
        outputs = [logs / "stdout", logs / "stderr"]
        request = [words, str(folder), dict(environ), *map(str, outputs)]
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        exit_code = int(self.exit_codes.readline())
        stdout, stderr = (path.read_text() for path in outputs)
        return Ended(exit_code=exit_code, stdout=stdout, stderr=stderr)


@contextmanager
def start_program() -> Iterator[ForkedProgram]:
    """Start that process, and end it after the block."""
    with subprocess.Popen(  # noqa: S603 - a list, no shell
        [sys.executable, "-c", _STARTER],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield ForkedProgram(requests=process.stdin, exit_codes=process.stdout)
