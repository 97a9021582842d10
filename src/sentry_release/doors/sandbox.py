"""Where templates are filled: they reach nothing, and compute nothing huge."""

from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.doors.markdown import FILTERS

_HERE = Path(__file__).resolve().parents[1]
_FOLDERS = (_HERE / "templates", _HERE.parents[1] / "templates")  # in a wheel; in the repository
_MOST_BITS = 4096  # of a number
_MOST_ITEMS = 1_000_000  # of a text or a list


class Sandbox(ImmutableSandboxedEnvironment):
    """
    A sandbox that computes neither powers nor huge products.

    Python computes such a thing in one go, which no alarm interrupts.
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
def sandbox() -> Sandbox:
    """The one environment, with our templates and filters; a typo in a template is an error."""
    environment = Sandbox(
        loader=FileSystemLoader([folder for folder in _FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in FILTERS}
    return environment
