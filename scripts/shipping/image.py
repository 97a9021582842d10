"""What the registry answers for a tag -> the digest, if the image is there for all machines."""

import hashlib
import json
import re

from shipping.problem import ReleaseError

ARCHITECTURES = ("amd64", "arm64")
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_FROM = re.compile(r"^FROM (\S+)(?: AS (\S+))?$", re.MULTILINE)
_PINNED = re.compile(r"^FROM (\S+)@(sha256:[0-9a-f]{64})$", re.MULTILINE)


def digest_of(index: bytes) -> str:
    """
    The digest of an image index, which is the hash of its bytes as the registry sent them.

    Raises:
        ShippingError: It is no index, or one without an image for Linux on one of ARCHITECTURES.

    Source: https://github.com/opencontainers/image-spec/blob/main/image-index.md
    """
    missing = set(ARCHITECTURES) - _architectures(index)
    if missing:
        raise ReleaseError(
            f"The image is not there for {', '.join(sorted(missing))}.",
            reason="Runners have both kinds of machines.",
            hint="Look at the jobs that build it.",
        )
    return f"sha256:{hashlib.sha256(index).hexdigest()}"


def name_of(registry: str, repository: str) -> str:
    """
    The image's name in a registry, in lower case as registries want it.

    >>> name_of("registry.example", "Acme/Sentry-Release-Flutter")
    'registry.example/acme/sentry-release-flutter'
    """
    return f"{registry}/{repository}".lower()


def base_context(dockerfile: str, pinned: str) -> str:
    """
    What `docker buildx build --build-context` needs, to take the base image by its digest.

    Args:
        dockerfile: Text of the Dockerfile, whose base is a tag.
        pinned: Text of the file in which Dependabot keeps the digest of the same tag.

    Raises:
        ShippingError: They speak of different tags, or the second names no digest.
    """
    found = _PINNED.search(pinned)
    tag, digest = found.groups() if found else ("nothing", "")
    if (bases := _bases(dockerfile)) != {tag}:
        raise ReleaseError(
            f"The Dockerfile stands on {', '.join(sorted(bases))}, but {tag} is pinned.",
            reason="What is shipped stands on a base by its digest, in .github/base.Dockerfile.",
            hint="Name the same tag in both, there with its digest.",
        )
    return f"{tag}=docker-image://{tag}@{digest}"


def _bases(dockerfile: str) -> set[str]:
    """The images that it stands on, which are not stages of its own."""
    stages = _FROM.findall(dockerfile)
    return {image for image, _ in stages} - {name for _, name in stages}


def _architectures(index: bytes) -> set[str]:
    try:
        document = json.loads(index)
    except ValueError:  # nothing came, or a page of something in between
        return set()
    if not isinstance(document, dict) or document.get("mediaType") not in _INDEXES:
        return set()
    platforms = [one.get("platform", {}) for one in document["manifests"]]
    return {one["architecture"] for one in platforms if one.get("os") == "linux"}
