"""The run's tag + the app's version -> whether they contradict each other."""

import re

from sentry_release.decisions.ordering import parse_tag_version
from sentry_release.facts.flutter.platforms import Platform

_PLATFORMS = (*(platform.value for platform in Platform), "apk", "aab", "ipa")


def explain_tag_mismatch(tag: str | None, package: str | None, version: str | None) -> str | None:
    """
    What is wrong, as a sentence; None when they agree, or the tag does not speak of this app.

    A tag speaks of the app as `1.4.0` or `v1.4.0`, also behind the name of the package, as in
    `shop-v1.4.0`; behind any other name it speaks of another app of the repository. A platform or
    the package after the version, as in `v1.4.0-ios`, is no prerelease. The build number takes no
    part, since tags seldom carry it.
    """
    own = re.match(rf"(?:{re.escape(package or '')}[-_@/])?v?(?=[0-9])", tag or "")
    if tag is None or own is None:
        return None
    tagged, own_values = (
        parse_tag_version(_without_suffix(tag, package)),
        parse_tag_version(version or ""),
    )
    if tagged is None or own_values is None or tagged.compare(own_values) == 0:
        return None
    return f"The tag {tag!r} says version {tagged}, but the app is version {own_values}."


def _without_suffix(tag: str, package: str | None) -> str:
    names = "|".join(map(re.escape, [*_PLATFORMS, *([package] if package else [])]))
    return re.sub(rf"[-_@/](?:{names})$", "", tag, flags=re.IGNORECASE)
