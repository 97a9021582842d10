"""Whether Sentry has the debug information of everything that ships."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sentry_release.upload.app_images import Origin, ShippedImage


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


def ids_to_look_up(images: Sequence[ShippedImage], found: Collection[str]) -> tuple[str, ...]:
    """Debug ids of images that no uploaded file has, each once; Sentry may know them already."""
    expected = [
        image.object.debug_id
        for image in images
        if image.origin is not Origin.ENGINE and image.object.debug_id not in found
    ]
    return tuple(dict.fromkeys(expected))


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
