"""R8's mapping file (Android): recognised, and the id that the app asks for."""

import re
from uuid import UUID

PROPERTIES = "assets/sentry-debug-meta.properties"  # in an APK; below base/ in an AAB
MAX_PROPERTIES = 64 * 1024  # bytes
_HEADER = re.compile(rb"(?:#[^\n]*\r?\n)*[^\s#:]+ -> [^\s:]+:\s*(?:#[^\n]*)?\r?\n")
_KEY = re.compile(r"^\s*io\.sentry\.ProguardUuids\s*[=:]\s*(.+?)\s*$", re.MULTILINE)


def is_r8_mapping(head: bytes) -> bool:
    """Whether a file begins like a mapping: comments, then a class and its new name."""
    return _HEADER.match(head) is not None


def parse_mapping_ids(properties: bytes) -> tuple[str, ...]:
    """
    The ids of mappings that an app names, from the file that Sentry's Gradle plugin adds to it.

    Sentry looks for a mapping of that id only, so without one there is nothing to upload.
    Source: https://docs.sentry.io/platforms/android/enhance-errors/proguard/
    """
    found = _KEY.search(properties[:MAX_PROPERTIES].decode("utf-8", "replace"))
    ids = []
    for text in re.split(r"[|,\s]+", found[1]) if found else ():
        try:
            ids.append(str(UUID(text)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(ids))


def mapping_name(mapping_id: str) -> str:
    """The name under which Sentry takes a mapping, and reads its id from."""
    return f"/proguard/{mapping_id}.txt"
