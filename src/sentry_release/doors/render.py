"""Templates -> text, in a sandbox: for release names, and for Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from jinja2 import TemplateSyntaxError

from sentry_release.doors.bounds import limited
from sentry_release.doors.name_filters import for_names
from sentry_release.doors.sandbox import sandbox
from sentry_release.words.errors import WorkflowError

_NAME_LIMIT = 4096


def name(template: str, variables: Mapping[str, str | None]) -> str:
    """
    Fill a `release` template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown or has no value.
    """
    # What has no value is left out, except for what a template may rightly ask after: `build`.
    known = {key: value for key, value in variables.items() if value is not None}
    known.setdefault("build", "")
    unset = sorted(variables.keys() - known.keys())
    why = f"It is {template[:200]!r}."
    try:
        with limited():
            return for_names(sandbox()).from_string(template).render(known)[:_NAME_LIMIT]
    except TemplateSyntaxError as error:
        raise _bad("release", why, f"{error.message}", known, unset) from error
    except Exception as error:  # a template can raise all that Python can
        raise _bad("release", why, _said(error), known, unset) from error


def prepare(template: str) -> None:
    """Compile one of our own templates, for who will soon want it filled."""
    sandbox().get_template(f"{template}.md.j2")


def markdown(template: str, **values: object) -> str:
    """Fill one of our own templates, `templates/<template>.md.j2`."""
    return sandbox().get_template(f"{template}.md.j2").render(values)


def markdown_of(text: str, where: str, **values: object) -> str:
    """
    Fill a user's own template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown.
    """
    try:
        with limited():
            return sandbox().from_string(text).render(values)
    except TemplateSyntaxError as error:
        why = f"Jinja2 does not understand line {error.lineno} of it."
        raise _bad(where, why, f"{error.message}", values) from error
    except Exception as error:  # a template can raise all that Python can
        why = "Jinja2 understands it, and could not fill it with what there is in this run."
        raise _bad(where, why, _said(error), values) from error


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _bad(
    where: str, why: str, problem: str, known: Iterable[str], unset: Sequence[str] = ()
) -> WorkflowError:
    mend = f"It may use: {', '.join(sorted(known))}."
    if unset:
        mend += f" In this run these have no value, unless `| default(…)` gives one: {', '.join(unset)}."
    return WorkflowError(
        f"The template in `{where}` cannot be filled: {problem[:200].rstrip('.')}.",
        why=why,
        mend=mend,
    )
