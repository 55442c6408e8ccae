"""PNGs of which something is broken: notes are left out, pixels are told, and rows are saved.

Source: Portable Network Graphics, third edition (W3C), sections 5, 8 (passes) and 13.2 (errors).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from PIL import PngImagePlugin

from colorize_core.photo.damage import Damage

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = (  # of interlaced pictures: first column and row, and the steps
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_MOST_NOTE, _MOST_NOTES = 1 << 24, 3 << 24  # bytes: of a text or a profile, and of all
_LAST_FILTER = 4
_PIECE = 64  # bytes of packed pixels
_NOTES = {b"tEXt": "a text", b"zTXt": "a text", b"iTXt": "a text", b"iCCP": "its colour profile"}
_NAMES = {b"eXIf": "its EXIF", b"pHYs": "its resolution", b"tIME": "its date", **_NOTES}

# Pillow takes 1 MB; what is longer than this is left out before it sees it.
PngImagePlugin.MAX_TEXT_CHUNK = _MOST_NOTE
PngImagePlugin.MAX_TEXT_MEMORY = 2 * _MOST_NOTES


@dataclass(slots=True)
class Looked:
    """A PNG whose notes are all in order.

    Attributes:
        content: the file without what was wrong beside its pixels.
        warnings: what was left out.
        is_sound: whether the checksums of its pixels are right, and it goes on to its end.
    """

    content: bytes
    warnings: list[str] = field(default_factory=list)
    is_sound: bool = True


def look_at(content: bytes) -> Looked:
    """Go over the chunks of a file that begins as a PNG; the pixels are not decoded.

    Raises:
        ValueError: its header is wrong.
    """
    looked = Looked(content)
    kept: list[bytes] = [_SIGNATURE]
    total, ended = 0, False
    for kind, data, is_right in _chunks(content):
        is_note = bool(kind[0] & 0x20)
        if is_note and not is_right:
            name = _NAMES.get(kind, f"a chunk ({kind.decode('latin-1')})")
            looked.warnings.append(f"the checksum of {name} is wrong; it is left out")
            continue
        if kind in _NOTES:
            length = _length_of(kind, data)
            total += length
            if length > _MOST_NOTE or total > _MOST_NOTES:
                looked.warnings.append(
                    f"{_NOTES[kind]} is longer than {_MOST_NOTE >> 20} MB; it is left out"
                )
                continue
        if kind == b"IHDR" and not is_right:
            raise ValueError("its header is wrong")
        if not is_note:
            looked.is_sound &= bool(is_right)
        ended = ended or kind == b"IEND"
        kept.append(_chunk(kind, data))
        if ended:
            break
    looked.is_sound &= ended
    if looked.warnings:
        looked.content = b"".join(kept)
    return looked


def damage_of(content: bytes) -> tuple[Damage | None, bytes]:
    """Tell how many rows there are, and the same picture with the missing ones in black.

    Args:
        content: a still picture whose size has been looked at.

    Raises:
        ValueError: its header is damaged.
    """
    if len(content) < 33 or content[12:16] != b"IHDR":
        raise ValueError("it ends in its header")
    width, height, depth, color, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    if color not in _CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise ValueError("its header is wrong")
    bits = depth * _CHANNELS[color]
    row = 1 + (width * bits + 7) // 8
    passes = _passes(width, height, bits)
    expected = sum(rows * length for rows, length in passes) if interlaced else height * row
    others = [(kind, data) for kind, data, _ in _chunks(content)]
    sound, whole = _inflated(content, expected)
    sound = _with_known_filters(sound, [(height, row)] if not interlaced else passes)
    damage = None
    if not whole or len(sound) < expected:
        rows = height * len(sound) // expected if interlaced else len(sound) // row
        damage = Damage(rows if rows < height else None, height, _is_cut(content))
    pixels = zlib.compress(sound + bytes(expected - len(sound)), 1)
    parts, is_written = [_SIGNATURE], False
    for kind, data in others:
        if kind == b"IDAT":
            data, is_written, skipped = pixels, True, is_written
            if skipped:
                continue
        if kind != b"IEND":
            parts.append(_chunk(kind, data))
    if not is_written:
        parts.append(_chunk(b"IDAT", pixels))
    return damage, b"".join((*parts, _chunk(b"IEND", b"")))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bool | None]]:
    """Give kind, data, and whether the checksum is right; None where it, or more, is cut off."""
    at = len(_SIGNATURE)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + length]
        check = content[at + 8 + length : at + 12 + length]
        is_right = check == struct.pack(">I", zlib.crc32(kind + data))
        yield kind, data, is_right if len(check) == 4 else None
        at += 12 + length


def _inflated(content: bytes, expected: int) -> tuple[bytes, bool]:
    """Give the pixels' bytes up to where something is wrong, and whether nothing is."""
    packer = zlib.decompressobj()
    parts: list[bytes] = []
    left, is_right = expected, True
    try:
        for kind, data, check in _chunks(content):
            if kind == b"PLTE" and not check:
                return b"", False
            if kind != b"IDAT":
                continue
            is_right &= check is not False
            # Little at a time, so that what comes before an error is not lost with it.
            for begin in range(0, len(data), _PIECE):
                piece = packer.unconsumed_tail + data[begin : begin + _PIECE]
                got = packer.decompress(piece, left or 1)
                parts.append(got[:left])
                left -= len(parts[-1])
    except zlib.error:
        is_right = False
    return b"".join(parts), left == 0 and (is_right or packer.eof)


def _is_cut(content: bytes) -> bool:
    return not any(kind == b"IEND" for kind, _, _ in _chunks(content))


def _passes(width: int, height: int, bits: int) -> list[tuple[int, int]]:
    """Give, of an interlaced picture, rows of each pass and their bytes."""
    passes = []
    for left, top, across, down in _PASSES:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            passes.append((rows, 1 + (columns * bits + 7) // 8))
    return passes


def _with_known_filters(sound: bytes, passes: list[tuple[int, int]]) -> bytes:
    """Give the bytes before the first row whose filter is none that there is."""
    at = 0
    for rows, length in passes:
        for begin in range(at, at + rows * length, length):
            if begin >= len(sound) or sound[begin] > _LAST_FILTER:
                return sound[:begin]
        at += rows * length
    return sound


def _length_of(kind: bytes, data: bytes) -> int:
    """Tell how long a note is when it is unpacked; measured no further than the limit."""
    if kind == b"tEXt":
        return len(data)
    rest = data.partition(b"\0")[2]
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return len(data)
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        rest = rest[1:]
    with suppress(zlib.error):
        return len(zlib.decompressobj().decompress(rest, _MOST_NOTE + 1))
    return len(data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
