"""Where templates are filled: they reach nothing, and compute nothing huge."""

from functools import cache

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.doors.markdown import FILTERS
from sentry_release.doors.name_filters import replace_unsafe, strip_v

_MAX_BITS = 4096  # of a number
_MAX_ITEMS = 1_000_000  # of a text or a list


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """
    A sandbox that computes neither powers nor huge products.

    Its process would be killed for them; a refusal says what is wrong.
    """

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(
        self, _context: object, operator: str, remaining: object, right: object
    ) -> object:
        """Multiply what stays small, and refuse all else."""
        if operator == "*" and _stays_small(remaining, right):
            return remaining * right  # type: ignore[operator]  # a template may try anything
        raise SecurityError("powers and huge products are not computed")


def _stays_small(remaining: object, right: object) -> bool:
    match remaining, right:
        case (int(), int()):
            return remaining.bit_length() + right.bit_length() <= _MAX_BITS
        case ((int() as times, (str() | bytes() | list() | tuple()) as items)) | (
            ((str() | bytes() | list() | tuple()) as items, int() as times)
        ):
            return len(items) * times <= _MAX_ITEMS
        case _:
            return isinstance(remaining, int | float) and isinstance(right, int | float)


@cache
def create_environment(*, is_name: bool) -> TemplateEnvironment:
    """The environment for templates of users, with our filters; a typo in one is an error."""
    environment = TemplateEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= FILTERS
    if is_name:  # to Markdown `replace_unsafe` means something else
        environment.filters |= {"strip_v": strip_v, "safe": replace_unsafe}
    return environment
