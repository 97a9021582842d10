"""Which paths stay in the folder of an app."""

from pathlib import PurePosixPath

import pytest

from sentry_release.model.platform import resolve_below_root


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("ios/Runner.plist", "ios/Runner.plist"),
        ("ios/../android/./a", "android/a"),
        ("a/..", "."),
        ("../a", None),
        ("a/../../b", None),
        ("/etc/passwd", None),
        ("a\0b", None),
        ("é" * 127 + "x", "é" * 127 + "x"),
        ("é" * 128, None),
    ],
)
def test_a_path_without_dots_is_in_the_folder_or_none(path: str, resolved: str | None) -> None:
    found = resolve_below_root(PurePosixPath(path))

    assert found == (None if resolved is None else PurePosixPath(resolved))
