"""Head of a block in a Gradle script -> the names of what the block sets up."""

import re

_PART = re.compile(
    r"""
    \s*(?:
        (?:create|register|getByName|maybeCreate|named)\s*\(\s*(?P<called>"_*")\s*\)
      | (?P<quoted>"_*")
      | (?P<word>[A-Za-z_$][\w$]*)
    )\s*(?P<end>\.|$)
    """,
    re.VERBOSE,
)
_DELEGATED = re.compile(r"(?:val\s+)?(\w+)\s+by\s+(?:creating|getting|registering|existing)$")
_EXTENSION = re.compile(
    r"(?:(?:project\.)?extensions\.)?configure<[\w.]*"
    r'(?:ApplicationExtension|AppExtension|BaseAppModuleExtension)>(?:\("_+"\))?$'
)
_PLAIN = re.compile(r"[\w-]+")
_SILENT = {"project", "this", "apply", "configure"}
_MANY = {
    "all", "configureEach", "each", "eachWithIndex", "forEach", "whenObjectAdded",
    "else", "try", "finally", "do",
}  # fmt: skip


def parse_block_path(code: str, output: str) -> tuple[str, ...]:
    """
    Name what a block sets up: `("buildTypes", "release")` for `buildTypes.getByName("release")`.

    A head that names nothing for certain, such as `if (ci)` or `all`, gives that head behind a
    `?`, which no name contains.

    Args:
        code: The head with its strings masked.
        output: The head as it is written.
    """
    if delegated := _DELEGATED.match(code):
        return (delegated[1],)
    if _EXTENSION.match(code):
        return ("android",)
    names: list[str] = []
    at = 0
    while part := _PART.match(code, at):
        name = _parse_name(part, output)
        if name is None or name in _MANY:
            break
        names += [name] if part["called"] or name not in _SILENT else []
        if not part["end"]:
            return tuple(names)
        at = part.end()
    return (f"?{code}",)


def _parse_name(part: re.Match[str], output: str) -> str | None:
    if part["word"]:
        return part["word"]
    start, end = part.span("called" if part["called"] else "quoted")
    inner = output[start + 1 : end - 1]
    return inner if _PLAIN.fullmatch(inner) else None
