"""Claims about recognizing the actions of this product in workflows."""

import pytest

from sentry_release.doctor.ci_files.own_action import OwnAction, find_own_action

SHA = "8f4b7f84864484a7bf31766abe9204da3cbe65b3"


@pytest.mark.parametrize(
    ("uses", "action"),
    [
        ("acme/sentry-release-flutter@v1", OwnAction.RELEASE),
        (f"another-owner/sentry-release-flutter@{SHA}", OwnAction.RELEASE),
        ("Acme/Sentry-Release-Flutter@v1", OwnAction.RELEASE),
        ("acme/sentry-release-flutter@feature/x", OwnAction.RELEASE),
        ("acme/sentry-release-flutter/host@v1", OwnAction.RELEASE),
        ("acme/sentry-release-flutter/upload@v1", OwnAction.UPLOAD),
        ("acme/sentry-release-flutter/deploy@v1", OwnAction.DEPLOY),
        ("acme/sentry-release-flutter/health@v1.2.3", OwnAction.HEALTH),
        ("acme/sentry-release-flutter/doctor@main", OwnAction.DOCTOR),
        ("acme/sentry-release-flutter/host/upload@v1", OwnAction.UPLOAD),
        ("acme/sentry-release-flutter/host/deploy@v1", OwnAction.DEPLOY),
        ("acme/sentry-release-flutter/host/health@v1", OwnAction.HEALTH),
        ("acme/sentry-release-flutter/host/doctor/@v1", OwnAction.DOCTOR),
        ("acme/sentry-release-flutter/.github/workflows/release.yml@v1", OwnAction.RELEASE),
        ("./sentry-release-flutter", OwnAction.RELEASE),
        ("./.github/actions/sentry-release-flutter/", OwnAction.RELEASE),
        ("./vendor/acme/sentry-release-flutter/host/deploy", OwnAction.DEPLOY),
        ("docker://registry.example:5000/acme/sentry-release-flutter:v1", OwnAction.RELEASE),
        ("docker://ghcr.io/acme/sentry-release-flutter@sha256:00", OwnAction.RELEASE),
    ],
)
def test_an_action_of_this_product_is_recognized(uses: str, action: OwnAction) -> None:
    assert find_own_action(uses) is action


@pytest.mark.parametrize(
    "uses",
    [
        None,
        "",
        "actions/checkout@v7",
        "getsentry/action-release@v3",
        "acme/not-sentry-release-flutter@v1",
        "acme/sentry-release-flutter-fork@v1",
        "acme/tools/sentry-release-flutter@v1",
        "acme/sentry-release-flutter/.github/actions/sentry@v1",
        "acme/sentry-release-flutter/deployment@v1",
        "acme/sentry-release-flutter/deploy/host@v1",
        "sentry-release-flutter@v1",
        "./",
        "./deploy",
        "./sentry-release-flutter-wrapper",
        "$/deploy",
    ],
)
def test_another_action_is_not_taken_for_one_of_this_product(uses: str | None) -> None:
    assert find_own_action(uses) is None


@pytest.mark.parametrize("unit", ["/sentry-release-flutter", "/host", "a/", "./", ":", "@"])
@pytest.mark.parametrize("start", ["", ".", "docker://a", "a/sentry-release-flutter"])
def test_a_hostile_reference_takes_no_time(start: str, unit: str) -> None:
    assert find_own_action(f"{start}{unit * 100_000}\n") is None
