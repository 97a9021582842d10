"""Parse pubspec.yaml, pubspec.lock, patterns of pub workspaces and melos; versions of packages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode

MAX_BYTES = 1_000_000
_VERSION = re.compile(
    r"(?P<name>([0-9]+)\.([0-9]+)\.([0-9]+)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)"
    r"(\+(?P<number>[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?"
)
_PACKAGE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PLUGIN = "sentry_dart_plugin"
LOCK_FILE = "pubspec.lock"
MAX_LOCK_BYTES = 4_000_000
MELOS = "melos.yaml"
NO_PACKAGES = frozenset({
    "build", "node_modules", "Pods", "ephemeral", ".dart_tool", ".fvm", ".git", ".gradle",
    ".pub-cache", ".symlinks",
})  # fmt: skip
"""Folders whose pubspecs are copies or belong to dependencies."""
_ANY_DEPTH = "**"
_MAX_LENGTH = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class DartPluginConfig:
    """
    The section `sentry:` of a pubspec, which sentry_dart_plugin reads.

    The plugin reads a key without a value as the text "null", Dart's toString of null, and so
    does this class.
    Source: sentry-dart-plugin, lib/src/configuration_values.dart
    """

    name: str | None = None
    version: str | None = None
    release: str | None = None
    dist: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pubspec:
    """
    The values of a pubspec.yaml.

    `build_name` is the version before the `+`, `build_number` the part after it: the values that
    `flutter build` accepts as --build-name and --build-number.
    `is_module` is whether the project is a module for a native app.
    `members` are the folders of a pub workspace; `in_workspace` is whether it belongs to one.
    """

    name: str
    build_name: str | None = None
    build_number: str | None = None
    default_flavor: str | None = None
    is_flutter: bool = False
    is_plugin: bool = False
    is_module: bool = False
    members: tuple[str, ...] = ()
    in_workspace: bool = False
    plugin: DartPluginConfig | None = None

    @property
    def version(self) -> str | None:
        """Return the version with the build number, as written in the file."""
        if self.build_name is None or self.build_number is None:
            return self.build_name
        return f"{self.build_name}+{self.build_number}"


def parse_pubspec(text: str, *, where: str = "pubspec.yaml") -> Pubspec:
    """
    Parse the text of a pubspec.yaml.

    Args:
        text: The whole file.
        where: The path for messages.

    Raises:
        ProjectError: It is not a YAML mapping, or pub rejects its name or version.

    Source: https://dart.dev/tools/pub/pubspec · pub_semver, lib/src/patterns.dart
    """
    found = parse_pub_yaml(text, where)
    if not found.mapping:
        raise ProjectError(
            f"{where} is not a mapping of keys to values.",
            reason="A pubspec has lines such as `name: shop`.",
            hint="Restore the file, or set `working-directory` to the folder of the app.",
        )
    build_name, build_number = _read_version(found.at("version").text, where)
    flutter = found.at("flutter")
    return Pubspec(
        name=_read_name(found.at("name").text, where),
        build_name=build_name,
        build_number=build_number,
        default_flavor=flutter.at("default-flavor").text,
        is_flutter="flutter" in found.mapping or "flutter" in found.at("dependencies").mapping,
        is_plugin="plugin" in flutter.mapping,
        is_module="module" in flutter.mapping,
        members=found.at("workspace").texts,
        in_workspace=found.at("resolution").text == "workspace",
        plugin=_read_plugin(found),
    )


def _read_name(name: str | None, where: str) -> str:
    if not name:
        raise ProjectError(
            f"{where} has no `name`.",
            reason="The release name starts with the package name.",
            hint="Add a line such as `name: shop`.",
        )
    if not _PACKAGE.fullmatch(name):
        raise ProjectError(
            f"{where} has the invalid package name {name[:80]!r}.",
            reason="pub allows letters, digits and underscores; the first must not be a digit.",
            hint="Write it as, for example, `name: shop_app`.",
        )
    return name


def _read_version(version: str | None, where: str) -> tuple[str | None, str | None]:
    if not version:
        return None, None
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ProjectError(
            f"{where} has the invalid version {version[:80]!r}.",
            reason="pub requires MAJOR.MINOR.PATCH, with optional -PRERELEASE and +BUILD.",
            hint="Write it as, for example, `version: 1.4.0+27`.",
        )
    return match["name"], match["number"]


def _read_plugin(found: YamlNode) -> DartPluginConfig | None:
    if all(_PLUGIN not in found.at(one).mapping for one in ("dependencies", "dev_dependencies")):
        return None
    section = found.at("sentry").mapping
    settings = {key: section[key].text for key in DartPluginConfig.__slots__ if key in section}
    return DartPluginConfig(
        **{key: "null" if value is None else value for key, value in settings.items()}
    )


def find_locked_version(text: str, package: str) -> str | None:
    """
    Return the locked version of a package; None if there is none or the file cannot be read.

    Source: dart-lang/pub, lib/src/lock_file.dart
    """
    try:
        found = parse_pub_yaml(text, LOCK_FILE)
    except ProjectError:
        return None
    return found.at("packages", package, "version").text


def matches_pattern(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    """
    Return whether one of the patterns matches; `*` matches within a folder, `**` across folders.

    >>> matches_pattern(PurePosixPath("apps/shop"), ["./apps/*/"])
    True
    >>> matches_pattern(PurePosixPath("apps/shop/example"), ["apps/*", "packages/**"])
    False
    """
    return any(
        _matches_path(path, PurePosixPath(pattern[:_MAX_LENGTH]).parts) for pattern in patterns
    )


def _matches_path(path: PurePosixPath, pattern: tuple[str, ...]) -> bool:
    """Match part by part, with the set of all positions in the pattern that are possible."""
    places = _skip_wildcards({0}, pattern)
    for part in path.parts:
        stayed = {at for at in places if pattern[at : at + 1] == (_ANY_DEPTH,)}
        gone = {at + 1 for at in places if at < len(pattern) and fnmatchcase(part, pattern[at])}
        places = _skip_wildcards(stayed | gone, pattern)
    return len(pattern) in places


def _skip_wildcards(places: set[int], pattern: tuple[str, ...]) -> set[int]:
    """Return the positions and those after a `**`, which may match nothing."""
    found = set(places)
    for at, part in enumerate(pattern):
        if at in found and part == _ANY_DEPTH:
            found.add(at + 1)
    return found


def list_ignored_by_melos(text: str, name: str) -> tuple[str, ...] | None:
    """
    Return the `ignore` patterns of melos; None if the file does not configure melos.

    Args:
        text: The whole file.
        name: `melos.yaml`, or `pubspec.yaml` with a section `melos:`, as since melos 7.

    Source: https://melos.invertase.dev/configuration/overview
    """
    try:
        found = parse_pub_yaml(text, name)
    except ProjectError:
        return None
    melos = found if name == MELOS else found.at("melos")
    return melos.at("ignore").texts if melos.is_mapping else None


def is_lower_version(version: str | None, than: str) -> bool:
    """
    Return whether a version is lower than another; False for an invalid version.

    Source: https://semver.org/#spec-item-11, which pub follows except for the build part
    """
    import semver

    try:
        return semver.Version.parse(version or "") < semver.Version.parse(than)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedVersion:
    """
    A package's version: `exact` from the lock, else the lowest that the constraint allows.

    `below` is the exclusive upper bound of the constraint, if it has one.
    """

    version: str | None
    exact: bool
    below: str | None = None


def is_older(resolved: ResolvedVersion | None, than: str) -> bool:
    """
    Return whether a package is certainly older; False if the versions cannot be compared.

    Without a lock pub resolves the newest allowed version, so the upper bound counts.
    """
    if resolved is None:
        return False
    if not resolved.exact:
        return resolved.below is not None and not is_lower_version(than, f"{resolved.below}-0")
    return is_lower_version(resolved.version, than)


def describe_version(package: str, resolved: ResolvedVersion | None) -> str:
    """
    Return a sentence on the version of a package, as far as it is known.

    >>> describe_version("a", ResolvedVersion(version="8.1.0", exact=False, below="9.0.0"))
    'a is 8.1.0 or newer and older than 9.0.0.'
    """
    if resolved is None or resolved.version is None:
        return f"The version of {package} is unknown."
    if resolved.exact:
        return f"{package} is {resolved.version}."
    if resolved.below is None:
        return f"{package} is {resolved.version} or newer; there is no pubspec.lock."
    return f"{package} is {resolved.version} or newer and older than {resolved.below}."
