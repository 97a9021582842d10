"""Fuzz targets for untrusted build files: debug files, archives and source maps."""

import json
from contextlib import suppress
from uuid import UUID

from sentry_release.upload.app_images import MAX_IMAGES, AppLayout, find_images, parse_objects
from sentry_release.upload.byte_readers import BytesReader, ObjectFormatError, open_archive
from sentry_release.upload.debug_files import (
    MAP_MARKER,
    is_obfuscation_map,
    is_r8_mapping,
    mark_obfuscation_map,
    parse_mapping_ids,
)
from sentry_release.upload.web_bundle import embed_sources, find_debug_id, find_map_name

_ID = "16fbd4ef-0eaf-25c8-74dd-6b23c2f9a7fd"
_MAX_UNPACKED = 4 * 1024 * 1024


def of_object(data: bytes) -> None:
    """An ELF, Mach-O, PE or PDB file: each object is a part of it, and has an id."""
    for found in parse_objects(BytesReader(data)):
        assert 0 <= found.start <= found.start + found.size <= len(data)
        assert UUID(found.debug_id[:36]).int
        assert found.code_id is None or int(found.code_id, 16) >= 0


def of_archive(data: bytes) -> None:
    """An APK, AAB or IPA: nothing but images comes out, and not more than the limit."""
    with suppress(ObjectFormatError):
        for layout in AppLayout:
            entries = open_archive(BytesReader(data), max_unpacked=_MAX_UNPACKED)
            assert len(find_images("app", entries, layout)) <= MAX_IMAGES
            for entry in entries:
                assert len(entry.reader.read_at(3, 100)) <= 100  # noqa: PLR2004


def of_debug_map(data: bytes) -> None:
    """Obfuscation maps, source maps, mappings of R8, and the ends of scripts."""
    if is_obfuscation_map(data):
        created = mark_obfuscation_map(data, _ID)
        assert json.loads(created.read_at(0, created.size)) == [MAP_MARKER, _ID, *json.loads(data)]
    embedded = embed_sources(data, str)
    if embedded != data:
        before, after = json.loads(data), json.loads(embedded)
        assert len(after.pop("sourcesContent")) == len(before["sources"])
        assert after == before
    name, debug_id = find_map_name(data), find_debug_id(data)
    assert name is None or "/" not in name
    assert debug_id is None or UUID(debug_id)
    is_r8_mapping(data)
    parse_mapping_ids(data)
