"""The error of the release commands."""


class ReleaseError(Exception):
    """What happened with the value, why, and a hint."""

    def __init__(self, message: str, *, reason: str, hint: str) -> None:
        super().__init__(f"{message}\n{reason}\n{hint}")
