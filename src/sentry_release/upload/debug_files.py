"""What explains the code of an app: debug files and maps of names, and which of them to upload."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sentry_release.model.upload import ByteReader, ObjectFile
from sentry_release.upload.app_images import Origin, ShippedImage
from sentry_release.upload.byte_readers import MIB, BytesReader, JoinedReader, PartReader

MAPPING_PROPERTIES = "assets/sentry-debug-meta.properties"  # in an APK; below base/ in an AAB
MAX_PROPERTIES_SIZE = 64 * 1024  # bytes
_MAPPING_START = re.compile(rb"(?:#[^\n]*+\n)*+[^\s#:]++ -> [^\s:]++:[ \t]*+(?:#[^\n]*+|\r)?\n")
_MAPPING_IDS = re.compile(r"^[ \t]*+io\.sentry\.ProguardUuids[ \t]*+[=:]([^\n]*+)$", re.MULTILINE)
MAP_MARKER = "SENTRY_DEBUG_ID_MARKER"
MAX_MAP_SIZE = 32 * MIB
_MAP_START = re.compile(rb"\s*\[\s*(?=\")")
_MAP_STRING = re.compile(rb'"([^"\\\x00-\x1f]*(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*)*)"\s*([,\]])\s*')


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugFileCandidate:
    """
    A file that may be uploaded.

    `is_requested` is whether the input `symbols-path` names it, so that it is taken whatever
    build it belongs to.
    """

    path: str
    object: ObjectFile
    reader: ByteReader
    is_requested: bool

    @property
    def content(self) -> ByteReader:
        """Return the bytes to send: a universal binary is sent one architecture at a time."""
        if self.object.size == self.reader.size:
            return self.reader
        return PartReader(whole=self.reader, start=self.object.start, size=self.object.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to upload, and what was left out because it belongs to another build."""

    chosen: tuple[DebugFileCandidate, ...]
    of_other_builds: tuple[DebugFileCandidate, ...]


def select_debug_files(
    candidates: Iterable[DebugFileCandidate], images: Sequence[ShippedImage]
) -> Selection:
    """
    Return one file for each debug id and format, the one that says most.

    A build leaves many copies of a debug file: with functions and lines, with names only, or
    with stack frames only, in this order of preference. An executable and its PDB have one id
    and are both needed. Where an app of the same format and architecture was found, only files
    that belong to it count, so that other flavors and stale files are left out.
    """
    shipped_ids = {image.object.debug_id for image in images}
    known = {(image.object.format, image.object.arch) for image in images}
    best: dict[tuple[str, str], DebugFileCandidate] = {}
    of_other_builds: dict[tuple[str, str], DebugFileCandidate] = {}
    for one in sorted(candidates, key=lambda one: (one.path, one.object.start)):
        key = (one.object.debug_id, one.object.format.value)
        if not one.object.is_useful:
            continue
        is_known = (one.object.format, one.object.arch) in known
        belongs = one.object.debug_id in shipped_ids or not is_known
        kept = best if one.is_requested or belongs else of_other_builds
        if key not in kept or one.object.features > kept[key].object.features:
            kept[key] = one
    return Selection(
        chosen=tuple(best.values()),
        of_other_builds=tuple(one for key, one in of_other_builds.items() if key not in best),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """
    The images without debug information in Sentry.

    `missing` were compiled from Dart: their stack traces stay unreadable. `without_symbols` are
    libraries, often prebuilt ones, of which only native crashes are affected. `is_complete` is
    None when nothing was found to compare with.
    """

    is_complete: bool | None
    missing: tuple[ShippedImage, ...] = ()
    without_symbols: tuple[ShippedImage, ...] = ()


def list_ids_to_look_up(images: Sequence[ShippedImage], found: Collection[str]) -> tuple[str, ...]:
    """Debug ids of images that no uploaded file has, each once; Sentry may know them already."""
    ids = [
        image.object.debug_id
        for image in images
        if image.origin is not Origin.ENGINE and image.object.debug_id not in found
    ]
    return tuple(dict.fromkeys(ids))


def check_completeness(
    images: Sequence[ShippedImage], known: Collection[str], *, is_certain: bool = True
) -> Completeness:
    """
    Compare what ships with what Sentry has.

    Args:
        images: Of all apps that the build made.
        known: Debug ids with debug information in Sentry, uploaded now or earlier.
        is_certain: Whether all ids could be looked up; if not, a missing one may be there.
    """
    absent: dict[tuple[str, str], ShippedImage] = {}
    for image in images:
        if image.origin is not Origin.ENGINE and image.object.debug_id not in known:
            absent.setdefault((image.object.debug_id, image.path), image)
    missing = tuple(one for one in absent.values() if one.origin is Origin.DART)
    has_dart = any(image.origin is Origin.DART for image in images)
    certain: bool | None = not missing if has_dart else None
    return Completeness(
        is_complete=None if missing and not is_certain else certain,
        missing=missing,
        without_symbols=tuple(one for one in absent.values() if one.origin is Origin.LIBRARY),
    )


def is_r8_mapping(head: bytes) -> bool:
    """Return whether a file begins like a mapping: comments, then a class and its new name."""
    return _MAPPING_START.match(head) is not None


def parse_mapping_ids(properties: bytes) -> tuple[str, ...]:
    """
    Return the ids of the mappings of an app, from the file that Sentry's Gradle plugin adds.

    Sentry looks for a mapping of that id only, so without one there is nothing to upload.
    Source: https://docs.sentry.io/platforms/android/enhance-errors/proguard/
    """
    found = _MAPPING_IDS.search(properties.decode("utf-8", "replace"))
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
    opening = _MAP_START.match(content)
    if opening is None:
        return False
    at, count = opening.end(), 0
    while (string := _MAP_STRING.match(content, at)) is not None:
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
    start = content.index(b'"')
    whole = BytesReader(content)
    return JoinedReader(
        (
            PartReader(whole=whole, start=0, size=start),
            BytesReader(f'"{MAP_MARKER}",{json.dumps(debug_id)},'.encode()),
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
