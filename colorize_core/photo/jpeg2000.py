"""JPEG 2000: 16 bits, profile and notes, which Pillow leaves out. It is written without loss.

Source: ISO/IEC 15444-1, annexes A.5 (size) and I (JP2); exiftool's notes on UUID boxes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from colorize_core.photo import boxes, profiles
from colorize_core.photo.boxes import box
from colorize_core.photo.codestream import BEGIN, SIGNATURE, CodeStream, check_codestream
from colorize_core.photo.depth import without_color
from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.pillow_reading import stored_pixels
from colorize_core.photo.pixels import make_photo, whole_numbers

_ICC, _SRGB, _GREY = 2, 16, 17
_PSNR = 30.0  # of quality 0, in decibels; one more for each four of quality


def is_jpeg2000(head: bytes) -> bool:
    """Tell whether a file that begins so is a JPEG 2000."""
    return head.startswith((SIGNATURE, BEGIN))


def read(path: Path, damaged: bool = False) -> Photo:
    """Read a file that begins as a JPEG 2000.

    Args:
        path: of the file.
        damaged: whether to take what there is of one that lacks tiles.

    Raises:
        PhotoError: it claims more than there can be, or lacks tiles.
        RuntimeError, OSError, ValueError: it is damaged.
    """
    content = path.read_bytes()
    stream = CodeStream(content)
    is_deep = _is_deep(stream)
    if is_deep and _has_palette(content):
        raise PhotoError("has a palette of more than 8 bits, which is not read; save as RGB")
    damage = check_codestream(stream, len(content), not is_deep, damaged)
    with Image.open(path) as image:
        if image.size != stream.size:
            raise PhotoError("is damaged: it claims two sizes")
        if is_deep:
            pixels, alpha = _decoded(content, stream.bits[0])
        else:
            image.load()
            pixels, alpha = stored_pixels(image)
    info, profile, orientation = _said(content)
    photo = make_photo(pixels, alpha, info, profile, orientation)
    photo.warnings += () if damage is None else (str(damage),)
    return photo


def encode(
    pixels: np.ndarray, alpha: np.ndarray | None, profile: bytes, info: dict[str, Any]
) -> list[bytes]:
    """Give a JP2 file, in parts that follow each other.

    Args:
        pixels: uint8 or uint16, ``(H, W)`` or ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        profile: the ICC profile of the pixels.
        info: of which ``exif``, ``dpi``, ``xmp``, ``iptc`` and ``quality`` are heeded.
    """
    channels = 1 if pixels.ndim == 2 else 3
    values = pixels if alpha is None else np.dstack((pixels, alpha))
    quality = info.get("quality")
    how: dict[str, Any] = {"level": 0, "reversible": True}
    if quality:
        how = {"level": _PSNR + quality / 4.0, "reversible": False}
    stream = imagecodecs.jpeg2k_encode(np.ascontiguousarray(values), codecformat="j2k", **how)
    height, width = pixels.shape[:2]
    count = channels + (alpha is not None)
    depth = 8 * pixels.itemsize - 1
    header = box(b"ihdr", struct.pack(">IIHBBBB", height, width, count, depth, 7, 0, 0))
    if channels == 3 and not profiles.is_srgb(profile):
        header += box(b"colr", struct.pack(">BbB", _ICC, 0, 0) + profile)
    else:
        header += box(b"colr", struct.pack(">BbBI", 1, 0, 0, _SRGB if channels == 3 else _GREY))
    if alpha is not None:
        meanings = [(number, 0, number + 1) for number in range(channels)] + [(channels, 1, 0)]
        fields = b"".join(struct.pack(">3H", *meaning) for meaning in meanings)
        header += box(b"cdef", struct.pack(">H", len(meanings)) + fields)
    if "dpi" in info:
        header += boxes.resolution_box(info["dpi"])
    parts = [SIGNATURE, box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"jp2h", header)]
    if "exif" in info:
        parts.append(box(b"uuid", boxes.EXIF + info["exif"].removeprefix(b"Exif\0\0")))
    for name, mark in (("xmp", boxes.XMP), ("iptc", boxes.IPTC)):
        if name in info:
            parts.append(box(b"uuid", mark + info[name]))
    # 0: the last box goes on to the end, however long that is
    return [*parts, struct.pack(">I4s", 0, b"jp2c"), bytes(stream)]


def _is_deep(stream: CodeStream) -> bool:
    """Tell whether a stream has more bits than Pillow keeps."""
    bits = set(stream.bits)
    return len(bits) == 1 and 8 < max(bits) <= 16 and len(stream.bits) <= 4 and not stream.is_signed


def _has_palette(content: bytes) -> bool:
    """Tell whether a file's values are numbers of colours, which may have 255 channels each."""
    if content.startswith(BEGIN):
        return False
    return any(kind == b"jp2h" and b"pclr" in inside for kind, inside in boxes.boxes(content))


def _decoded(content: bytes, bits: int) -> tuple[np.ndarray, np.ndarray | None]:
    values = whole_numbers(imagecodecs.jpeg2k_decode(content), (1 << bits) - 1)
    if values.ndim == 2:
        return values, None
    channels = values.shape[2]
    alpha = np.ascontiguousarray(values[..., -1]) if channels in (2, 4) else None
    pixels = values[..., 0] if channels <= 2 else without_color(values[..., :3])
    return np.ascontiguousarray(pixels), alpha


def _said(content: bytes) -> tuple[dict[str, Any], bytes | None, int]:
    """Tell what is kept, the profile, and the orientation."""
    info: dict[str, Any] = {}
    profile, orientation = None, 1
    if content.startswith(BEGIN):
        return info, profile, orientation
    for kind, inside in boxes.boxes(content):
        if kind == b"jp2h":
            for part, fields in boxes.boxes(inside):
                if part == b"colr" and fields[:1] == bytes([_ICC]):
                    profile = fields[3:]
                elif part == b"res " and (dpi := boxes.resolution_of(fields)):
                    info["dpi"] = dpi
        elif kind == b"uuid" and inside[:16] == boxes.EXIF:
            orientation = boxes.kept_of_exif(inside[16:], info)
        elif kind == b"uuid" and inside[:16] == boxes.XMP:
            boxes.kept_of_xmp(inside[16:], info)
        elif kind == b"uuid" and inside[:16] == boxes.IPTC:
            info["iptc"] = inside[16:]
    return info, profile, orientation
