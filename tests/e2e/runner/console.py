"""The output of a stage: its log, its annotations, and the commands in it, executed."""

from collections import Counter

from .log_commands import NAMES, Command, parse
from .masks import Masks
from .paths import Folders
from .report import Annotation

_MESSAGE_LIMIT = 4096  # characters: EC:801-805
_ANNOTATION_LIMIT = 10  # of each kind in a stage; what goes beyond is in the log only: EC:144, 838
_DISABLED = frozenset({"set-env", "add-path"})


class Console:
    """The ear of one stage; `failed` says that a command was refused, which fails the step."""

    def __init__(self, stage: str, masks: Masks, folders: Folders) -> None:
        self.log: list[str] = []
        self.annotations: list[Annotation] = []
        self.outputs: dict[str, str] = {}
        self.state: dict[str, str] = {}
        self.failed = False
        self._stage, self._masks, self._folders = stage, masks, folders
        self._resume: str | None = None
        self._issued: Counter[str] = Counter()

    def listen(self, line: str) -> None:
        """Obey the command in a line, or log the line."""
        # stop-commands stays in force until its own word is read as a command (ACM:60-110)
        command = parse(line, NAMES | {self._resume} if self._resume else NAMES)
        if command and self._resume and command.name == self._resume:
            self._resume = None
            self.log.append(line)
        elif command and not self._resume:
            self._obey(command)
        else:
            self.log.append(self._masks.applied(line))

    def issue(self, kind: str, message: str, **properties: str) -> None:
        """Write a notice, warning or error into the log and among the annotations."""
        message = self._masks.applied(message)[:_MESSAGE_LIMIT]
        self.log.append(f"##[{kind}]{message}")
        self._issued[kind] += 1
        if self._issued[kind] <= _ANNOTATION_LIMIT:
            self.annotations.append(
                Annotation(kind=kind, stage=self._stage, message=message, properties=properties)
            )

    def fail(self, *messages: str) -> None:
        """Say why, and fail the step."""
        self.failed = True
        for message in messages:
            self.issue("error", message)

    def _obey(self, command: Command) -> None:
        match command.name:
            case "notice" | "warning" | "error":
                self.issue(command.name, command.data, **self._located(command))
            case "add-mask":
                self._hide(command.data)
            case "stop-commands":
                self._resume = command.data.lower()
            case "set-output" | "save-state":
                self._deprecated(command)
            case name if name in _DISABLED:  # ACM:257, 476
                reason = (
                    f"The `{name}` command is disabled. Please upgrade to using Environment Files"
                )
                self.fail(f"Unable to process command '{name}' successfully.", reason)
            case "debug" | "group" | "endgroup":
                self.log.append(f"##[{command.name}]{self._masks.applied(command.data)}")
            case _:  # echo and problem matchers change nothing that is reported here
                pass

    def _hide(self, secret: str) -> None:
        if secret.strip():
            self._masks.add(secret)
        else:
            self.issue("warning", "Can't add secret mask for empty string in ##[add-mask] command.")

    def _deprecated(self, command: Command) -> None:
        """Both still work, with a warning: a line in the log is enough to forge an output."""
        self.issue("warning", f"The `{command.name}` command is deprecated and will be disabled.")
        target = self.outputs if command.name == "set-output" else self.state
        if name := command.properties.get("name"):
            target[name] = command.data
        else:
            self.fail(f"Required field 'name' is missing in ##[{command.name}] command.")

    def _located(self, command: Command) -> dict[str, str]:
        """The container's path becomes the host's, then relative to the workspace (ACM:676-701)."""
        properties = dict(command.properties)
        if path := properties.get("file"):
            host = self._folders.outside(path)
            properties["file"] = host.removeprefix(f"{self._folders.workspace}/")
        return properties
