"""What ships in an app: its images, and the code compiled from Dart with the name in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.model.upload import NO_DEBUG_ID, ByteReader, ObjectFile
from sentry_release.upload import elf, macho, pe
from sentry_release.upload.byte_readers import MIB, ArchiveEntry, ObjectFormatError

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
_SDK_NAME = b"sentry.dart.flutter"
_PLAIN = re.compile(r"[A-Za-z0-9@+._ ~:()-]+")


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
            return tuple(one for one in found if not one.debug_id.startswith(str(NO_DEBUG_ID)))
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
    return tuple(islice(_list_images(app, entries, layout), MAX_IMAGES))


def _list_images(
    app: str, entries: Iterable[ArchiveEntry], layout: AppLayout
) -> Iterator[ShippedImage]:
    for entry in entries:
        if not _IMAGES[layout].fullmatch(entry.path):
            continue
        try:
            objects = parse_objects(entry.reader)
        except (ObjectFormatError, OSError):
            continue
        origin = find_origin(entry.path)
        for one in objects:
            yield ShippedImage(app=app, path=entry.path, object=one, origin=origin)


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


def lacks_name(readers: tuple[ByteReader, ...], name: str) -> bool:
    """
    Return whether code has the Sentry SDK, but not the release name.

    The SDK reads SENTRY_RELEASE as a constant, which compilers write as it is: in a snapshot as
    single bytes, in JavaScript as a literal. A name with characters that they may write otherwise
    is never missing.

    Args:
        readers: The compiled code of one app, in all its files.
        name: The release name.

    Raises:
        ObjectFormatError: An archive with the code is broken.

    Source: sentry-dart, packages/dart/lib/src/environment/_web_environment_variables.dart and
    packages/flutter/lib/src/version.dart
    """
    if not _PLAIN.fullmatch(name):
        return False
    wanted = name.encode()
    has_sdk = False
    for window in _list_windows(readers, overlap=max(len(wanted), len(_SDK_NAME))):
        if wanted in window:
            return False
        has_sdk = has_sdk or _SDK_NAME in window
    return has_sdk


def _list_windows(readers: tuple[ByteReader, ...], *, overlap: int) -> Iterator[bytes]:
    """Yield the files in pieces, each with the end of the one before."""
    for reader in readers:
        end = b""
        for offset in range(0, reader.size, MIB):
            window = end + reader.read_at(offset, MIB)
            yield window
            end = window[-overlap:]
