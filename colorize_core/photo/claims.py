"""Claims of files about their size, checked against the file's length and free memory.

A picture of gigabytes can be claimed in a hundred bytes. That is found out here, before a decoder
takes the memory.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from colorize_core.photo.memory import available_memory
from colorize_core.photo.photo import DamagedError, MemoryShortError, PhotoError
from colorize_core.photo.zstd import LONGEST_HEADER, claimed_length

if TYPE_CHECKING:
    import tifffile

MOST_PIXELS = 1_000_000_000  # scans of large prints pass Pillow's own limit
# Bytes of pixels that a byte of a file can stand for, at most: of Deflate, a run of 258 in two
# bits; of LZW, a string of 4096 in twelve bits; of PackBits, a run of 128 in two bytes.
_DEFLATE, _LZW, _PACKBITS = 1032.0, 2731.0, 64.0
_HUFFMAN = 1024.0  # pixels of JPEG: a block of 64 in one bit, in each of the passes, and a reserve
# Pixels a byte of formats that have no bound. A white sheet comes near it; a claim goes beyond.
ANYTHING = 50_000.0
# How many times the file's bytes pixels may claim that are stored as they are: much can be missing.
_HAD = 8.0
_HEAD = 64  # bytes in which a format says how its pixels are coded
_SLACK = 4096  # bytes that a file may lack; a cut-off one is found out by its decoder
_SMALL = 1 << 24  # pixels that every machine holds, and bytes
_PNG_CHANNELS = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_TIFF_RATIOS = {1: 1.0, 5: _LZW, 8: _DEFLATE, 32946: _DEFLATE, 32773: _PACKBITS}
_TIFF_ZSTD = (34926, 50000)
_YCBCR = 6
_BMP_BITS, _BMP_COMPRESSION = 28, 30  # where a BMP says them
_BMP_RUNS = (1, 2)


def check_size(size: tuple[int, int], channels: int, depth: int) -> None:
    """Look whether a picture of a width and a height is one that can be worked on here.

    Args:
        size: width and height.
        channels: of the pixels that are read.
        depth: of each channel, in bytes.

    Raises:
        PhotoError: it has more pixels than any scan.
        MemoryShortError: it needs more memory than is free.
    """
    width, height = size
    pixels = width * height
    if pixels > MOST_PIXELS:
        raise PhotoError(
            f"is {width} x {height}, {pixels / 1e6:.0f} megapixels; "
            f"at most {MOST_PIXELS // 10**6} are read"
        )
    if pixels <= _SMALL:
        return
    # What is read, its lightness in 32 bits, and the same in three colours.
    needed = pixels * (channels * depth + 4 + 3 * depth)
    check_memory(size, needed)


def check_memory(size: tuple[int, int], needed: int) -> None:
    """Look whether there is the memory that a picture needs.

    Args:
        size: width and height.
        needed: bytes of it; as few as every machine holds are not looked at.

    Raises:
        MemoryShortError: it needs more than is free.
    """
    width, height = size
    free = available_memory() if needed > _SMALL else None
    if free is not None and needed > free:
        raise MemoryShortError(
            f"is {width} x {height}, {width * height / 1e6:.0f} megapixels, which need at least "
            f"{_gigabytes(needed)} of memory; {_gigabytes(free)} are free"
        )


def check_claim(size: tuple[int, int], claimed: float, file_size: int, had: float = 1.0) -> None:
    """Look whether a file is long enough for its picture.

    Args:
        size: width and height that it claims.
        claimed: bytes that the file must have for them, at least.
        file_size: bytes that it has.
        had: how many times more it may claim: what is missing is told by row then.

    Raises:
        PhotoError: it is not.
    """
    if claimed > had * file_size + _SLACK:
        width, height = size
        raise PhotoError(
            f"claims {width} x {height} pixels, which take {_amount(claimed)} or more; "
            f"the file has {_amount(file_size)}"
        )


def check_image(image: Image.Image, file: Path | bytes) -> None:
    """Look at what a file of Pillow's, or its content, claims, before it is loaded.

    Raises:
        PhotoError: as the functions above.
    """
    channels = len(image.getbands())
    depth = 2 if "16" in image.mode else 4 if image.mode in ("I", "F") else 1
    check_size(image.size, channels, depth)
    head = file[:_HEAD] if isinstance(file, bytes) else _head_of(file)
    had = _HAD if image.format in ("PPM", "BMP", "DIB") else 1.0
    check_claim(image.size, _least_bytes(image, head), _length_of(file), had)


def check_webp(file: Path | bytes, head: bytes) -> None:
    """Look at what a WebP claims; Pillow takes memory for its canvas as soon as it is opened.

    Raises:
        PhotoError: as the functions above.
    """
    size = size_of_webp(head)
    if size is not None:
        check_size(size, 4, 1)
        check_claim(size, size[0] * size[1] / ANYTHING, _length_of(file))


def check_tiff_page(page: tifffile.TiffPage, file_size: int) -> None:
    """Look at what a page of tifffile's claims.

    Raises:
        PhotoError: as the functions above.
    """
    sides = page.imagewidth, page.imagelength, page.tilewidth, page.tilelength, page.rowsperstrip
    if not all(isinstance(side, int | np.integer) for side in (*sides, page.samplesperpixel)):
        raise PhotoError("is damaged: its sides are no whole numbers")
    size = page.imagewidth, page.imagelength
    samples, bits = int(page.samplesperpixel), int(np.max(page.bitspersample))
    check_size(size, samples, (bits + 7) // 8)
    pixels = size[0] * size[1]
    stored = pixels * samples * bits / 8
    if page.photometric == _YCBCR:
        stored = pixels / 2  # with as little of its colour as there can be
    ratio = _TIFF_RATIOS.get(int(page.compression))
    claimed = stored / ratio if ratio else pixels / ANYTHING
    check_claim(size, claimed, file_size, _HAD if ratio == 1.0 else 1.0)
    if int(page.compression) in _TIFF_ZSTD:
        _check_zstd(page)


def check_parts(page: tifffile.TiffPage) -> None:
    """Look whether a page has all its strips or tiles; a decoder would make up the rest.

    Raises:
        PhotoError: it has not.
    """
    parts, needed = len(page.dataoffsets), int(np.prod(page.chunked))
    if parts < needed:
        raise DamagedError(f"is damaged: it holds {parts} of the {needed} parts that it claims")


def _check_zstd(page: tifffile.TiffPage) -> None:
    """Look at what each strip or tile says that it holds; its decoder takes memory for that."""
    expected = int(np.prod(page.chunks)) * max(1, int(np.max(page.bitspersample)) // 8)
    handle = page.parent.filehandle
    for offset in page.dataoffsets:
        handle.seek(offset)
        claimed = claimed_length(handle.read(LONGEST_HEADER))
        if claimed is not None and claimed > expected + _SLACK:
            raise PhotoError(
                f"is damaged: a part of {_amount(expected)} claims to hold {_amount(claimed)}"
            )


def _head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _length_of(file: Path | bytes) -> int:
    return len(file) if isinstance(file, bytes) else file.stat().st_size


def _least_bytes(image: Image.Image, head: bytes) -> float:
    """Compute how long a file must be, at least, for the picture that it claims."""
    width, height = image.size
    pixels = width * height
    if image.format == "PNG":
        bits = head[24] * _PNG_CHANNELS.get(image.mode, 1)
        if image.mode == "I;16":
            bits = 16
        return height * (1 + width * bits / 8) / _DEFLATE
    if image.format == "GIF":
        return pixels / _LZW
    if image.format in ("JPEG", "MPO"):
        return pixels / _HUFFMAN
    if image.format == "PPM":
        plain = head[:2] in (b"P1", b"P2", b"P3")
        if image.mode == "1":
            return pixels if plain else height * ((width + 7) // 8)
        return pixels * len(image.getbands()) * (2 if plain else 1)
    if image.format in ("BMP", "DIB"):
        (bits,) = struct.unpack_from("<H", head, _BMP_BITS)
        (compression,) = struct.unpack_from("<I", head, _BMP_COMPRESSION)
        if compression not in _BMP_RUNS and bits in (1, 2, 4, 8, 16, 24, 32):
            return height * ((width * bits + 31) // 32 * 4)
    return pixels / ANYTHING


def size_of_webp(head: bytes) -> tuple[int, int] | None:
    """Read width and height of the canvas from the 30 bytes that a WebP begins with."""
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _amount(count: float) -> str:
    """Write bytes in a unit that leaves figures to read."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        count /= 1000
    return f"{count:.1f} GB"
