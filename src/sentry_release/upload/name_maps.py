"""Maps from obfuscated names: R8's mapping file with its id, Dart's map with its debug ids."""

import json
import re
from uuid import UUID

from sentry_release.model.upload import ByteReader
from sentry_release.upload.byte_readers import BytesReader, JoinedReader, PartReader

PROPERTIES = "assets/sentry-debug-meta.properties"  # in an APK; below base/ in an AAB
MAX_PROPERTIES = 64 * 1024  # bytes
_HEADER = re.compile(rb"(?:#[^\n]*+\n)*+[^\s#:]++ -> [^\s:]++:[ \t]*+(?:#[^\n]*+|\r)?\n")
_KEY = re.compile(r"^[ \t]*+io\.sentry\.ProguardUuids[ \t]*+[=:]([^\n]*+)$", re.MULTILINE)
MARKER = "SENTRY_DEBUG_ID_MARKER"
MAX_BYTES = 32 * 1024 * 1024
_OPENING = re.compile(rb"\s*\[\s*(?=\")")
_STRING = re.compile(rb'"([^"\\\x00-\x1f]*(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*)*)"\s*([,\]])\s*')


def is_r8_mapping(head: bytes) -> bool:
    """Return whether a file begins like a mapping: comments, then a class and its new name."""
    return _HEADER.match(head) is not None


def parse_mapping_ids(properties: bytes) -> tuple[str, ...]:
    """
    Return the ids of the mappings of an app, from the file that Sentry's Gradle plugin adds.

    Sentry looks for a mapping of that id only, so without one there is nothing to upload.
    Source: https://docs.sentry.io/platforms/android/enhance-errors/proguard/
    """
    found = _KEY.search(properties[:MAX_PROPERTIES].decode("utf-8", "replace"))
    ids = []
    for text in re.split(r"[|,\s]+", found[1].strip()) if found else ():
        try:
            ids.append(str(UUID(text)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(ids))


def build_mapping_name(mapping_id: str) -> str:
    """Return the name under which Sentry takes a mapping, and reads its id from."""
    return f"/proguard/{mapping_id}.txt"


def is_obfuscation_map(content: bytes) -> bool:
    """
    Return whether bytes are what `--save-obfuscation-map` writes.

    That is a JSON array of strings, original and obfuscated names by turns. An array without
    names is no map.
    """
    opening = _OPENING.match(content)
    if opening is None or len(content) > MAX_BYTES:
        return False
    at, count = opening.end(), 0
    while (string := _STRING.match(content, at)) is not None:
        at, count = string.end(), count + 1
        if string[2] == b"]":
            return at == len(content) and count % 2 == 0 and _is_json(content)
    return False


def mark_obfuscation_map(content: bytes, debug_id: str) -> ByteReader:
    """
    Return a copy of a map that names its debug id; the file itself stays as it is.

    Sentry finds a map by the debug id of an image, and takes equal files for one. So each
    architecture needs a copy of its own, and one more pair of names, which occur in no program,
    makes the difference.
    Source: https://docs.sentry.io/platforms/dart/guides/flutter/debug-symbols/

    Args:
        content: For which is_obfuscation_map() holds.
        debug_id: Of the app's image for one architecture.
    """
    opening = _OPENING.match(content)
    start = opening.end() if opening else 0
    whole = BytesReader(content)
    return JoinedReader(
        (
            PartReader(whole=whole, start=0, size=start),
            BytesReader(f'"{MARKER}",{json.dumps(debug_id)},'.encode()),
            PartReader(whole=whole, start=start, size=len(content) - start),
        )
    )


def _is_json(content: bytes) -> bool:
    """Return whether the rest holds as well: UTF-8, and whole escapes."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
