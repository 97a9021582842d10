"""Merge the version inputs of `run` with the flags of its build command."""

from dataclasses import replace

from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.release.build_flags import FIELDS, BuildFlags

LATEST = "latest"
"""The release version that Shorebird resolves on its server. Source: `shorebird patch --help`"""


def apply_build_flags(config: Config, flags: BuildFlags) -> Config:
    """
    Return the inputs with the values of the command's flags.

    Raises:
        WorkflowError: An input and the command contradict each other, a flag has no value, or
            its value cannot be known before the command runs.
    """
    for flag, field in FIELDS.items():
        _check_value(flag, getattr(flags, field), config)
    flags = replace(flags, **dict.fromkeys(_unreadable(flags)))
    _check_release(config, flags)
    if flags.release_version is not None:
        name, _, number = flags.release_version.partition("+")
        _agree("--build-name", flags.build_name, "--release-version", name)
        _agree("--build-number", flags.build_number, "--release-version", number or None)
        flags = replace(flags, build_name=name, build_number=number or None)
    _agree("--build-name", flags.build_name, "build-name", config.build_name)
    _agree("--build-number", flags.build_number, "build-number", config.build_number)
    _agree("--flavor", flags.flavor, "flavor", config.flavor)
    return replace(
        config,
        build_name=flags.build_name or config.build_name,
        build_number=flags.build_number or config.build_number,
        flavor=flags.flavor or config.flavor,
    )


def is_version_complete(flags: BuildFlags) -> bool:
    """Return whether the command sets the whole version, so that pubspec.yaml adds no number."""
    return flags.release_version not in {None, LATEST}


def _unreadable(flags: BuildFlags) -> list[str]:
    """Return the fields whose values are known only later; for these the inputs count."""
    values = {field: getattr(flags, field) or "" for field in FIELDS.values()}
    unknown = [field for field, value in values.items() if _is_for_a_shell(value)]
    return unknown + ["release_version"] * (flags.release_version == LATEST)


def _is_for_a_shell(value: str) -> bool:
    return "$" in value or "`" in value


def _check_value(flag: str, value: str | None, config: Config) -> None:
    if value is not None and not value.strip():
        raise WorkflowError(
            f"`{flag}` of the build command is empty.",
            reason="The variable in its place is probably not set.",
            hint=f"Set the variable, or remove `{flag}`.",
        )
    field = FIELDS[flag]
    is_version = field == "release_version"
    values = config.build_name if is_version else getattr(config, field)
    if value is None or values or config.release:
        return
    if is_version and value == LATEST:
        raise WorkflowError(
            "The version behind `--release-version latest` cannot be known before the build.",
            reason="Shorebird resolves it on its server, and a patch needs the dart-defines of its release.",
            hint="Set the version, as in `--release-version 1.4.0+27`, "
            "or the release name: `sentry-release run --release shop@1.4.0+27 -- shorebird patch …`.",
        )
    if _is_for_a_shell(value):
        raise WorkflowError(
            f"`{flag}` is {value[:80]!r}, which only the shell of the command can read.",
            reason="The action names the release before the command runs.",
            hint=f"Write `sentry-release run {flag} VALUE -- …` with the same value.",
        )


def _check_release(config: Config, flags: BuildFlags) -> None:
    """Compare the command with an input `release` that ends in a version, as in shop@1.4.0+27."""
    _, at, version = (config.release or "").rpartition("@")
    if not at or not version[:1].isdigit():
        return
    name, _, number = version.partition("+")
    _agree("--build-name", flags.build_name, "release", name, visible=config.release)
    _agree("--build-number", flags.build_number, "release", number or None, visible=config.release)


def _agree(
    flag: str, value: str | None, other: str, values: str | None, *, visible: str | None = None
) -> None:
    if value is None or values is None or value == values:
        return
    raise WorkflowError(
        f"The build command sets `{flag}={value[:80]}`, but `{other}` is {(visible or values)[:80]!r}.",
        reason="The app would report a different version from its release in Sentry.",
        hint="Set both to the same value, or remove one of them.",
    )
