"""The version in a build command: which value counts, and what is a contradiction."""

from collections.abc import Mapping

import pytest

from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.release.build_flags import (
    BuildFlags,
    apply_build_flags,
    is_version_complete,
    read_build_flags,
)

Inputs = Mapping[str, str]


def apply(command: str, inputs: Inputs) -> tuple[str | None, str | None, str | None]:
    """Build name, build number and flavor after the command was read."""
    environ = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    found = apply_build_flags(Config.from_env(environ), read_build_flags(command.split(" ")))
    return found.build_name, found.build_number, found.flavor


FLUTTER, SHOREBIRD = "flutter build apk", "shorebird release android"


@pytest.mark.parametrize(
    ("command", "inputs", "expected"),
    [
        (FLUTTER, {}, (None, None, None)),
        (FLUTTER, {"build-name": "1.4.0", "flavor": "a"}, ("1.4.0", None, "a")),
        (f"{FLUTTER} --build-name 1.4.0", {}, ("1.4.0", None, None)),
        (f"{FLUTTER} --build-number 27 --flavor a", {}, (None, "27", "a")),
        (f"{FLUTTER} --flavor a", {"flavor": "a"}, (None, None, "a")),
        (f"{FLUTTER} --build-name 1.4.0", {"release": "shop@1.4.0+27"}, ("1.4.0", None, None)),
        (f"{FLUTTER} --build-number 27", {"release": "shop@1.4.0"}, (None, "27", None)),
        (f"{FLUTTER} --build-name 9", {"release": "shop@canary"}, ("9", None, None)),
        (f"{FLUTTER} --build-name 9", {"release": "shop"}, ("9", None, None)),
        (f"{FLUTTER} --build-name $V", {"build-name": "1.4.0"}, ("1.4.0", None, None)),
        (f"{FLUTTER} --build-name `v`", {"build-name": "1.4.0"}, ("1.4.0", None, None)),
        (f"{FLUTTER} --build-number $N", {"release": "shop@1"}, (None, None, None)),
        (f"{SHOREBIRD} --release-version 1.4.0+27", {}, ("1.4.0", "27", None)),
        (f"{SHOREBIRD} --release-version 1.4.0", {}, ("1.4.0", None, None)),
        (f"{SHOREBIRD} --release-version latest", {"build-name": "1.4.0"}, ("1.4.0", None, None)),
        (f"{SHOREBIRD} --release-version latest", {"release": "shop@1"}, (None, None, None)),
        (
            f"{SHOREBIRD} --release-version 1.4.0+27 -- --build-name 1.4.0 --build-number 27",
            {},
            ("1.4.0", "27", None),
        ),
    ],
)
def test_a_flag_counts_before_the_input_unless_only_a_shell_can_read_it(
    command: str, inputs: Inputs, expected: tuple[str | None, str | None, str | None]
) -> None:
    assert apply(command, inputs) == expected


@pytest.mark.parametrize(
    ("command", "inputs", "message"),
    [
        (f"{FLUTTER} --flavor=", {}, "`--flavor` of the build command is empty."),
        (f"{FLUTTER} --flavor=", {"flavor": "a"}, "`--flavor` of the build command is empty."),
        (f"{FLUTTER} --build-name $V", {}, "which only the shell of the command can read"),
        (f"{FLUTTER} --flavor `f`", {}, "which only the shell of the command can read"),
        (f"{FLUTTER} --flavor a", {"flavor": "b"}, "`--flavor=a`, but `flavor` is 'b'."),
        (
            f"{FLUTTER} --build-name 1",
            {"build-name": "2"},
            "`--build-name=1`, but `build-name` is '2'.",
        ),
        (
            f"{FLUTTER} --build-number 1",
            {"build-number": "2"},
            "`--build-number=1`, but `build-number` is '2'.",
        ),
        (
            f"{FLUTTER} --build-name 1.5.0",
            {"release": "shop@1.4.0+27"},
            "`--build-name=1.5.0`, but `release` is 'shop@1.4.0+27'.",
        ),
        (
            f"{FLUTTER} --build-number 28",
            {"release": "shop@1.4.0+27"},
            "`--build-number=28`, but `release` is 'shop@1.4.0+27'.",
        ),
        (
            f"{SHOREBIRD} --release-version 1.4.0+27 -- --build-name 1.5.0",
            {},
            "`--build-name=1.5.0`, but `--release-version` is '1.4.0'.",
        ),
        (
            f"{SHOREBIRD} --release-version 1.4.0+27 -- --build-number 28",
            {},
            "`--build-number=28`, but `--release-version` is '27'.",
        ),
        (f"{SHOREBIRD} --release-version latest", {}, "cannot be known before the build"),
    ],
)
def test_a_contradiction_or_an_unreadable_value_is_an_error(
    command: str, inputs: Inputs, message: str
) -> None:
    with pytest.raises(WorkflowError) as failure:
        apply(command, inputs)

    assert message in failure.value.message


@pytest.mark.parametrize(
    ("version", "is_complete"), [(None, False), ("latest", False), ("1.4.0", True)]
)
def test_only_a_release_version_leaves_nothing_to_pubspec(
    version: str | None, *, is_complete: bool
) -> None:
    assert is_version_complete(BuildFlags(release_version=version)) is is_complete
