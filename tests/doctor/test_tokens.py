"""Claims about auth tokens in the repository: real ones are found, examples are not, none is printed."""

from pathlib import Path

import pytest

from broken_app import PUBSPEC, doctor, write
from sentry_release.doctor.rules.sentry_tools import contains_token, read_url

HEX = "3b9fa1c07de25864" + "f0c2a8e61d7b9354" + "8a6e0d3c5f1b7294" + "e7c1f5a09b3d8264"
ORGANIZATION = (
    "sntrys" + "_" + "eyJpYXQiOjE3MDAwMDAwMDAuMCwib3JnIjoiYWNtZSJ9" * 2 + "=_" + "Qz7kT0m4x"
)
PERSONAL = "sntryu" + "_" + HEX


@pytest.mark.parametrize(
    "line",
    [
        f"auth_token: {ORGANIZATION}",
        f"  auth_token: '{PERSONAL}'",
        f"auth_token={HEX}",
        f"auth.token = {HEX}",
        f'token="{HEX}"',
        f"sentry-cli --auth-token {ORGANIZATION} releases list",
        f"export SENTRY_AUTH_TOKEN={PERSONAL}",
    ],
)
def test_a_token_is_recognized(line: str) -> None:
    assert contains_token(line)


@pytest.mark.parametrize(
    "line",
    [
        "auth_token: ${SENTRY_AUTH_TOKEN}",
        "auth_token: sntrys_YOUR_TOKEN_HERE",
        "auth_token:",
        f"token={'a' * 64}",
        f"sha256={HEX}",
        f"token={HEX}0",
        f"token: ghp_{HEX}",
        "sntryu_" + "0" * 64,
    ],
)
def test_an_example_a_variable_or_another_checksum_is_not_a_token(line: str) -> None:
    assert not contains_token(line)


def test_the_finding_does_not_repeat_the_token(tmp_path: Path) -> None:
    settings = (
        f"dev_dependencies:\n  sentry_dart_plugin: ^3.4.0\nsentry:\n  auth_token: {PERSONAL}\n"
    )
    write(tmp_path, {"pubspec.yaml": PUBSPEC + settings, "lib/main.dart": "void main() {}\n"})

    output = doctor(tmp_path, "--json")

    assert [line for line in output.lines if "FD46" in line] == ["FD46 warning pubspec.yaml:12"]
    assert PERSONAL not in output.text


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[defaults]\nurl = https://a.example\n", "https://a.example"),
        ("[defaults]\nURL=https://a.example\n", "https://a.example"),
        ("[auth]\ntoken=x\n", None),
        ("url=https://a.example\n", None),
        ("[defaults\nurl=%(x)s\n", None),
        ("[defaults]\nurl=%(x)s\n", "%(x)s"),
        ("\x00", None),
    ],
)
def test_the_url_of_sentry_clis_settings_is_read_and_broken_files_have_none(
    text: str, url: str | None
) -> None:
    assert read_url(text) == url
