"""Fill the templates of workflows and scripts, whose own syntax has braces."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sentry_release.adapters.templates.render import TEMPLATE_FOLDERS


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
