"""Recognizes the actions of this product in `uses:`."""

import re
from enum import Enum

from sentry_release.publisher import NAME


class OwnAction(Enum):
    """An action of this product; its twin below `host/` counts as the same."""

    RELEASE = "release"
    UPLOAD = "upload"
    DEPLOY = "deploy"
    HEALTH = "health"
    DOCTOR = "doctor"


_REFERENCE = re.compile(
    rf"""
    (?: \.(?:/[^/]+)*                     # a copy in the repository of the workflow
      | docker://[\w.:-]+(?:/[\w.-]+)*    # the image, at any registry
      | [\w.-]+                           # the owner on GitHub, or that of a fork
    )
    /{re.escape(NAME)}
    (?: /\.github/workflows/release\.yml  # the reusable workflow
      | (?:/host)?(?:/(?P<name>upload|deploy|health|doctor))?
    )
    /?
    (?:[@:].+)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find_own_action(uses: str | None) -> OwnAction | None:
    """
    Return the action of this product that a step or a job uses; None for any other one.

    The reusable workflow and the image count as the root action, RELEASE. `./` and `./deploy`
    name files of the repository of the workflow, so they are not actions of this product.

    >>> find_own_action(f"any-owner/{NAME}/host/deploy@v1")
    <OwnAction.DEPLOY: 'deploy'>

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    found = _REFERENCE.fullmatch(uses or "")
    if found is None:
        return None
    return OwnAction(found["name"].lower()) if found["name"] else OwnAction.RELEASE
