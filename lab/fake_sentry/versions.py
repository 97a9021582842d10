"""Parse a release name as Sentry does: package, semantic version, build, hash."""

import re

_NAME = re.compile(r"(?:(?P<package>[^@]+)@)?(?P<raw>.+)", re.DOTALL)
_NUMBER = re.compile(
    r"(?P<short>(?P<quad>\d+(?:\.\d+){0,3})(?:-(?P<pre>[0-9A-Za-z.-]+))?)"
    r"(?:\+(?P<build>[0-9A-Za-z.-]+))?"
)
_HASH = re.compile(r"[0-9a-f]{12,40}")


def version_info(name: str) -> dict[str, object]:
    """Return the `versionInfo` of a release, as Sentry does for the names that the action creates."""
    found = _NAME.fullmatch(name)
    package, raw = (found["package"], found["raw"]) if found else (None, name)
    number = _NUMBER.fullmatch(raw) if package else None
    version: dict[str, object] = {"raw": raw}
    if number:
        parts = [int(part) for part in number["quad"].split(".")]
        major, minor, patch, *_ = (*parts, 0, 0)
        version |= {"major": major, "minor": minor, "patch": patch}
        version |= {"pre": number["pre"], "buildCode": number["build"], "components": len(parts)}
    sha = raw if _HASH.fullmatch(raw) else None
    info: dict[str, object] = {"package": package, "version": version}
    return info | {"description": description(name), "buildHash": sha}


def description(name: str) -> str:
    """Return the name as Sentry displays it: `shop@1.4.0+27` is `1.4.0 (27)`."""
    package, _, raw = name.rpartition("@")
    number = _NUMBER.fullmatch(raw) if package and "@" not in package else None
    if number:
        return f"{number['short']} ({number['build']})" if number["build"] else number["short"]
    return raw[:12] if _HASH.fullmatch(raw) else name
