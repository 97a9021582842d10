"""Render templates: release names, summaries and notifications in a sandbox, workflows as code."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.adapters.templates.markdown import FILTERS
from sentry_release.errors import WorkflowError
from sentry_release.model.release import RELEASE_LIMIT, RESERVED_RELEASES

_REFUSED = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]+")
_MAX_BITS = 4096  # of a number
_MAX_ITEMS = 1_000_000  # of a text or a list
_NAME_LIMIT = 4096  # characters
_TEXT_LIMIT = 1024 * 1024  # characters
_TIME = "datetime in ISO 8601"
_HERE = Path(__file__).resolve().parents[2]
TEMPLATE_FOLDERS = (
    _HERE / "templates",
    _HERE.parents[1] / "templates",
)  # in a wheel; in the repository


def strip_v(text: object) -> str:
    """
    Return a tag without the v before its version.

    >>> strip_v("v1.4.0"), strip_v("V2"), strip_v("shop-v1.4.0"), strip_v("vanilla")
    ('1.4.0', '2', 'shop-1.4.0', 'vanilla')
    """
    return re.sub(r"(?<![0-9A-Za-z])[vV](?=[0-9])", "", str(text), count=1)


def replace_unsafe(text: object) -> str:
    r"""
    Return a text that Sentry accepts as a release name: a dash replaces what it refuses.

    >>> replace_unsafe("feature/login"), replace_unsafe("  a\n\tb "), replace_unsafe("latest")
    ('feature-login', 'a-b', 'latest-')
    """
    found = (
        _REFUSED.sub("-", str(text).strip())
        .encode()[:RELEASE_LIMIT]
        .decode(errors="ignore")
        .strip()
    )
    if not found:
        return "-"
    return f"{found}-" if found.lower() in RESERVED_RELEASES else found


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """
    A sandbox that computes neither powers nor huge products.

    Its process would be killed for them; a refusal says what is wrong.
    """

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(self, _context: object, operator: str, left: object, right: object) -> object:
        """Return the product if it stays small. Raises SecurityError for anything else."""
        if operator == "*" and _stays_small(left, right):
            return left * right  # type: ignore[operator]  # a template may try anything
        raise SecurityError("powers and huge products are not computed")


def _stays_small(left: object, right: object) -> bool:
    match left, right:
        case (int(), int()):
            return left.bit_length() + right.bit_length() <= _MAX_BITS
        case ((int() as times, (str() | bytes() | list() | tuple()) as items)) | (
            ((str() | bytes() | list() | tuple()) as items, int() as times)
        ):
            return len(items) * times <= _MAX_ITEMS
        case _:
            return isinstance(left, int | float) and isinstance(right, int | float)


@cache
def create_environment(*, is_name: bool) -> TemplateEnvironment:
    """Return the environment for templates of users, in which unknown names are errors."""
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


def render_release_name(template: str, variables: Mapping[str, str | None]) -> str:
    """
    Fill a `release` template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown or has no value.
    """
    # What has no value is left out, except for what a template may rightly ask after: `build`.
    known = {key: value for key, value in variables.items() if value is not None}
    known.setdefault("build", "")
    unset = sorted(variables.keys() - known.keys())
    answer = _render_in_process(template, (known,), is_name=True)
    if "texts" in answer:
        return str(answer["texts"][0])
    reason = f"It is {template[:200]!r}."
    raise _build_template_error("release", reason, answer["problem"], known, unset)


def preload_templates(*templates: str) -> None:
    """Compile built-in templates, which are rendered soon."""
    for template in templates:
        _create_own_environment().get_template(f"{template}.md.j2")


def render_template(template: str, **values: object) -> str:
    """Render a built-in template, `templates/<template>.md.j2`."""
    return _create_own_environment().get_template(f"{template}.md.j2").render(values)


def render_texts(
    template: str, where: str, all_values: Sequence[Mapping[str, object]]
) -> tuple[str, ...]:
    """
    Return a user's own template, filled once with each of these values.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown.
    """
    answer = _render_in_process(template, all_values, is_name=False)
    if "texts" in answer:
        return tuple(answer["texts"])
    reason = "Jinja2 understands it, and could not fill it with what there is in this run."
    if answer["line"]:
        reason = f"Jinja2 does not understand line {answer['line']} of it."
    raise _build_template_error(where, reason, answer["problem"], all_values[0])


def _render_in_process(
    template: str, all_values: Sequence[Mapping[str, object]], *, is_name: bool
) -> dict[str, Any]:
    from sentry_release.adapters.limits import run_limited

    request = {"template": template, "values": all_values, "is_name": is_name}
    try:
        found = json.loads(
            run_limited(__name__, "render_request", json.dumps(request, default=_encode))
        )
    except (TimeoutError, MemoryError, ChildProcessError) as error:
        return {"problem": _describe_error(error), "line": None}
    return dict(found)


def render_request(request: str) -> str:
    """
    Return the answer to a request in JSON: the texts, or the problem and its line.

    It runs in a process of its own: a template can take all the time and memory of a machine.
    """
    task = json.loads(request, object_hook=_decode)
    environment = create_environment(is_name=task["is_name"])
    limit = _NAME_LIMIT if task["is_name"] else _TEXT_LIMIT
    try:
        template = environment.from_string(task["template"])
        texts = [template.render(values)[:limit] for values in task["values"]]
        return json.dumps({"texts": texts})
    except TemplateSyntaxError as error:
        return json.dumps({"problem": str(error.message), "line": error.lineno})
    except Exception as error:  # noqa: BLE001 - a template can raise all that Python can
        return json.dumps({"problem": _describe_error(error), "line": None})


@cache
def _create_own_environment() -> Environment:
    """Return the environment for built-in templates, in which unknown names are errors."""
    environment = Environment(  # noqa: S701 - what is rendered is Markdown, and filters escape it
        loader=FileSystemLoader([folder for folder in TEMPLATE_FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= FILTERS
    return environment


def _encode(value: object) -> object:
    return {_TIME: value.isoformat()} if isinstance(value, datetime) else str(value)


def _decode(value: dict[str, Any]) -> object:
    return datetime.fromisoformat(value[_TIME]) if value.keys() == {_TIME} else value


def _describe_error(error: Exception) -> str:
    return str(error) or type(error).__name__


def _build_template_error(
    where: str, reason: str, problem: str, known: Iterable[str], unset: Sequence[str] = ()
) -> WorkflowError:
    hint = f"It may use: {', '.join(sorted(known))}."
    if unset:
        hint += f" In this run these have no value, unless `| default(…)` gives one: {', '.join(unset)}."
    return WorkflowError(
        f"The template in `{where}` cannot be filled: {problem[:200].rstrip('.')}.",
        reason=reason,
        hint=hint,
    )


def render_code(template: str, **values: object) -> str:
    """
    Return `templates/<template>.j2` with its square brackets filled.

    The values are written as they are, so they must be safe in that file.
    """
    return _create_environment().get_template(f"{template}.j2").render(values)


@cache
def _create_environment() -> Environment:
    return Environment(  # noqa: S701 - it is no HTML; values are checked before they get here
        loader=FileSystemLoader([folder for folder in TEMPLATE_FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
