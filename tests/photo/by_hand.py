"""Files whose bytes are put together here, by the standards."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np


def png_by_hand(path: Path, values: np.ndarray, *chunks: tuple[bytes, bytes]) -> None:
    """A 16-bit PNG of grey, with alpha, RGB or RGBA, its rows not filtered."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = values.astype(">u2").reshape(height, -1)
    data = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    ]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in parts
        )
    )


def tiff_by_hand(path: Path, pixels: np.ndarray) -> None:
    """Grey of 8 bits, in one strip, with no tags but those that are required."""
    height, width = pixels.shape
    tags = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, pixels.size),
    ]
    folder = struct.pack("<H", len(tags))
    folder += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    content = pixels.tobytes() + bytes(pixels.size % 2)
    head = b"II*\0" + struct.pack("<I", 8 + len(content))
    path.write_bytes(head + content + folder + bytes(4))


def ycbcr_by_hand(
    path: Path,
    values: np.ndarray,
    block: tuple[int, int],
    order: str,
    rows: int,
    is_said: bool = True,
) -> None:
    """Luma and chroma of 8 bits, not compressed.

    Args:
        path: of the file.
        values: uint8 ``(H, W, 3)``.
        block: pixels across and down that share their chroma: that of their upper left one.
        order: ``<`` or ``>``, of the bytes.
        rows: of a strip; 0 for a single strip.
        is_said: whether the file names the block.
    """
    height, width = values.shape[:2]
    rows = rows or height
    across, down = block
    strips = [_units(values[top : top + rows], across, down) for top in range(0, height, rows)]
    shorts, longs = ("H", 3), ("I", 4)
    tags = [
        (256, longs, [width]),
        (257, longs, [height]),
        (258, shorts, [8, 8, 8]),
        (259, shorts, [1]),
        (262, shorts, [6]),
        (273, longs, [0] * len(strips)),
        (277, shorts, [3]),
        (278, longs, [rows]),
        (279, longs, [len(strip) for strip in strips]),
        *([(530, shorts, [across, down])] if is_said else []),
    ]
    begin = 8 + 2 + 12 * len(tags) + 4
    size = sum(len(listed) * 4 + 4 for _, _, listed in tags)
    ends = np.cumsum([begin + size, *map(len, strips)])
    folder, extra = struct.pack(f"{order}H", len(tags)), b""
    for tag, (letter, number), listed in tags:
        listed = ends[:-1].tolist() if tag == 273 else listed
        packed = struct.pack(f"{order}{len(listed)}{letter}", *listed).ljust(4, b"\0")
        if len(packed) > 4:
            packed, extra = struct.pack(f"{order}I", begin + len(extra)), extra + packed
        folder += struct.pack(f"{order}HHI", tag, number, len(listed)) + packed
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    path.write_bytes(head + folder + bytes(4) + extra.ljust(size, b"\0") + b"".join(strips))


def _units(values: np.ndarray, across: int, down: int) -> bytes:
    height, width = values.shape[:2]
    lacking = ((0, -height % down), (0, -width % across))
    luma = np.pad(values[..., 0], lacking, mode="edge")
    tall, wide = luma.shape[0] // down, luma.shape[1] // across
    blocks = luma.reshape(tall, down, wide, across).swapaxes(1, 2).reshape(tall, wide, -1)
    return np.concatenate((blocks, values[::down, ::across, 1:]), -1).astype(np.uint8).tobytes()
