"""project.pbxproj text -> the app's target, its build configurations and those of the project."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.facts.flutter.openstep import (
    BrokenTextError,
    Span,
    entries,
    first,
    items,
    whole,
)

MAX_CHARACTERS = 4 * 1024 * 1024  # twice the largest projects there are
_APPLICATION = "com.apple.product-type.application"
_GROUPS = {"PBXGroup", "PBXVariantGroup", "PBXFileSystemSynchronizedRootGroup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    The settings of one build configuration, and the .xcconfig file that they stand upon.

    `base` is below the folder that holds the Xcode project; a path that Xcode finds elsewhere
    is absolute here.
    """

    settings: Mapping[str, str]
    base: PurePosixPath | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The target that is the app, and the names of the build configurations there are."""

    target: str
    configurations: tuple[str, ...]
    objects: "_Objects"
    lists: tuple[str, str]

    def levels(self, name: str) -> tuple[Configuration, ...]:
        """
        The configuration of that name: the target's first, then the project's.

        A level that has none of that name gives its default one, as with Xcode.

        Raises:
            BrokenTextError: What it is made of cannot be read.
        """
        parents = self.objects.parents()
        found = (self.objects.named(each, name) for each in self.lists)
        return tuple(self.objects.configuration(each, parents) for each in found if each)


@dataclass(frozen=True, slots=True)
class _Objects:
    """The objects of a project by their identifiers; each is read when it is asked for."""

    text: str
    spans: Mapping[str, str | Span]

    def fields(self, identifier: str) -> dict[str, str | Span]:
        span = self.spans.get(identifier)
        return dict(entries(self.text, span)) if isinstance(span, Span) else {}

    def field(self, identifier: str, key: str) -> str:
        value = self.fields(identifier).get(key)
        return value if isinstance(value, str) else ""

    def items(self, identifier: str, key: str) -> tuple[str, ...]:
        value = self.fields(identifier).get(key)
        return items(self.text, value) if isinstance(value, Span) else ()

    def names(self, configurations: str) -> dict[str, str]:
        """The build configurations of a list: their identifiers by their names."""
        every = self.items(configurations, "buildConfigurations")
        return {name: each for each in every if (name := self.field(each, "name"))}

    def named(self, configurations: str, name: str) -> str | None:
        known = self.names(configurations)
        return known.get(name) or known.get(self.field(configurations, "defaultConfigurationName"))

    def configuration(self, identifier: str, parents: Mapping[str, str]) -> Configuration:
        found = self.fields(identifier)
        block = found.get("buildSettings")
        settings = entries(self.text, block) if isinstance(block, Span) else ()
        return Configuration(
            # Xcode reads a plain setting before those of the same name that have a condition.
            settings={
                key: " ".join(items(self.text, value)) if isinstance(value, Span) else value
                for key, value in sorted(settings, key=lambda pair: pair[0])
            },
            base=self.base(found, parents),
        )

    def base(
        self, found: Mapping[str, str | Span], parents: Mapping[str, str]
    ) -> PurePosixPath | None:
        if reference := found.get("baseConfigurationReference"):
            return self.path(str(reference), parents)
        if anchor := found.get("baseConfigurationReferenceAnchor"):  # since Xcode 16
            below = found.get("baseConfigurationReferenceRelativePath")
            return self.path(str(anchor), parents) / str(below)
        return None

    def parents(self) -> dict[str, str]:
        """The group that each file and group lies in; a group says first that it is one."""
        spans = self.spans.items()
        groups = [each for each, span in spans if first(self.text, span) in _GROUPS]
        return {child: group for group in groups for child in self.items(group, "children")}

    def path(self, identifier: str, parents: Mapping[str, str]) -> PurePosixPath:
        path, seen = PurePosixPath(), {""}
        while identifier not in seen:
            seen.add(identifier)
            path = PurePosixPath(self.field(identifier, "path")) / path
            tree = self.field(identifier, "sourceTree") or "<group>"
            if tree != "<group>":
                return path if tree == "SOURCE_ROOT" else PurePosixPath("/", tree, path)
            identifier = parents.get(identifier, "")
        return path


def parse(text: str) -> Project:
    """
    Read the text of a project.pbxproj.

    Only what the app's settings need is looked into; the rest is stepped over.

    Raises:
        BrokenTextError: It is not what Xcode writes, or says not which target is the app.

    Source: https://github.com/CocoaPods/Xcodeproj, lib/xcodeproj/project.rb
    """
    if len(text) > MAX_CHARACTERS:
        raise BrokenTextError(f"has more than {MAX_CHARACTERS:,} characters")
    top = dict(entries(text, whole(text)))
    inner = top.get("objects")
    objects = _Objects(text, dict(entries(text, inner)) if isinstance(inner, Span) else {})
    project = str(top.get("rootObject"))
    target = _application(objects, objects.items(project, "targets"))
    lists = [objects.field(each, "buildConfigurationList") for each in (target, project)]
    return Project(
        target=objects.field(target, "name"),
        configurations=tuple(objects.names(lists[1]) or objects.names(lists[0])),
        objects=objects,
        lists=(lists[0], lists[1]),
    )


def _application(objects: _Objects, targets: tuple[str, ...]) -> str:
    apps = {
        objects.field(target, "name"): target
        for target in targets
        if objects.field(target, "productType") == _APPLICATION
    }
    if len(apps) == 1 or "Runner" in apps:
        return apps.get("Runner") or next(iter(apps.values()))
    if apps:
        raise BrokenTextError(f"has several apps, none named Runner: {', '.join(apps)}"[:300])
    raise BrokenTextError("has no target that is an app")
