"""
Turn files of the branch into files of the tag.

action.yml of the branch builds an image, that of the tag names one. The reusable workflow of the
branch uses the action of the checkout, that of the tag the action of the version.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from shipping.problem import ReleaseError

_PATH = re.compile(r"(?:[a-z][a-z-]*/)?action\.yml")  # of the root action and of its sub-actions
_CONTAINER = re.compile(r"^  using: docker$", re.MULTILINE)
_BUILT = re.compile(r"^(  image: )(?:\.\./)?Dockerfile$", re.MULTILINE)
_NAMED = re.compile(r"^  image: docker://(\S+)$", re.MULTILINE)
_OWN = re.compile(r"^( *- uses: )\./ #.*$", re.MULTILINE)
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"{_PART}(?::[0-9]{{1,5}})?(?:/{_PART})+@sha256:[0-9a-f]{{64}}"
)  # host, path, digest: https://github.com/distribution/reference


def with_images(paths: Iterable[str], read: Callable[[str], str], image: str) -> Mapping[str, str]:
    """
    Return the action.yml of the tag by path, for the root action and each sub-action in a container.

    The actions below host/ start Node.js and are the same at the tag, so they are not included.

    Args:
        paths: All files of the repository, relative to it.
        read: Returns the text of a file.
        image: See `with_image`.

    Raises:
        ReleaseError: See `with_image`.
    """
    texts = {path: read(path) for path in paths if _PATH.fullmatch(path)}
    return {
        path: with_image(text, image) for path, text in texts.items() if _CONTAINER.search(text)
    }


def with_image(action: str, image: str) -> str:
    """
    Return action.yml with the image instead of the Dockerfile; one line changes.

    Args:
        action: Text of action.yml on the branch, of the root action or a sub-action.
        image: With host, path and digest, and without a tag, which can be moved.

    Raises:
        ReleaseError: The image has no digest, or action.yml does not build one.
    """
    if not _IMAGE.fullmatch(image):
        raise ReleaseError(
            f"{image!r} is not an image by its digest.",
            reason="A release must always run the code that was tested for it.",
            hint="Give HOST/OWNER/NAME@sha256:… in lower case.",
        )
    text, count = _BUILT.subn(rf"\g<1>docker://{image}", action)
    if count != 1:
        raise ReleaseError(
            f"action.yml has {count} lines that build the Dockerfile, and must have one.",
            reason="The release replaces exactly that line.",
            hint="Restore it with make tables; the branch always builds the image.",
        )
    return text


def image_of(action: str) -> str | None:
    """Return the image that an action.yml names; None if it builds one."""
    found = _NAMED.search(action)
    return found[1] if found else None


def with_version(workflow: str, repository: str, tag: str) -> str:
    """
    Return the reusable workflow with the action of a version instead of that of the checkout.

    Jobs that call the workflow have checked out another repository, and the runner refuses `$/`
    without a path.

    Args:
        workflow: Text of the reusable workflow on the branch.
        repository: owner/name of the repository that publishes the action.
        tag: The tag of the version, such as v1.2.3, which never moves.

    Raises:
        ReleaseError: The workflow does not use the action once.
    """
    text, count = _OWN.subn(rf"\g<1>{repository}@{tag}", workflow)
    if count != 1:
        raise ReleaseError(
            f"The reusable workflow has {count} steps with `uses: ./`, and must have one.",
            reason="The release replaces exactly that line.",
            hint="Restore the step `- uses: ./ # …` in .github/workflows/release.yml.",
        )
    return text
