"""Parse property lists: OpenStep, Info.plist, and the app's target in project.pbxproj."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple

_MAX_DEPTH = (
    9  # Xcode nests seven: objects, project, attributes, targets, target, capabilities, one
)
# Every repetition is possessive, so that a file cut short is refused in one pass.
_GAP = r"(?:\s++|/\*.*?\*/|//[^\r\n]*+)*+"
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_WORD = rf'(?:{_QUOTED}|[^\s{{}}()=;,"]++)'
_OPENING = re.compile(rf"{_GAP}\{{", re.DOTALL)
_CLOSING = re.compile(rf"{_GAP}\}}", re.DOTALL)
_ITEM = re.compile(rf"/\*.*?\*/|({_WORD})", re.DOTALL)
_FIRST = re.compile(rf"\{{{_GAP}{_WORD}{_GAP}={_GAP}({_WORD})", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:U([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
MAX_CHARACTERS = 4 * 1024 * 1024  # twice the largest known projects
_APPLICATION = "com.apple.product-type.application"
_GROUPS = {"PBXGroup", "PBXVariantGroup", "PBXFileSystemSynchronizedRootGroup"}
MAX_BYTES = 1024 * 1024


class PlistSyntaxError(ValueError):
    """An invalid text; the message completes a sentence that starts with the file."""


class Span(NamedTuple):
    """The range of a dictionary or a list in the text, with its brackets."""

    start: int
    end: int


def find_root_dictionary(text: str) -> Span:
    """
    Return the root dictionary of a file.

    Raises:
        PlistSyntaxError: The file does not start with a dictionary.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise PlistSyntaxError("is not in the format that Xcode writes")
    return Span(opening.end() - 1, len(text))


def list_entries(text: str, span: Span) -> Iterator[tuple[str, str | Span]]:
    """
    Yield the keys of a dictionary with their text, or the span of their dictionary or list.

    Raises:
        PlistSyntaxError: The dictionary does not end or has a syntax error.

    Source: https://github.com/CocoaPods/Nanaimo, lib/nanaimo/reader.rb
    """
    position = span.start + 1
    while entry := _build_entry_pattern().match(text, position):
        yield _unquote(entry[1]), _unquote(entry[3]) if entry[3] else Span(*entry.span(2))
        position = entry.end()
    if not _CLOSING.match(text, position):
        line = text.count("\n", 0, position) + 1
        raise PlistSyntaxError(f"is cut short or broken after line {line}")


def get_first_value(text: str, span: str | Span) -> str | None:
    """Return the text of a dictionary's first entry without parsing the others; None without one."""
    found = None if isinstance(span, str) else _FIRST.match(text, span.start)
    return _unquote(found[1]) if found else None


def list_items(text: str, span: Span) -> tuple[str, ...]:
    """Return the strings of a list."""
    inner = text[span.start + 1 : span.end - 1]
    return tuple(_unquote(item) for item in _ITEM.findall(inner) if item)


@cache
def _build_entry_pattern() -> re.Pattern[str]:
    """Compile the pattern of an entry (key; dictionary, list or text) on first use: it is slow."""
    flat = rf'(?:[^{{}}()"/]++|{_QUOTED}|/\*.*?\*/|/(?!\*))*+'
    block = rf"[{{(]{flat}[)}}]"
    for _ in range(_MAX_DEPTH):
        block = rf"[{{(]{flat}(?:{block}{flat})*+[)}}]"
    return re.compile(
        rf"{_GAP}({_WORD}){_GAP}={_GAP}(?:({block})|({_WORD})){_GAP}(?:;|(?=\}}))", re.DOTALL
    )


def _unquote(word: str) -> str:
    if not word.startswith('"'):
        return word
    return _ESCAPED.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2]),
        word[1:-1],
    )


