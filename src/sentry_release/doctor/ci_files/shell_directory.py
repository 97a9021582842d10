"""Tracks working directories and melos filters, to select the commands that concern the app."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.shell import LogicalLine, Values, find_values, resolve_path

_EXEC = re.compile(r"\bmelos\s+(?:--?\S+\s+){0,20}exec\b(?P<options>(?:(?!\s--\s).){0,2000})")
_SCOPE = re.compile(r"--scope[= ][\"']?(?P<name>[\w.*?{},-]+)")
_IGNORE = re.compile(r"--ignore[= ][\"']?(?P<name>[\w.*?{},-]+)")
_CD = re.compile(
    r"(?:^|[;&|]\s*|(?P<inner>\(\s*))(?:(?P<pop>popd\b)|(?P<how>cd|pushd|Set-Location)\s+"
    r"(?P<path>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|[^\s;&|)])+))"
    r"|(?P<end>\))"
)
_OF_APP = re.compile(
    r"(?<![\w./-])(?<!echo )(?:flutter\s+build|shorebird\s+(?:release|patch)|fastforge\s+(?:package|release)"
    r"|(?:dart|flutter\s+pub)\s+(?:pub\s+)?(?:global\s+)?run\s+(?:sentry_dart_plugin|peanut|fastforge))\b"
)
_UNKNOWN = re.compile(r"\$\{\{.{0,300}?\}\}|\$\(.{0,300}?\)|\$\{[^}]{0,300}\}|\$\w+|`[^`]{0,300}`")
_ROOT = re.compile(
    r"\$\{\{\s*github\.workspace\s*\}\}|"
    r"\$(?:\{(?:env:)?|env:)?(?:GITHUB_WORKSPACE|CM_BUILD_DIR|CI_PROJECT_DIR|BITRISE_SOURCE_DIR)\}?"
)
_ELSEWHERE = re.compile(rf"[/~-]|(?:{_UNKNOWN.pattern})(?:/|$)")
_ANY = "**"
_GLOB = {"*", "?", "["}
_MAX_LENGTH = 1000  # characters of a path
_MAX_DEPTH = 100  # folders; beyond either limit the folder is unknown


def runs_in_packages(command: str) -> bool:
    """Return whether a command is `melos exec`, which changes into each package itself."""
    return _EXEC.search(command) is not None


def selects_package(command: str, name: str | None) -> bool:
    """
    Return whether a command runs in a package; only filters of `melos exec` can exclude it.

    >>> selects_package('melos exec --scope="other" -- flutter build apk', "shop")
    False

    Source: https://melos.invertase.dev/commands/exec and https://melos.invertase.dev/filters
    """
    found = _EXEC.search(command)
    return found is None or selects_by_names(
        name,
        [one["name"] for one in _SCOPE.finditer(found["options"])],
        [one["name"] for one in _IGNORE.finditer(found["options"])],
    )


def selects_by_names(name: str | None, scopes: list[str], ignored: list[str]) -> bool:
    """Return whether filters select a package; patterns with `{}` are not evaluated."""
    if name is None:
        return True
    known = [one for one in scopes if "{" not in one]
    if scopes and len(known) == len(scopes) and not any(fnmatchcase(name, one) for one in known):
        return False
    return not any(fnmatchcase(name, one) for one in ignored)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDirectory:
    """
    A folder relative to the workspace, as far as known; a part may be a glob, `**` is any path.

    Without parts it is the workspace itself.
    """

    parts: tuple[str, ...] = ()

    def enter(self, path: str) -> "WorkingDirectory":
        """
        Return the folder after `cd path`.

        >>> WorkingDirectory(parts=("apps",)).enter("../web/${{ matrix.app }}").parts
        ('web', '*')
        """
        text = path.strip("\"'").replace("\\", "/")
        parts = [] if (root := _ROOT.match(text)) else list(self.parts)
        text = text[root.end() :] if root else text
        if len(text) > _MAX_LENGTH or (_ELSEWHERE.match(text) and not root):
            return ANYWHERE
        for part in _UNKNOWN.sub("*", text).split("/"):
            if part == "..":
                parts = parts[:-1] if parts and parts[-1] != _ANY else [_ANY]
            elif part not in {"", "."}:
                parts.append(part)
        return WorkingDirectory(parts=tuple(parts)) if len(parts) <= _MAX_DEPTH else ANYWHERE

    def may_enclose(self, folder: PurePosixPath) -> bool:
        """Return whether it may be this folder, a parent or a descendant."""
        for part, own in zip(self.parts, folder.parts, strict=False):
            if part == _ANY:
                return True
            if not fnmatchcase(own, part):
                return False
        return True

    @property
    def known_path(self) -> PurePosixPath | None:
        """Return the folder, if every part is known."""
        if any(set(part) & _GLOB for part in self.parts):
            return None
        return PurePosixPath(*self.parts)


WORKSPACE = WorkingDirectory()
ANYWHERE = WorkingDirectory(parts=(_ANY,))
"""The folder of a script whose working directory is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLocation:
    """The app's folder and package name, and whether a given folder has its own package."""

    folder: PurePosixPath
    is_package: Callable[[PurePosixPath], bool]
    name: str | None = None

    def may_be_built_in(self, place: WorkingDirectory) -> bool:
        """
        Return whether Flutter's tool may build this app from there: it searches parents for a pubspec.

        Source: flutter_tools, lib/src/runner/flutter_command.dart, validateCommand
        """
        if not place.may_enclose(self.folder):
            return False
        known = place.known_path
        if known is None:
            return not self._is_another_package(place)
        for folder in (known, *known.parents):
            if folder == self.folder:
                return True
            if self.is_package(folder):
                return False
        return False

    def _is_another_package(self, place: WorkingDirectory) -> bool:
        """
        Return whether a script with an unknown start changed into another package.

        It tries the app's folder and every folder above it as the start.
        """
        if place.parts[:1] != (_ANY,):
            return False
        found = [base.joinpath(*place.parts[1:]) for base in (self.folder, *self.folder.parents)]
        return self.folder not in found and any(map(self.is_package, found))


