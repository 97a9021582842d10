"""Finds the scripts in YAML of CircleCI, Azure, Bitbucket, Taskfile, snap and flatpak."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sentry_release.flutter.yaml_node import YamlNode

_SCRIPTS = {
    "run", "script", "scripts", "command", "commands", "cmd", "cmds", "bash", "sh", "pwsh",
    "powershell", "before_script", "after_script", "build-commands", "override-build",
    "override-pull", "override-prime", "inlineScript",
}  # fmt: skip
_VARIABLES = ("env", "environment", "variables", "vars", "build-environment")
_DIRECTORIES = ("working_directory", "workingDirectory", "dir", "working-directory")
_PLUGIN = "plugin"
_FLUTTER = "flutter"
_MAX_DEPTH = 20  # nested mappings and lists
_MOST = 2_000  # nodes per file


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceScript:
    """The scripts of one mapping, its name, its folder and the enclosing variables."""

    name: str | None
    line: int
    scripts: tuple[YamlNode, ...]
    directory: str | None = None
    env: Mapping[str, YamlNode] = field(default_factory=dict)


def find_scripts(file: YamlNode) -> Iterator[ServiceScript]:
    """
    Return every script of a pipeline at any depth, with the enclosing variables.

    A snap's part with `plugin: flutter` builds the app without a script.
    Sources: https://circleci.com/docs/configuration-reference · https://learn.microsoft.com/azure/devops/pipelines/yaml-schema ·
    https://support.atlassian.com/bitbucket-cloud/docs/step-options · https://taskfile.dev/reference/schema ·
    https://documentation.ubuntu.com/snapcraft/stable/reference/plugins/flutter_plugin · https://docs.flatpak.org/en/latest/module-sources.html
    """
    bytes_left = [_MOST]
    yield from _below(file, None, {}, bytes_left, 0)


def _below(
    node: YamlNode, name: str | None, env: Mapping[str, YamlNode], bytes_left: list[int], depth: int
) -> Iterator[ServiceScript]:
    bytes_left[0] -= 1
    if depth > _MAX_DEPTH or bytes_left[0] < 0:
        return
    for key in _VARIABLES:
        env = {**env, **_variables(node.at(key))}
    scripts = tuple(
        one for key, value in node.mapping.items() if key in _SCRIPTS for one in _texts(value)
    )
    if node.at(_PLUGIN).text == _FLUTTER:
        scripts += (YamlNode(line=node.at(_PLUGIN).line, value="flutter build linux --release"),)
    if scripts:
        folder = next((found for key in _DIRECTORIES if (found := node.at(key).text)), None)
        yield ServiceScript(name=name, line=node.line, scripts=scripts, directory=folder, env=env)
    for key, value in node.mapping.items():
        if key not in _VARIABLES:
            yield from _below(value, key, env, bytes_left, depth + 1)
    for value in node.sequence:
        yield from _below(value, name, env, bytes_left, depth + 1)


def _variables(node: YamlNode) -> dict[str, YamlNode]:
    """Return the variables of a mapping, or of Azure's list of names and values."""
    found = {name: one for name, one in node.mapping.items() if one.text is not None}
    for one in node.sequence:
        if (name := one.at("name").text) is not None:
            found[name] = one.at("value")
    return found


def _texts(node: YamlNode) -> Iterator[YamlNode]:
    """Return a text, the texts of a list, and the `command` or `cmd` in a list or `run:`."""
    if node.text is not None:
        yield node
    elif node.at("command").text is not None:
        yield node.at("command")
    for one in node.sequence:
        if one.text is not None:
            yield one
