"""A stage of a JavaScript action: node runs its script on the machine itself."""

import shutil
from pathlib import Path


def command_line(script: Path) -> tuple[str, ...]:
    """
    Node and the script, with no arguments, as NodeScriptActionHandler.cs starts them.

    The runner brings the Node.js that `runs.using` names; here it is the one on the PATH.

    Raises:
        FileNotFoundError: There is no Node.js, or no such script.
    """
    node = shutil.which("node")
    if node is None or not script.exists():
        raise FileNotFoundError(f"node, or {script}")
    return node, str(script)
