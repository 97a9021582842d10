"""Dart's obfuscation map: recognised, and marked with the debug id of each architecture."""

import json
import re

from sentry_release.model.upload import ByteReader
from sentry_release.upload.byte_readers import BytesReader, JoinedReader, PartReader

MARKER = "SENTRY_DEBUG_ID_MARKER"
MAX_BYTES = 32 * 1024 * 1024
_OPENING = re.compile(rb"\s*\[\s*(?=\")")
_STRING = re.compile(rb'"([^"\\\x00-\x1f]*(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*)*)"\s*([,\]])\s*')


def is_obfuscation_map(content: bytes) -> bool:
    """
    Whether bytes are what `--save-obfuscation-map` writes.

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
    A copy of a map that names its debug id; the file itself stays as it is.

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
    """Whether the rest holds as well: UTF-8, and whole escapes."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
