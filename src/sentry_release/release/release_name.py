"""Name a release from the inputs and pubspec.yaml."""

from dataclasses import dataclass
from enum import StrEnum

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.release import Release
from sentry_release.model.sentry_names import find_dist_name_error, find_release_name_error

DEFAULT_TEMPLATE = "{{ package }}@{{ version }}{{ '+' ~ build if build }}"

SDK_DEFAULT = "sdk-default"


class NameSource(StrEnum):
    """The source of a release name."""

    PUBSPEC = "pubspec"
    TEMPLATE = "template"
    SDK_DEFAULT = "sdk-default"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts:
    """The parts of names; `version` and `build` are those that `flutter build` gets."""

    package: str | None = None
    version: str | None = None
    build: str | None = None


def find_name_parts(config: Config, pubspec: Pubspec | None) -> NameParts:
    """
    Return the parts of pubspec.yaml, with `build-name` and `build-number` as overrides.

    Each of the two overrides its own half, as the flags of `flutter build` do.
    Source: flutter_tools, lib/src/build_info.dart
    """
    if pubspec is None:
        return NameParts(version=config.build_name, build=config.build_number)
    return NameParts(
        package=pubspec.name,
        version=config.build_name or pubspec.build_name,
        build=config.build_number or pubspec.build_number,
    )


def find_name_source(config: Config) -> NameSource:
    """Return the source of the name."""
    if config.release is None:
        return NameSource.PUBSPEC
    if config.release == SDK_DEFAULT:
        return NameSource.SDK_DEFAULT
    is_template = "{{" in config.release or "{%" in config.release
    return NameSource.TEMPLATE if is_template else NameSource.INPUT


def build_template_variables(
    parts: NameParts, context: Context, environment: str | None
) -> dict[str, str | None]:
    """Return the variables of a `release` template."""
    return {
        "package": parts.package,
        "version": parts.version,
        "build": parts.build,
        "environment": environment,
        "sha": context.commit,
        "short_sha": context.commit[:7] if context.commit else None,
        "tag": context.tag,
        "branch": context.branch,
        "run_number": context.run_number,
        "run_attempt": str(context.run_attempt),
    }


def build_default_name(parts: NameParts) -> str:
    """
    Return package@version+build: the result of DEFAULT_TEMPLATE, without a template engine.

    Raises:
        ProjectError: Neither pubspec.yaml nor `build-name` has the version.
    """
    if parts.version is None:
        raise ProjectError(
            "pubspec.yaml has no `version`.",
            reason="The release name is package@version+build.",
            hint="Add a line such as `version: 1.4.0+27`, or set the input `build-name`.",
        )
    return f"{parts.package}@{parts.version}" + (f"+{parts.build}" if parts.build else "")


def validate_release(name: str, parts: NameParts, config: Config) -> Release:
    """
    Return the release with this name, after validation.

    Raises:
        WorkflowError, ProjectError: Sentry would reject the name or the dist. It is a
            WorkflowError if the name comes from the input `release`.
    """
    if problem := find_release_name_error(name):
        raise _build_name_error(name, problem, config)
    dist = config.dist or parts.build
    if dist and (problem := find_dist_name_error(dist)):
        raise WorkflowError(
            f"The dist {dist[:80]!r} {problem}.",
            reason="It is the build number, because `dist` is empty.",
            hint="Set the input `dist` to letters, digits, `_`, `.` and `-`.",
        )
    return Release(
        name=name, package=parts.package, version=parts.version, build=parts.build, dist=dist
    )


def _build_name_error(name: str, problem: str, config: Config) -> ActionError:
    message = f"The release name {name[:220]!r} {problem}."
    if config.release is not None:
        return WorkflowError(
            message,
            reason=f"It comes from the input `release`: {config.release[:220]!r}.",
            hint="Change that input, for example to `shop@1.4.0+27`.",
        )
    if config.build_name or config.build_number:
        return WorkflowError(
            message,
            reason="It comes from pubspec.yaml, `build-name` and `build-number`.",
            hint="Change those, or set the input `release`.",
        )
    return ProjectError(
        message,
        reason="It comes from `name` and `version` of pubspec.yaml.",
        hint="Change those, or set the input `release`.",
    )
