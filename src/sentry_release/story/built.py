"""Find what has been built, and read from it what the app reports."""

from collections.abc import Mapping

from sentry_release.facts.flutter.artifacts import ARTIFACTS, read_artifact_identity
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity
from sentry_release.story.project import FlutterProject

_LIMIT = 4 * 1024 * 1024  # bytes


def read_artifact_identities(project: FlutterProject) -> Mapping[Platform, Identity]:
    """What the newest artefact of each platform says; platforms without one are absent."""
    workspace = project.services.workspace
    found: dict[Platform, Identity] = {}
    for artifact in ARTIFACTS:
        if artifact.platform in found:
            continue
        for path in workspace.glob(artifact.pattern, below=project.directory):
            content = workspace.read_bytes(path, limit=_LIMIT)
            identity = (
                read_artifact_identity(artifact, content, flavor=project.flavor)
                if content
                else None
            )
            if identity is not None:
                found[artifact.platform] = identity
                break
    return found
