"""What stands in the way of a release, in words."""


class ShippingError(Exception):
    """What is wrong with the value, why, and how to mend it."""

    def __init__(self, what: str, *, why: str, mend: str) -> None:
        super().__init__(f"{what}\n{why}\n{mend}")