@dataclass(slots=True)
class ShellState:
    """The working directory of a shell, tracked from line to line."""

    here: WorkingDirectory
    pushed: list[WorkingDirectory] = field(default_factory=list)
    values: Values = field(default_factory=dict)

    def select_commands(
        self, lines: Iterable[LogicalLine], app: AppLocation
    ) -> Iterator[LogicalLine]:
        """Yield the commands that run in the app's folder or in an unknown one."""
        for line in lines:
            places = self._trace_folders(line.text, app)
            around = any(place.may_enclose(app.folder) for _, place in places[1:] or places)
            if runs_in_packages(line.text):
                around = selects_package(line.text, app.name)
            elif around:
                around = _may_build_app(line.text, app, places)
            if around:
                yield line

    def _trace_folders(self, text: str, app: AppLocation) -> list[tuple[int, WorkingDirectory]]:
        """Track the folder at each offset of a command; `here` is the folder of the next one."""
        places = [(0, self.here)]
        inside = False
        for move in _CD.finditer(text):
            if move["end"]:
                if inside:
                    places.append((move.end(), self.here))
                inside = False
                continue
            place = self._change_folder(move, places[-1][1], app)
            places.append((move.end(), place))
            inside = inside or move["inner"] is not None
            self.here = self.here if inside else place
        return places

    def _change_folder(
        self, move: re.Match[str], here: WorkingDirectory, app: AppLocation
    ) -> WorkingDirectory:
        if move["pop"]:
            return self.pushed.pop() if self.pushed else ANYWHERE
        if move["how"] == "pushd":
            self.pushed.append(here)
        places = [here.enter(path) for path in resolve_path(move["path"], self.values)]
        return next((one for one in places if one.may_enclose(app.folder)), places[0])


def find_commands_for_app(
    lines: Sequence[LogicalLine],
    app: AppLocation,
    start: WorkingDirectory,
    values: Values | None = None,
) -> Iterator[LogicalLine]:
    """
    Return the commands of a script, started in a folder, that may concern the app.

    Args:
        lines: The script.
        app: The app.
        start: The folder in which the script starts.
        values: Possible values of its variables, in addition to its own assignments.
    """
    own = find_values("", (one.text for one in lines))
    return ShellState(here=start, values={**(values or {}), **own}).select_commands(lines, app)


def _may_build_app(
    text: str, app: AppLocation, places: Sequence[tuple[int, WorkingDirectory]]
) -> bool:
    """Return whether a build in the command, if any, may build the app."""
    begins = [after for after, _ in places]
    builds = {places[bisect_right(begins, found.end()) - 1][1] for found in _OF_APP.finditer(text)}
    return not builds or any(app.may_be_built_in(place) for place in builds)
