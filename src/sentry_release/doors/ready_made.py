"""The methods of dataclasses, compiled when the image is built rather than whenever it starts."""

import builtins
import dataclasses
import marshal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Run = Callable[..., None]


def place(folder: Path) -> Path:
    """The file in the folder that this very Python can read."""
    return folder / f"methods.{sys.implementation.cache_tag}.{sys.hexversion:x}.bin"


def record() -> Mapping[str, bytes]:
    """From here on, remember what Python compiles for dataclasses: source -> code, marshalled."""
    codes: dict[str, bytes] = {}

    def remembering(text: str, *rooms: dict[str, object]) -> None:
        code = compile(text, "<dataclass>", "exec")
        codes[text] = marshal.dumps(code)
        builtins.exec(code, *rooms)  # noqa: S102 - as dataclasses itself does

    _put(remembering)
    return codes


def keep(codes: Mapping[str, bytes], folder: Path) -> None:
    """Write what was remembered."""
    place(folder).write_bytes(marshal.dumps(dict(codes)))


def use(folder: str) -> None:
    """
    Take from the folder what would else be compiled; where there is no such file, do nothing.

    A dataclass is made by compiling its methods from text, and nearly all of the time that it
    takes goes there. Python keeps bytecode of modules, but not of these.
    See docs/adr/0015-start-up.md.
    """
    try:
        codes: dict[str, bytes] = marshal.loads(place(Path(folder)).read_bytes())  # noqa: S302 - our own
    except (OSError, EOFError, ValueError, TypeError):
        return

    def ready(text: str, *rooms: dict[str, object]) -> None:
        code = codes.get(text)
        builtins.exec(marshal.loads(code) if code else text, *rooms)  # noqa: S102, S302 - as above

    _put(ready)


def _put(run: Run) -> None:
    # dataclasses finds the name `exec` here before it looks among the builtins.
    vars(dataclasses)["exec"] = run
