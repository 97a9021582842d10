"""The names of a release on every platform -> a table for people, JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentry_release.decisions.comparing import explain_difference
from sentry_release.decisions.naming import NameSource
from sentry_release.decisions.sdk_default import SdkDefault
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity, Unknown
from sentry_release.words.release import Release

Json = dict[str, "Json"] | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformNames:
    """
    A release, and what each platform of its project would report without this product.

    `problem` is why the release has no name, if so.
    """

    release: Release
    source: NameSource
    flavor: str | None
    platform: Platform | None
    identities: Mapping[Platform, Identity]
    defaults: Mapping[Platform, SdkDefault]
    problem: str | None = None

    def to_json(self) -> Json:
        """The names for a program; the keys are a promise, see tests/test_name.py."""
        identity = self.identities.get(self.platform) if self.platform else None
        app_id = identity.app_id if identity and isinstance(identity.app_id, str) else None
        return {
            "release": None if self.problem else self.release.name,
            "package": self.release.package,
            "version": self.release.version,
            "build": self.release.build,
            "dist": self.release.dist,
            "app_id": app_id,
            "flavor": self.flavor,
            "platform": self.platform.value if self.platform else None,
            "source": self.source.value,
            "sdk_defaults": {
                platform.value: _default_to_json(default)
                for platform, default in self.defaults.items()
            },
        } | ({"error": self.problem} if self.problem else {})

    def build_rows(self) -> Sequence[tuple[str, str, str, str]]:
        """The table for people: platform, the SDK's default, what we inject, why they differ."""
        return [
            (
                platform.value,
                "?" if isinstance(default.release, Unknown) else default.release,
                self.release.name or "none",
                explain_difference(default, self.identities[platform], self.release),
            )
            for platform, default in self.defaults.items()
        ]


def align_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _default_to_json(default: SdkDefault) -> Json:
    if isinstance(default.release, Unknown):
        return {"unknown": str(default.release)}
    dist = default.dist if isinstance(default.dist, str) else None
    return {"release": default.release, "dist": dist}
