"""Where templates are filled: they reach nothing, and compute nothing huge."""

from functools import cache

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.doors.markdown import FILTERS
from sentry_release.doors.name_filters import safe, strip_v

_MOST_BITS = 4096  # of a number
_MOST_ITEMS = 1_000_000  # of a text or a list


class Sandbox(ImmutableSandboxedEnvironment):
    """
    A sandbox that computes neither powers nor huge products.

    Its process would be killed for them; a refusal says what is wrong.
    """

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(self, _context: object, operator: str, left: object, right: object) -> object:
        """Multiply what stays small, and refuse all else."""
        if operator == "*" and _stays_small(left, right):
            return left * right  # type: ignore[operator]  # a template may try anything
        raise SecurityError("powers and huge products are not computed")


def _stays_small(left: object, right: object) -> bool:
    match left, right:
        case (int(), int()):
            return left.bit_length() + right.bit_length() <= _MOST_BITS
        case ((int() as times, (str() | bytes() | list() | tuple()) as items)) | (
            ((str() | bytes() | list() | tuple()) as items, int() as times)
        ):
            return len(items) * times <= _MOST_ITEMS
        case _:
            return isinstance(left, int | float) and isinstance(right, int | float)


@cache
def sandbox(*, is_name: bool) -> Sandbox:
    """The environment for templates of users, with our filters; a typo in one is an error."""
    environment = Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in FILTERS}
    if is_name:  # to Markdown `safe` means something else
        environment.filters |= {"strip_v": strip_v, "safe": safe}
    return environment
