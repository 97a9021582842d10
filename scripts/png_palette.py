"""Write a picture with at most 256 colors as a PNG with a palette, which is a third as large."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _PALETTE = 2, 3  # color types
_MAX_COLORS = 256
Pixels = NDArray[np.uint8]


def use_palette(png: bytes) -> bytes:
    """
    Return the picture with a palette of its most frequent colors; rare ones become the nearest.

    Args:
        png: A picture with three bytes for each pixel, not interlaced, as Chromium writes it.

    Raises:
        ValueError: It has another format.
    """
    parts = list(_read_chunks(png))
    header = next(content for kind, content in parts if kind == b"IHDR")
    width, height, depth, color, *more = struct.unpack(">IIBBBBB", header)
    if (depth, color, *more) != (8, _RGB, 0, 0, 0):
        raise ValueError("the picture does not have three bytes for each pixel")
    packed = b"".join(content for kind, content in parts if kind == b"IDAT")
    pixels = _unfilter(zlib.decompress(packed), width, height).reshape(-1, 3)
    colors, index = _choose_colors(pixels)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = index.reshape(height, width)
    return _SIGNATURE + b"".join(
        (
            _build_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _PALETTE, 0, 0, 0)),
            _build_chunk(b"PLTE", colors.tobytes()),
            _build_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _build_chunk(b"IEND", b""),
        )
    )


def _choose_colors(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """Return the palette, and for each pixel its place in it."""
    found, inverse, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    colors = found[np.argsort(-counts)[:_MAX_COLORS]]
    distances = ((found[:, None, :].astype(int) - colors[None, :, :]) ** 2).sum(axis=2)
    return colors, distances.argmin(axis=1).astype(np.uint8)[inverse.reshape(-1)]


def _unfilter(raw: bytes, width: int, height: int) -> Pixels:
    """Undo the filters of the rows. Source: https://www.w3.org/TR/png-3/#9Filters"""
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + 3 * width)
    above, found = np.zeros((width, 3), np.uint8), np.zeros((height, width, 3), np.uint8)
    for at, row in enumerate(rows):
        values = row[1:].reshape(width, 3)
        match row[0]:
            case 0:
                above = values
            case 1:
                above = np.cumsum(values, axis=0, dtype=np.uint8)
            case 2:
                above = values + above
            case kind:
                above = _unfilter_row(kind, values, above)
        found[at] = above
    return found


def _unfilter_row(kind: int, values: Pixels, above: Pixels) -> Pixels:
    """Undo the filters that depend on the pixel to the left: average (3) and Paeth (4)."""
    before, corner, pixels = [0, 0, 0], [0, 0, 0], []
    for value, upper in zip(values.tolist(), above.tolist(), strict=True):
        pixel = [
            (one + ((left + up) // 2 if kind == 3 else _predict(left, up, diagonal))) % 256  # noqa: PLR2004 - filter
            for one, left, up, diagonal in zip(value, before, upper, corner, strict=True)
        ]
        before, corner = pixel, upper
        pixels.append(pixel)
    return np.array(pixels, np.uint8)


def _predict(left: int, up: int, diagonal: int) -> int:
    guess = left + up - diagonal
    return min((left, up, diagonal), key=lambda one: abs(guess - one))


def _read_chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _build_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
