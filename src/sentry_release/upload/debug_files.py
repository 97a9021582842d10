"""Debug files: which of those found to upload, and whether Sentry has all that the app needs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sentry_release.model.upload import ByteReader
from sentry_release.upload.app_images import Origin, ShippedImage
from sentry_release.upload.byte_readers import PartReader
from sentry_release.upload.object_file import ObjectFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugFileCandidate:
    """
    A file that may be uploaded.

    `is_requested` is whether the input `symbols-path` names it, so that it is taken whatever
    build it belongs to.
    """

    path: str
    object: ObjectFile
    reader: ByteReader = field(repr=False, compare=False)
    is_requested: bool = False

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
