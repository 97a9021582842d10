"""action.yml -> what the runner reads in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LITERAL = ("image", "entrypoint", "pre-entrypoint", "post-entrypoint", "pre-if", "post-if")


class ManifestError(Exception):
    """The runner would refuse the action before it runs anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`inputs` are names with their defaults ("" is none); `args` is None where there is no list."""

    folder: Path
    inputs: Mapping[str, str]
    image: str
    entrypoints: Mapping[str, str]
    conditions: Mapping[str, str]
    args: tuple[str, ...] | None
    env: Mapping[str, str]


def read(folder: Path | str) -> Manifest:
    """
    The manifest of the action in `folder`.

    Raises:
        ManifestError: There is none, it is no Docker action, or an expression stands where only
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
    if runs["using"] != "docker":
        raise ManifestError(f"runs.using: '{runs['using']}' is no container action")
    for key in _LITERAL:
        if "${{" in runs.get(key, ""):
            raise ManifestError(f"runs.{key}: A template expression is not allowed in this context")
    specs = document.get("inputs") or {}
    return Manifest(
        folder=folder,
        inputs={name: (spec or {}).get("default", "") for name, spec in specs.items()},
        image=runs["image"],
        entrypoints={
            "pre": runs.get("pre-entrypoint", ""),
            "main": runs.get("entrypoint", ""),
            "post": runs.get("post-entrypoint", ""),
        },
        # both are always() unless said otherwise: ActionManifestManager.cs:460
        conditions={key: runs.get(f"{key}-if", "always()") for key in ("pre", "post")},
        args=tuple(runs["args"]) if "args" in runs else None,
        env=runs.get("env") or {},
    )
