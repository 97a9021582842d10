"""Find what has been built, and read from it what the app reports."""

from collections.abc import Mapping

from sentry_release.facts.flutter.artifacts import ARTIFACTS, identity_in
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity
from sentry_release.story.project import Project

_LIMIT = 4 * 1024 * 1024  # bytes


def built_identities(project: Project) -> Mapping[Platform, Identity]:
    """What the newest artefact of each platform says; platforms without one are absent."""
    disk = project.world.disk
    found: dict[Platform, Identity] = {}
    for artifact in ARTIFACTS:
        if artifact.platform in found:
            continue
        for path in disk.matching(artifact.pattern, below=project.directory):
            content = disk.content(path, limit=_LIMIT)
            identity = identity_in(artifact, content, flavor=project.flavor) if content else None
            if identity is not None:
                found[artifact.platform] = identity
                break
    return found
