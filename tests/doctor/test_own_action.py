"""Claims about recognizing the actions of this product in workflows."""

import pytest

from sentry_release import NAME
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action

SHA = "8f4b7f84864484a7bf31766abe9204da3cbe65b3"


@pytest.mark.parametrize(
    ("uses", "action"),
    [
        (f"any-owner/{NAME}@v1", OwnAction.RELEASE),
        (f"another-owner/{NAME}@{SHA}", OwnAction.RELEASE),
        (f"Any-Owner/{NAME.upper()}@v1", OwnAction.RELEASE),
        (f"any-owner/{NAME}@feature/x", OwnAction.RELEASE),
        (f"any-owner/{NAME}/host@v1", OwnAction.RELEASE),
        (f"any-owner/{NAME}/upload@v1", OwnAction.UPLOAD),
        (f"any-owner/{NAME}/deploy@v1", OwnAction.DEPLOY),
        (f"any-owner/{NAME}/health@v1.2.3", OwnAction.HEALTH),
        (f"any-owner/{NAME}/doctor@main", OwnAction.DOCTOR),
        (f"any-owner/{NAME}/host/upload@v1", OwnAction.UPLOAD),
        (f"any-owner/{NAME}/host/deploy@v1", OwnAction.DEPLOY),
        (f"any-owner/{NAME}/host/health@v1", OwnAction.HEALTH),
        (f"any-owner/{NAME}/host/doctor/@v1", OwnAction.DOCTOR),
        (f"any-owner/{NAME}/.github/workflows/release.yml@v1", OwnAction.RELEASE),
        (f"./{NAME}", OwnAction.RELEASE),
        (f"./.github/actions/{NAME}/", OwnAction.RELEASE),
        (f"./vendor/any-owner/{NAME}/host/deploy", OwnAction.DEPLOY),
        (f"docker://registry.example:5000/any-owner/{NAME}:v1", OwnAction.RELEASE),
        (f"docker://ghcr.io/any-owner/{NAME}@sha256:00", OwnAction.RELEASE),
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
        f"any-owner/not-{NAME}@v1",
        f"any-owner/{NAME}-fork@v1",
        f"any-owner/tools/{NAME}@v1",
        f"any-owner/{NAME}/.github/actions/sentry@v1",
        f"any-owner/{NAME}/deployment@v1",
        f"any-owner/{NAME}/deploy/host@v1",
        f"{NAME}@v1",
        "./",
        "./deploy",
        f"./{NAME}-wrapper",
        "$/deploy",
    ],
)
def test_another_action_is_not_taken_for_one_of_this_product(uses: str | None) -> None:
    assert find_own_action(uses) is None


@pytest.mark.parametrize("unit", [f"/{NAME}", "/host", "a/", "./", ":", "@"])
@pytest.mark.parametrize("start", ["", ".", "docker://a", f"a/{NAME}"])
def test_a_hostile_reference_takes_no_time(start: str, unit: str) -> None:
    assert find_own_action(f"{start}{unit * 100_000}\n") is None
