"""An app -> sentences on what the rules cannot check in it, so that no silence looks like a pass."""

from collections.abc import Iterator

from sentry_release.facts.doctor.naming import starts_here
from sentry_release.facts.doctor.subject import Subject


def describe_limits(subject: Subject) -> Iterator[str]:
    """Return a sentence for each thing without which some rules have nothing to look at."""
    name = subject.pubspec.name
    if subject.sdk is None:
        yield f"sentry_flutter is not a dependency of {name}: most rules have nothing to check."
    elif not starts_here(subject):
        yield f"Nothing in {name} or in its local packages calls SentryFlutter.init."
    if subject.release is None and subject.pubspec.version is None:
        yield (
            f"pubspec.yaml of {name} has no version, so there is no release name to compare with."
        )
