"""Templates -> text: our own in this process, those of users in one of its own, with limits."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError

from sentry_release.doors.markdown import FILTERS
from sentry_release.words.errors import WorkflowError

_NAME_LIMIT = 4096  # characters
_TEXT_LIMIT = 1024 * 1024  # characters
_TIME = "datetime in ISO 8601"
_HERE = Path(__file__).resolve().parents[1]
_FOLDERS = (_HERE / "templates", _HERE.parents[1] / "templates")  # in a wheel; in the repository


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
    answer = _answer_of(template, (known,), is_name=True)
    if "texts" in answer:
        return str(answer["texts"][0])
    reason = f"It is {template[:200]!r}."
    raise _build_template_error("release", reason, answer["problem"], known, unset)


def preload_template(template: str) -> None:
    """Compile one of our own templates, for who will soon want it filled."""
    _own_environment().get_template(f"{template}.md.j2")


def render_template(template: str, **values: object) -> str:
    """Fill one of our own templates, `templates/<template>.md.j2`."""
    return _own_environment().get_template(f"{template}.md.j2").render(values)


def render_text(text: str, where: str, **values: object) -> str:
    """
    Fill a user's own template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown.
    """
    return render_texts(text, where, (values,))[0]


def render_texts(
    template: str, where: str, all_values: Sequence[Mapping[str, object]]
) -> tuple[str, ...]:
    """
    A user's own template, filled once with each of these values.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown.
    """
    answer = _answer_of(template, all_values, is_name=False)
    if "texts" in answer:
        return tuple(answer["texts"])
    reason = "Jinja2 understands it, and could not fill it with what there is in this run."
    if answer["line"]:
        reason = f"Jinja2 does not understand line {answer['line']} of it."
    raise _build_template_error(where, reason, answer["problem"], all_values[0])


def _answer_of(
    template: str, all_values: Sequence[Mapping[str, object]], *, is_name: bool
) -> dict[str, Any]:
    from sentry_release.adapters.templates.limits import run_limited  # noqa: PLC0415 - users' templates are rare

    request = {"template": template, "values": all_values, "is_name": is_name}
    try:
        found = json.loads(run_limited(__name__, "answer", json.dumps(request, default=_encoded)))
    except (TimeoutError, MemoryError, ChildProcessError) as error:
        return {"problem": _describe_error(error), "line": None}
    return dict(found)


def answer(request: str) -> str:
    """
    The answer to a request in JSON: the texts, or the problem and its line.

    It runs in a process of its own: a template can take all the time and memory of a machine.
    """
    from sentry_release.doors.sandbox import create_environment  # noqa: PLC0415 - users' templates are rare

    requests = json.loads(request, object_hook=_decoded)
    environment, limit = create_environment(is_name=requests["is_name"]), _TEXT_LIMIT
    if requests["is_name"]:
        limit = _NAME_LIMIT
    try:
        template = environment.from_string(requests["template"])
        texts = [template.render(values)[:limit] for values in requests["values"]]
        return json.dumps({"texts": texts})
    except TemplateSyntaxError as error:
        return json.dumps({"problem": str(error.message), "line": error.lineno})
    except Exception as error:  # noqa: BLE001 - a template can raise all that Python can
        return json.dumps({"problem": _describe_error(error), "line": None})


@cache
def _own_environment() -> Environment:
    """For our own templates; a typo in one of them is an error."""
    environment = Environment(  # noqa: S701 - what is rendered is Markdown, and filters escape it
        loader=FileSystemLoader([folder for folder in _FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= FILTERS
    return environment


def _encoded(value: object) -> object:
    return {_TIME: value.isoformat()} if isinstance(value, datetime) else str(value)


def _decoded(value: dict[str, Any]) -> object:
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
