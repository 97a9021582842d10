"""action.yml -> what the runner reads in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LITERAL = ("image", "entrypoint", "pre-entrypoint", "post-entrypoint", "pre-if", "post-if")
_NODES = {"node20", "node24"}  # those that the runner has today
_ENTRYPOINTS = {
    "docker": {"pre": "pre-entrypoint", "main": "entrypoint", "post": "post-entrypoint"},
    "node": {"pre": "pre", "main": "main", "post": "post"},
}


class ManifestError(Exception):
    """The runner would refuse the action before it runs anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """
    `inputs` are names with their defaults ("" is none); `args` is None where there is no list.

    `using` is `docker`, or a `node…` whose entrypoints are scripts, and which has no `image`.
    """

    folder: Path
    inputs: Mapping[str, str]
    using: str
    image: str
    entrypoints: Mapping[str, str]
    conditions: Mapping[str, str]
    args: tuple[str, ...] | None
    env: Mapping[str, str]

    @property
    def on_host(self) -> bool:
        """Whether its stages are programs of the machine itself."""
        return self.using.startswith("node")


def read(folder: Path | str) -> Manifest:
    """
    The manifest of the action in `folder`.

    Raises:
        ManifestError: There is none, it is of another kind, or an expression stands where only
            literal text may (action_yaml.json).
    """
    folder = Path(folder).resolve()
    path = next((p for p in (folder / "action.yml", folder / "action.yaml") if p.exists()), None)
    if path is None:
        raise ManifestError(f"Can't find 'action.yml' or 'action.yaml' under '{folder}'")
    # every scalar is a string to the runner: `default: 1.10` must not become 1.1
    text = path.read_text(encoding="utf-8")
    document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it builds nothing but strings
    return _manifest(folder, document)


def _manifest(folder: Path, document: Mapping[str, Any]) -> Manifest:
    runs = document["runs"]
    using = runs["using"]
    if using != "docker" and using not in _NODES:
        raise ManifestError(f"runs.using: '{using}' is no container action, and none of Node.js")
    names = _ENTRYPOINTS["docker" if using == "docker" else "node"]
    for key in _LITERAL:
        if "${{" in runs.get(key, ""):
            raise ManifestError(f"runs.{key}: A template expression is not allowed in this context")
    specs = document.get("inputs") or {}
    return Manifest(
        folder=folder,
        inputs={name: (spec or {}).get("default", "") for name, spec in specs.items()},
        using=using,
        image=runs["image"] if using == "docker" else "",
        entrypoints={stage: runs.get(name, "") for stage, name in names.items()},
        # both are always() unless said otherwise: ActionManifestManager.cs:460
        conditions={key: runs.get(f"{key}-if", "always()") for key in ("pre", "post")},
        args=tuple(runs["args"]) if "args" in runs else None,
        env=runs.get("env") or {},
    )
