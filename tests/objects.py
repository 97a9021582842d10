"""Object files of each format and architecture, compiled once, and apps made of them."""

import io
import zipfile
from functools import cache

from job import ROOT
from sentry_release.model.upload import ObjectFile
from sentry_release.upload.app_images import parse_objects
from sentry_release.upload.byte_readers import ArchiveEntry, BytesReader, open_archive

OBJECTS = ROOT / "tests/fixtures/objects/objects.zip"


@cache
def object_bytes() -> dict[str, bytes]:
    with zipfile.ZipFile(OBJECTS) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def parse_bytes(content: bytes) -> tuple[ObjectFile, ...]:
    return parse_objects(BytesReader(content))


def debug_id_of(name: str) -> str:
    (found,) = parse_bytes(object_bytes()[name])
    return found.debug_id


def zip_of(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def entries_of(files: dict[str, bytes]) -> tuple[ArchiveEntry, ...]:
    return open_archive(BytesReader(zip_of(files)))
