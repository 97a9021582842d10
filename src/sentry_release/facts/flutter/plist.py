"""Info.plist, XML or binary -> its keys and what they say."""

from collections.abc import Mapping

MAX_BYTES = 1024 * 1024


def parse_plist(raw: bytes) -> Mapping[str, object] | None:
    """
    Read a property list; None when it is none, or no dictionary.

    Source: https://docs.python.org/3/library/plistlib.html
    """
    import plistlib  # noqa: PLC0415 - slow to import, rarely needed

    if len(raw) > MAX_BYTES:
        return None
    try:
        found = plistlib.loads(raw)
    except Exception:  # noqa: BLE001 - on broken files plistlib raises whatever its parts raise
        return None
    return found if isinstance(found, dict) else None
