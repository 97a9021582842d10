"""What stands in the way of a release, in words."""


class ReleaseError(Exception):
    """What is wrong with the value, why, and how to mend it."""

    def __init__(self, message: str, *, reason: str, hint: str) -> None:
        super().__init__(f"{message}\n{reason}\n{hint}")
