"""Version texts -> their order, by the rules of semantic versioning."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where versions are compared, which few jobs do
    from semver import Version


def parse_tag_version(text: str) -> "Version | None":
    """
    The version that a tag such as `v1.2.3`, `shop-v1.2.3` or `shop@1.2.3` names, if it does.

    >>> str(parse_tag_version("v1.2.3-beta.1+4"))
    '1.2.3-beta.1+4'
    >>> parse_tag_version("nightly")
    """
    from semver import Version  # noqa: PLC0415 - see above

    found = re.search(r"(?:^|[^0-9A-Za-z]|(?<=[^0-9A-Za-z])v|^v)(\d+\.\d+\.\d+\S*)$", text)
    if found is None or not Version.is_valid(found[1]):
        return None
    return Version.parse(found[1])


def list_older_tags(tags: Iterable[str], current: str | None) -> tuple[str, ...]:
    """
    Those of `tags` whose version is lower than `current`, the newest first.

    For a final version prereleases are passed over; the build number takes no part in the
    order.
    Source: https://semver.org/#spec-item-11
    """
    own = parse_tag_version(current) if current else None
    earlier = []
    for tag in tags:
        other_values = parse_tag_version(tag)
        if other_values is None or (own is not None and not other_values.compare(own) < 0):
            continue
        if other_values.prerelease and not (own and own.prerelease):
            continue
        earlier.append((other_values, tag))
    return tuple(tag for _, tag in sorted(earlier, key=lambda pair: pair[0], reverse=True))
