"""What ships in an app: its images, and which of them the build itself compiled from Dart."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from sentry_release.model.upload import ByteReader
from sentry_release.upload import elf, macho, pe
from sentry_release.upload.archive import ArchiveEntry
from sentry_release.upload.byte_readers import ObjectFormatError
from sentry_release.upload.object_file import NO_ID, ObjectFile

_PARSERS: tuple[tuple[bytes, Callable[[ByteReader], tuple[ObjectFile, ...]]], ...] = (
    (elf.MAGIC, elf.parse_elf),
    (pe.PDB_MAGIC, pe.parse_pdb),
    (pe.PE_MAGIC, pe.parse_pe),
    *((magic, macho.parse_macho) for magic in sorted(macho.MAGICS)),
)
MAX_IMAGES = 500  # of one app; the largest have some dozens
_DART = {"libapp.so", "App", "app.so"}
_ENGINE = {
    "Flutter", "FlutterMacOS", "flutter_windows.dll", "libc++_shared.so", "libflutter.so",
    "libflutter_linux_gtk.so",
}  # fmt: skip
_SYSTEM = re.compile(
    r"libswift.*\.dylib|msvcp.*\.dll|vcruntime.*\.dll|ucrtbase\.dll", re.IGNORECASE
)


def parse_objects(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return the objects of a file that have a debug id; none if it is of another kind, or broken.

    A file that only begins like one of the formats is no mistake of the build: Flutter writes
    `.symbols` for iOS that nothing can read, and class files of Java begin like Mach-O.
    """
    head = reader.read_at(0, len(pe.PDB_MAGIC))
    for magic, parse in _PARSERS:
        if head.startswith(magic):
            try:
                found = parse(reader)
            except ObjectFormatError:
                return ()
            return tuple(one for one in found if not one.debug_id.startswith(str(NO_ID)))
    return ()


class AppLayout(StrEnum):
    """How a platform arranges the files of an app."""

    ANDROID = "android"
    APPLE = "apple"
    DESKTOP = "desktop"


_IMAGES = {
    AppLayout.ANDROID: re.compile(r"(?:[^/]+/)?lib/[^/]+/[^/]+\.so"),
    AppLayout.APPLE: re.compile(
        r"(?:.*/)?[^/]+\.app/(?:Contents/)?(?:MacOS/[^/]+|PlugIns/.*|[^/.]+"
        r"|Frameworks/(?:[^/]+\.framework/(?:Versions/[^/]+/)?)?[^/]+)"
    ),
    AppLayout.DESKTOP: re.compile(r"(?:.*/)?(?:[^/]+(?:\.exe|\.dll|\.so(?:\.[0-9.]+)?)|[^/.]+)"),
}


class Origin(StrEnum):
    """Who compiled an image, and so who has its debug information."""

    DART = "dart"
    """This build, from Dart: without its symbols no stack trace can be read."""
    ENGINE = "engine"
    """The makers of Flutter and of the system."""
    LIBRARY = "library"
    """This build or the makers of a plugin, from another language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedImage:
    """One image of an app: the app it is in, the path there, and what it is."""

    app: str
    path: str
    object: ObjectFile
    origin: Origin


def find_images(
    app: str, entries: Iterable[ArchiveEntry], layout: AppLayout
) -> tuple[ShippedImage, ...]:
    """
    Return the images of an app, from an archive or a folder.

    Entries that cannot be read are left out; an archive that is broken so far would not install.

    Args:
        app: Where the app is, to be shown.
        entries: Its files, with paths from the root of the archive or of the folder's parent.
        layout: How they are arranged.
    """
    found: list[ShippedImage] = []
    for entry in entries:
        if not _IMAGES[layout].fullmatch(entry.path):
            continue
        try:
            objects = parse_objects(entry.reader)
        except (ObjectFormatError, OSError):
            continue
        origin = find_origin(entry.path)
        found += [
            ShippedImage(app=app, path=entry.path, object=one, origin=origin) for one in objects
        ]
        if len(found) >= MAX_IMAGES:
            break
    return tuple(found[:MAX_IMAGES])


def find_dart_code(entries: Iterable[ArchiveEntry], layout: AppLayout) -> ByteReader | None:
    """Return the first image of an app that was compiled from Dart; all have the same constants."""
    return next(
        (
            entry.reader
            for entry in entries
            if _IMAGES[layout].fullmatch(entry.path) and find_origin(entry.path) is Origin.DART
        ),
        None,
    )


def find_origin(path: str) -> Origin:
    """Who compiled an image, by its name; a renamed one counts as a library."""
    name = PurePosixPath(path).name
    if name in _DART:
        return Origin.DART
    return Origin.ENGINE if name in _ENGINE or _SYSTEM.fullmatch(name) else Origin.LIBRARY
