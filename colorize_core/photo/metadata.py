"""Metadata of a file, made fit for the colour photo that is written."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from PIL import Image

from colorize_core.photo.exif import ORIENTATION, read_exif
from colorize_core.photo.extended_xmp import with_extension
from colorize_core.photo.xmp import kept_xmp

_IPTC_RESOURCE = 0x0404
_MOST_DPI = 65536.0  # beyond it no JPEG can say it, and nobody means it


def kept_info(image: Image.Image) -> dict[str, Any]:
    """Collect what is kept of a loaded Pillow image: see :class:`~.photo.Photo`.

    Damaged EXIF is lost; the photograph is not.
    """
    info: dict[str, Any] = {}
    texts = getattr(image, "text", {})
    with suppress(Exception):  # Pillow's EXIF parser raises nearly anything
        block = image.info.get("exif") or _raw_profile(texts, "exif", "APP1")
        exif = read_exif(block or image.getexif().tobytes())
        if exif.entries:
            info["exif"] = exif.to_bytes()
    if "dpi" in image.info:
        with suppress(ValueError, TypeError, ZeroDivisionError):
            dpi = tuple(float(value) for value in image.info["dpi"])
            if all(0.0 < value < _MOST_DPI for value in dpi):
                info["dpi"] = dpi
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    xmp = xmp or _raw_profile(texts, "xmp")
    if xmp:
        packet = xmp.encode() if isinstance(xmp, str) else xmp
        segments = (data for name, data in getattr(image, "applist", ()) if name == "APP1")
        info["xmp"] = kept_xmp(with_extension(packet, segments))
    comment = image.info.get("comment")
    if comment:
        info["comment"] = comment
    resources = image.info.get("photoshop")
    if isinstance(resources, dict) and _IPTC_RESOURCE in resources:
        info["iptc"] = resources[_IPTC_RESOURCE]
    text = {
        str(keyword): str(value)
        for keyword, value in texts.items()
        if not keyword.startswith(("XML:com.adobe.xmp", "Raw profile type"))
    }
    if text:
        info["text"] = text
    return info


def _raw_profile(texts: dict[str, str], *names: str) -> bytes | None:
    """Decode ImageMagick's texts in a PNG: a name, a length, and the bytes in hexadecimal."""
    for name in names:
        parts = texts.get(f"Raw profile type {name}", "").split(maxsplit=2)
        if len(parts) == 3:
            with suppress(ValueError):
                return bytes.fromhex("".join(parts[2].split()))
    return None


def orientation_of(image: Image.Image) -> int:
    """Find the EXIF orientation, 1 to 8, in EXIF or else XMP; 1 where it is damaged or missing."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow's EXIF parser raises nearly anything
        return 1
    return orientation if orientation in range(1, 9) else 1
