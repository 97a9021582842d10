"""Read the digest of an image index, and pin the base image."""

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
    Return the digest of an image index: the hash of its bytes as the registry sent them.

    Raises:
        ReleaseError: The bytes are not an index, or one of ARCHITECTURES has no image for Linux.

    Source: https://github.com/opencontainers/image-spec/blob/main/image-index.md
    """
    missing = set(ARCHITECTURES) - _architectures(index)
    if missing:
        raise ReleaseError(
            f"The image is missing for {', '.join(sorted(missing))}.",
            reason="Runners have both architectures.",
            hint="Check the jobs that build the image.",
        )
    return f"sha256:{hashlib.sha256(index).hexdigest()}"


def name_of(registry: str, repository: str) -> str:
    """
    Return the image's name in a registry, in lower case as registries require.

    >>> name_of("registry.example", "Any-Owner/Action")
    'registry.example/any-owner/action'
    """
    return f"{registry}/{repository}".lower()


def base_context(dockerfile: str, pinned: str) -> str:
    """
    Return the value of `docker buildx build --build-context` that pins the base image by digest.

    Args:
        dockerfile: Text of the Dockerfile, whose base is a tag.
        pinned: Text of the file in which Dependabot keeps the digest of the same tag.

    Raises:
        ReleaseError: The tags differ, or the second file has no digest.
    """
    found = _PINNED.search(pinned)
    tag, digest = found.groups() if found else ("nothing", "")
    if (bases := _bases(dockerfile)) != {tag}:
        raise ReleaseError(
            f"The Dockerfile uses {', '.join(sorted(bases))}, but {tag} is pinned.",
            reason="Releases are built on the base image whose digest is in .github/base.Dockerfile.",
            hint="Use the same tag in both files, and add its digest in .github/base.Dockerfile.",
        )
    return f"{tag}=docker-image://{tag}@{digest}"


def _bases(dockerfile: str) -> set[str]:
    """Return the base images of a Dockerfile, without its own stages."""
    stages = _FROM.findall(dockerfile)
    return {image for image, _ in stages} - {name for _, name in stages}


def _architectures(index: bytes) -> set[str]:
    try:
        document = json.loads(index)
    except ValueError:  # an empty response, or the page of a proxy
        return set()
    if not isinstance(document, dict) or document.get("mediaType") not in _INDEXES:
        return set()
    platforms = [one.get("platform", {}) for one in document["manifests"]]
    return {one["architecture"] for one in platforms if one.get("os") == "linux"}
