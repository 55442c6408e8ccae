"""JPEG: decoded without a copy in between, and encoded by several threads.

A picture is encoded in strips, each as a file of its own. A decoder starts afresh after a restart
marker, so that the strips' data, with such markers in between, are the data of the whole picture;
they decode to the same pixels.

Source: ITU-T T.81, annexes B and F.1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import imagecodecs
import numpy as np

from colorize_core.threads import cores

START, END = b"\xff\xd8\xff", b"\xff\xd9"
_BLOCK = 8  # pixels: side of what is encoded at once, where colour has full resolution
_MOST_BLOCKS = 65535  # between two restart markers
_MOST_PIXELS = 65500  # of a side, as libjpeg has it
_STRIP_PIXELS = 1 << 19
_ALONE = {0x00, 0x01, *range(0xD0, 0xD9), 0xFF}  # markers without a length, and fill bytes
_MOST_THREADS = 8
_SOF, _START, _END, _SCAN, _RESTART_INTERVAL, _RESTART = 0xC0, 0xD8, 0xD9, 0xDA, 0xDD, 0xD0
_COMMENT, _APPLICATION, _EXIF = 0xFE, range(0xE0, 0xF0), 0xE1
# In a scan's data, a byte of all ones is followed by zero or is that of a restart marker.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# A few bytes make libjpeg go over all of the picture once more: encoders use some 10 scans.
_MOST_SCANS = 200
_MOST_SEGMENTS = 4096
_MOST_EXIF = 256  # segments, which Pillow puts together one by one


def is_whole(content: bytes) -> bool:
    """Tell whether a file goes on to its end: markers in order, up to the last one.

    Raises:
        ValueError: it has more segments or scans than any photograph.
    """
    at, in_order = 2, True
    segments = scans = exifs = 0
    try:
        while True:
            ones, marker, length = struct.unpack_from(">BBH", content, at)
            if ones != 0xFF:  # decoders go on at the next marker
                in_order, at = False, content.find(0xFF, at)
                if at < 0:
                    return False
                continue
            if marker == _END:
                return in_order
            if marker in _ALONE:
                at += 1 if marker == 0xFF else 2
                continue
            segments += 1
            exifs += marker == _EXIF and content.startswith(b"Exif", at + 4)
            if segments > _MOST_SEGMENTS or exifs > _MOST_EXIF:
                raise ValueError(f"more than {_MOST_SEGMENTS} segments, or {_MOST_EXIF} of EXIF")
            at += 2 + length
            if marker == _SCAN:
                scans += 1
                if scans > _MOST_SCANS:
                    raise ValueError(f"more than {_MOST_SCANS} scans of the same picture")
                found = _END_OF_SCAN.search(content, at)
                if not found:
                    return False
                at = found.start()
    except struct.error:
        return in_order and content[at : at + 2] == bytes((0xFF, _END))


def decode(content: bytes) -> np.ndarray:
    """Decode the pixels of a file of 8 bits, uint8 ``(H, W)`` or ``(H, W, 3)``.

    It must be whole: libjpeg fills up with grey what is missing.

    Raises:
        RuntimeError: the file is damaged.
    """
    return imagecodecs.jpeg8_decode(content)


def encode(pixels: np.ndarray, quality: int, described: bytes) -> list[bytes | memoryview]:
    """Encode a file, in parts that follow each other, with colour at full resolution (4:4:4).

    Args:
        pixels: uint8 ``(H, W, 3)``.
        quality: libjpeg's, 0 to 100.
        described: a JPEG of another picture, whose application data and comments are taken over.

    Raises:
        ValueError: the picture is larger than the format allows.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > _MOST_PIXELS:
        raise ValueError(f"a side of a JPEG has at most {_MOST_PIXELS} pixels")
    across = -(-width // _BLOCK)
    down = max(1, min(_STRIP_PIXELS // (_BLOCK * width), _MOST_BLOCKS // across))
    tops = range(0, height, down * _BLOCK)

    def strip(top: int) -> bytes:
        rows = np.ascontiguousarray(pixels[top : top + down * _BLOCK])
        encoded = imagecodecs.jpeg8_encode(rows, level=quality, subsampling="444", optimize=False)
        return bytes(encoded)

    if len(tops) == 1:
        strips = [strip(0)]
    else:
        with ThreadPoolExecutor(min(_MOST_THREADS, cores(), len(tops))) as pool:
            strips = list(pool.map(strip, tops))
    parts: list[bytes | memoryview] = [bytes((0xFF, _START))]
    parts += [segment for marker, segment in _segments(described) if _describes(marker)]
    for marker, segment in _segments(strips[0]):
        if marker == _SOF:
            segment = segment[:5] + struct.pack(">H", height) + segment[7:]
        if marker == _SCAN and len(strips) > 1:
            parts.append(struct.pack(">BBHH", 0xFF, _RESTART_INTERVAL, 4, down * across))
        if not _describes(marker):
            parts.append(segment)
    for number, content in enumerate(strips):
        if number:
            parts.append(bytes((0xFF, _RESTART + (number - 1) % 8)))
        begin = 2 + sum(len(segment) for _, segment in _segments(content))
        parts.append(memoryview(content)[begin:-2])
    return [*parts, bytes((0xFF, _END))]


def _describes(marker: int) -> bool:
    return marker == _COMMENT or marker in _APPLICATION


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """List the markers before the first scan's data, and the segments they begin."""
    at, marker = 2, 0
    while marker != _SCAN:
        marker, length = struct.unpack_from(">xBH", content, at)
        yield marker, content[at : at + 2 + length]
        at += 2 + length