def parse_plist(raw: bytes) -> Mapping[str, object] | None:
    """
    Return a property list; None if it is invalid or not a dictionary.

    Source: https://docs.python.org/3/library/plistlib.html
    """
    import plistlib

    if len(raw) > MAX_BYTES:
        return None
    try:
        found = plistlib.loads(raw)
    except Exception:  # noqa: BLE001 - on broken files plistlib raises whatever its parts raise
        return None
    return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    The settings of one build configuration and the .xcconfig file that it is based on.

    `find_base` is below the folder that holds the Xcode project; a path that Xcode finds elsewhere
    is absolute here.
    """

    settings: Mapping[str, str]
    base: PurePosixPath | None


@dataclass(frozen=True, slots=True, kw_only=True)
class XcodeProject:
    """The target of the app and the names of its build configurations."""

    target: str
    configurations: tuple[str, ...]
    objects: "_Objects"
    lists: tuple[str, str]

    def build_layers(self, name: str) -> tuple[Configuration, ...]:
        """
        Return the configurations of that name: the target's, then the project's.

        Without one of that name, the default configuration is used, as in Xcode.

        Raises:
            PlistSyntaxError: The configuration cannot be read.
        """
        parents = self.objects.get_parents()
        found = (self.objects.find_named(each, name) for each in self.lists)
        return tuple(self.objects.build_configuration(each, parents) for each in found if each)


@dataclass(frozen=True, slots=True)
class _Objects:
    """The objects of a project by their identifiers, each parsed on first access."""

    text: str
    spans: Mapping[str, str | Span]

    def get_fields(self, identifier: str) -> dict[str, str | Span]:
        span = self.spans.get(identifier)
        return dict(list_entries(self.text, span)) if isinstance(span, Span) else {}

    def get_field(self, identifier: str, key: str) -> str:
        value = self.get_fields(identifier).get(key)
        return value if isinstance(value, str) else ""

    def list_items(self, identifier: str, key: str) -> tuple[str, ...]:
        value = self.get_fields(identifier).get(key)
        return list_items(self.text, value) if isinstance(value, Span) else ()

    def get_names(self, configurations: str) -> dict[str, str]:
        """Return the build configurations of a list: identifiers by name."""
        every = self.list_items(configurations, "buildConfigurations")
        return {name: each for each in every if (name := self.get_field(each, "name"))}

    def find_named(self, configurations: str, name: str) -> str | None:
        known = self.get_names(configurations)
        return known.get(name) or known.get(
            self.get_field(configurations, "defaultConfigurationName")
        )

    def build_configuration(self, identifier: str, parents: Mapping[str, str]) -> Configuration:
        found = self.get_fields(identifier)
        block = found.get("buildSettings")
        settings = list_entries(self.text, block) if isinstance(block, Span) else ()
        return Configuration(
            # Xcode reads a plain setting before those of the same name that have a condition.
            settings={
                key: " ".join(list_items(self.text, value)) if isinstance(value, Span) else value
                for key, value in sorted(settings, key=lambda pair: pair[0])
            },
            base=self.find_base(found, parents),
        )

    def find_base(
        self, found: Mapping[str, str | Span], parents: Mapping[str, str]
    ) -> PurePosixPath | None:
        if reference := found.get("baseConfigurationReference"):
            return self.build_path(str(reference), parents)
        if anchor := found.get("baseConfigurationReferenceAnchor"):  # since Xcode 16
            below = found.get("baseConfigurationReferenceRelativePath")
            return self.build_path(str(anchor), parents) / str(below)
        return None

    def get_parents(self) -> dict[str, str]:
        """Return the parent group of each file and group."""
        spans = self.spans.items()
        groups = [each for each, span in spans if get_first_value(self.text, span) in _GROUPS]
        return {child: group for group in groups for child in self.list_items(group, "children")}

    def build_path(self, identifier: str, parents: Mapping[str, str]) -> PurePosixPath:
        path, seen = PurePosixPath(), {""}
        while identifier not in seen:
            seen.add(identifier)
            path = PurePosixPath(self.get_field(identifier, "path")) / path
            tree = self.get_field(identifier, "sourceTree") or "<group>"
            if tree != "<group>":
                return path if tree == "SOURCE_ROOT" else PurePosixPath("/", tree, path)
            identifier = parents.get(identifier, "")
        return path


def parse_pbxproj(text: str) -> XcodeProject:
    """
    Parse the text of a project.pbxproj.

    Only the objects that the app's settings need are parsed; the others are skipped.

    Raises:
        PlistSyntaxError: It is not in Xcode's format, or the target of the app is unclear.

    Source: https://github.com/CocoaPods/Xcodeproj, lib/xcodeproj/project.rb
    """
    if len(text) > MAX_CHARACTERS:
        raise PlistSyntaxError(f"has more than {MAX_CHARACTERS:,} characters")
    top = dict(list_entries(text, find_root_dictionary(text)))
    inner = top.get("objects")
    objects = _Objects(text, dict(list_entries(text, inner)) if isinstance(inner, Span) else {})
    project = str(top.get("rootObject"))
    target = _find_application(objects, objects.list_items(project, "targets"))
    of_target, of_project = (
        objects.get_field(each, "buildConfigurationList") for each in (target, project)
    )
    return XcodeProject(
        target=objects.get_field(target, "name"),
        configurations=tuple(objects.get_names(of_project) or objects.get_names(of_target)),
        objects=objects,
        lists=(of_target, of_project),
    )


def list_build_scripts(text: str) -> tuple[str, ...]:
    """
    Return the scripts of the build phases of the app's target.

    Raises:
        PlistSyntaxError: As parse_pbxproj does.
    """
    top = dict(list_entries(text, find_root_dictionary(text)))
    inner = top.get("objects")
    objects = _Objects(text, dict(list_entries(text, inner)) if isinstance(inner, Span) else {})
    target = _find_application(objects, objects.list_items(str(top.get("rootObject")), "targets"))
    scripts = (
        objects.get_field(phase, "shellScript")
        for phase in objects.list_items(target, "buildPhases")
    )
    return tuple(script for script in scripts if script)


def _find_application(objects: _Objects, targets: tuple[str, ...]) -> str:
    apps = {
        objects.get_field(target, "name"): target
        for target in targets
        if objects.get_field(target, "productType") == _APPLICATION
    }
    if len(apps) == 1 or "Runner" in apps:
        return apps.get("Runner") or next(iter(apps.values()))
    if apps:
        raise PlistSyntaxError(f"has several apps, none named Runner: {', '.join(apps)}"[:300])
    raise PlistSyntaxError("has no target that is an app")
