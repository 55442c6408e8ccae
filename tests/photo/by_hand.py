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
