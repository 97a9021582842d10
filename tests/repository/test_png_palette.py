"""A picture with a palette has the same pixels, whatever filters its rows had."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from png_palette import use_palette
from properties import tried

COLORS = ((255, 255, 255), (0, 0, 0), (122, 109, 224), (201, 68, 47), (1, 2, 3))
SIGNATURE = b"\x89PNG\r\n\x1a\n"
Pixel = tuple[int, int, int]


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def filtered(row: list[Pixel], above: list[Pixel], kind: int) -> bytes:
    """One row as the PNG specification filters it."""
    row_bytes = [kind]
    for at, pixel in enumerate(row):
        left = row[at - 1] if at else (0, 0, 0)
        corner = above[at - 1] if at else (0, 0, 0)
        for value, a, b, c in zip(pixel, left, above[at], corner, strict=True):
            guesses = sorted((abs(a + b - c - one), place) for place, one in enumerate((a, b, c)))
            paeth = (a, b, c)[guesses[0][1]]
            row_bytes.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
    return bytes(row_bytes)


def encode(rows: list[list[Pixel]], kinds: list[int], *, color: int = 2) -> bytes:
    width = len(rows[0])
    above = [[(0, 0, 0)] * width, *rows]
    raw = b"".join(filtered(*parts) for parts in zip(rows, above, kinds, strict=False))
    header = struct.pack(">IIBBBBB", width, len(rows), 8, color, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    return SIGNATURE + b"".join(chunk(*part) for part in parts)


def decode(png: bytes) -> list[list[Pixel]]:
    """The pixels of a picture with a palette whose rows have no filter."""
    found, at = {}, len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", found[b"IHDR"][:10])
    assert (depth, color) == (8, 3)
    palette, raw = found[b"PLTE"], zlib.decompress(found[b"IDAT"])
    rows = [raw[at * (width + 1) : (at + 1) * (width + 1)] for at in range(height)]
    assert {row[0] for row in rows} == {0}
    colors: list[Pixel] = list(zip(palette[::3], palette[1::3], palette[2::3], strict=True))
    return [[colors[one] for one in row[1:]] for row in rows]


@tried
@given(
    width=st.integers(1, 6),
    seed=st.lists(st.sampled_from(COLORS), min_size=36, max_size=36),
    kinds=st.lists(st.integers(0, 4), min_size=6, max_size=6),
)
def test_every_pixel_keeps_its_color(width: int, seed: list[Pixel], kinds: list[int]) -> None:
    rows = [seed[at * width : (at + 1) * width] for at in range(6)]

    assert decode(use_palette(encode(rows, kinds))) == rows


def test_rare_colors_become_the_nearest_of_256() -> None:
    shades: list[Pixel] = [(one, one, one) for one in range(256)]
    rows = [shades, shades, [(5, 5, 6)] * 256, shades]

    found = decode(use_palette(encode(rows, [0] * 4)))

    assert found[2] == rows[2]
    rare = [(was, now) for was, now in zip(shades, found[0], strict=True) if was != now]
    assert len(rare) == 1
    assert all(abs(a - b) <= 2 for was, now in rare for a, b in zip(was, now, strict=True))


def test_a_picture_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="three bytes"):
        use_palette(encode([[(0, 0, 0)]], [0], color=6))
