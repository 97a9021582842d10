"""The bodies that Sentry's release and deploy endpoints accept, field by field."""

import re
from typing import NoReturn

from fake_sentry.fields import Field, Invalid, form, listing, text, time, url
from fake_sentry.state import ServerError

SHA_LIMIT = 64


def _refuse(reason: str) -> NoReturn:
    raise Invalid([reason])


def _version(value: object) -> object:
    text = str(value)
    plain = text.strip()
    if re.search(r"[\r\n\f\t/\\]", text) or plain.lower() in {"", ".", "..", "latest"}:
        _refuse(f"Release with name {text} is not allowed")
    return text


def _status(value: object) -> object:
    return value if value in {"open", "archived"} else _refuse(f"Invalid status {value}")


def _commit_or_range(value: object) -> object:
    text = str(value)
    ends = text.split("..")
    if len(ends) == 1:
        if len(text) > SHA_LIMIT:
            _refuse(f"Commit too long - max is {SHA_LIMIT} chars")
        return text
    if len(ends) > 2:
        raise ServerError
    if not all(ends):
        _refuse("Commit cannot begin or end with ..")
    if any(len(end) > SHA_LIMIT for end in ends):
        _refuse(f"Start or end commit too long - max is {SHA_LIMIT} chars each")
    return text


def _patch_type(value: object) -> object:
    supported = value in {"A", "D", "M"}
    return value if supported else _refuse(f"Commit patch_set type {value} is not supported.")


def _environment(value: object) -> object:
    return (
        value if re.match(r"[^\n\r\f/]*$", str(value)) else _refuse("Invalid value for environment")
    )


def _optional_text(limit: int | None = None) -> Field:
    return Field(read=text(limit, blank=True), null=True)


_PATCH = form(
    {
        "path": Field(read=text(510), required=True),
        "type": Field(read=text(1, check=_patch_type), required=True),
    }
)
_COMMIT = form(
    {
        "id": Field(read=text(64), required=True),
        "repository": _optional_text(64),
        "message": _optional_text(),
        "author_name": _optional_text(128),
        "author_email": _optional_text(75),
        "timestamp": Field(read=time, null=True),
        "patch_set": Field(read=listing(_PATCH), null=True),
    }
)
_REF = form(
    {
        "commit": Field(read=text(check=_commit_or_range), required=True),
        "repository": Field(read=text(200), required=True),
        "previousCommit": _optional_text(SHA_LIMIT),
    }
)
_RELEASE = {
    "ref": _optional_text(200),
    "url": Field(read=url, null=True),
    "dateReleased": Field(read=time, null=True),
    "commits": Field(read=listing(_COMMIT)),
    "status": Field(read=text(check=_status)),
    "refs": Field(read=listing(_REF)),
}

RELEASE_UPDATE = form(_RELEASE)
RELEASE = form(
    {
        **_RELEASE,
        "version": Field(read=text(200, trim=False, check=_version), required=True),
        "projects": Field(read=listing(), required=True),
    }
)


def _deploy_projects(value: object) -> object:
    return listing(text())(value) or _refuse("This list may not be empty.")


DEPLOY = form(
    {
        "name": _optional_text(64),
        "environment": Field(read=text(64, check=_environment), required=True),
        "url": Field(read=url, null=True),
        "dateStarted": Field(read=time, null=True),
        "dateFinished": Field(read=time, null=True),
        "projects": Field(read=_deploy_projects),
    }
)


def storable(address: object) -> None:
    """
    Refuse what Sentry's database refuses: an URL over 200 characters.

    Raises:
        ServerError: it is longer
    """
    if len(str(address or "")) > 200:
        raise ServerError
