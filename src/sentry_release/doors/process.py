"""The door to another program: this process becomes it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from sentry_release.words.errors import WorkflowError


def exec_command(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """
    Run a program in place of this one, so that its exit code and its signals are our own.

    Windows has no such thing: there the program is waited for, and its exit code given.

    Raises:
        WorkflowError: There is no such program, or the system cannot start it.
    """
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        raise WorkflowError(
            f"There is no program {command[0]!r}.",
            reason="It was looked for on the PATH.",
            hint="Install it, or give its whole path.",
        )
    sys.stdout.flush()
    try:
        if os.name != "nt":
            # Python ignores it, and what is ignored stays so in the program.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execve(program, list(command), dict(environ))  # noqa: S606 - the user's own command
        return subprocess.call([program, *command[1:]], env=dict(environ))  # noqa: S603 - the same
    except (OSError, ValueError) as error:
        raise WorkflowError(
            f"The program {command[0]!r} cannot be started.",
            reason=f"The system says: {getattr(error, 'strerror', None) or error}.",
            hint="Start it through its interpreter, as in `bash build.sh`.",
        ) from error
