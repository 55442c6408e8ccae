"""TIFF: pages, and the depths that Pillow does not keep.

Source: TIFF 6.0 and its technical notes; the tags' numbers are tifffile's names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from colorize_core.photo.claims import check_tiff_page
from colorize_core.photo.depth import without_color
from colorize_core.photo.directories import check_tiff
from colorize_core.photo.exif import ORIENTATION, read_tiff_exif
from colorize_core.photo.metadata import kept_xmp
from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.pixels import make_photo, unmultiplied, whole_numbers
from colorize_core.photo.raw import is_raw_tiff, raw_error

if TYPE_CHECKING:
    import tifffile  # a tenth of a second, which other photos need not wait for

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_XMP, _IPTC, _SUBFILE = 700, 33723, 254
_RESOLUTIONS = (282, 283)
_RESOLUTION_UNIT, _INCH, _CENTIMETRE = 296, 2, 3
_ALPHA_MULTIPLIED, _ALPHA = 1, 2
_COLORS = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3, "SEPARATED": 4}
# By TIFF's own numbers, in the names that Pillow gives them.
_COMPRESSIONS = {
    1: "raw",
    5: "tiff_lzw",
    8: "tiff_adobe_deflate",
    32773: "packbits",
    32946: "tiff_adobe_deflate",
    50000: "zstd",
}

# What tifffile overlooks in a damaged file is nothing that anybody asked for; what matters raises.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

Shallow = Callable[[Image.Image], tuple[np.ndarray, np.ndarray | None]]


def is_tiff(head: bytes) -> bool:
    """Whether a file that begins so is a TIFF."""
    return head[:4] in _MAGIC


def page_numbers(path: Path) -> tuple[int, ...]:
    """The pages of a file that are photographs, not thumbnails or masks of others.

    Raises:
        PhotoError: it holds a camera's raw values.
        ValueError: its directories claim more than it holds.
    """
    import tifffile

    check_tiff(path)
    with tifffile.TiffFile(path) as file:
        kinds: list[int] = []
        offsets: set[int] = set()
        for page in file.pages:
            assert isinstance(page, tifffile.TiffPage)
            if page.offset in offsets:
                break  # damaged: the pages go round in a circle
            offsets.add(page.offset)
            tags = {tag.code: tag.value for tag in page.tags if tag.code in (_SUBFILE, 262, 50706)}
            if is_raw_tiff(tags):
                raise raw_error()
            kinds.append(int(tags.get(_SUBFILE) or 0))
    whole = tuple(n for n, kind in enumerate(kinds) if not kind & (_REDUCED | _MASK))
    return whole or (0,)


def read_page(path: Path, number: int, shallow: Shallow) -> Photo:
    """One page.

    Args:
        path: of the file.
        number: of the page, from 0.
        shallow: gives the pixels and the alpha of a Pillow image, for pages of up to 8 bits.

    Raises:
        PhotoError: its values have no known scale, or its kind is not read.
    """
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages[number]
        assert isinstance(page, tifffile.TiffPage)
        check_tiff_page(page, file.filehandle.size)
        info = _info(file, page)
        profile = _value(page, 34675)
        orientation = _value(page, ORIENTATION)
        orientation = orientation if orientation in range(1, 9) else 1
        if not _is_shallow(page):
            return make_photo(*_deep(page), info, profile, orientation)
    with Image.open(path) as image:
        image.seek(number)
        return make_photo(*shallow(image), info, profile, orientation)


def _is_shallow(page) -> bool:
    if page.photometric.name == "PALETTE":
        return True
    return max(np.atleast_1d(page.bitspersample)) <= 8


def _deep(page) -> tuple[np.ndarray, np.ndarray | None]:
    kind = page.photometric.name
    colors = _COLORS.get(kind)
    if colors is None:
        raise PhotoError(f"is {kind} in {page.bitspersample} bits, which is not read; save as RGB")
    values = page.asarray()
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, 2)
    elif page.axes not in ("YX", "YXS"):
        raise PhotoError(f"is no flat picture but has the axes {page.axes}")
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] < colors:
        raise PhotoError(f"has {values.shape[2]} channels; {kind} needs {colors}")
    extra = page.extrasamples[0] if page.extrasamples else 0
    values = _scaled(values[..., : colors + (extra in (_ALPHA, _ALPHA_MULTIPLIED))], page)
    pixels, alpha = values[..., :colors], None
    if values.shape[2] > colors:
        alpha = np.ascontiguousarray(values[..., colors])
    if colors == 1:
        pixels = pixels[..., 0]
    elif colors == 3:
        pixels = without_color(pixels)
    if kind == "MINISWHITE":
        pixels = (1.0 if pixels.dtype == np.float32 else np.uint16(65535)) - pixels
    if alpha is not None and extra == _ALPHA_MULTIPLIED:
        pixels = unmultiplied(pixels, alpha)
    return np.ascontiguousarray(pixels), alpha


def _scaled(values: np.ndarray, page) -> np.ndarray:
    """Values as uint16, or float32 in 0..1, in the machine's byte order."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if np.issubdtype(values.dtype, np.unsignedinteger):
        return whole_numbers(values, (1 << int(max(np.atleast_1d(page.bitspersample)))) - 1)
    if not np.issubdtype(values.dtype, np.floating):
        raise PhotoError(f"has values of the type {values.dtype}, whose scale is not known")
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PhotoError("has pixels that are not finite numbers")
    if low < 0 or high > 1:
        raise PhotoError(f"has values in {low:g}..{high:g}; expected 0..1")
    return values.astype(np.float32, copy=False)


def _info(file: tifffile.TiffFile, page) -> dict[str, Any]:
    handle = file.filehandle

    def read(offset: int, length: int) -> bytes:
        if offset > handle.size:
            return b""
        handle.seek(offset)
        return handle.read(length)

    info: dict[str, Any] = {}
    try:
        exif = read_tiff_exif(read, page.offset, file.byteorder, file.is_bigtiff, handle.size)
        if exif.entries:
            info["exif"] = exif.to_bytes()
    except ValueError:  # damaged: lost, but the photograph is not
        pass
    resolution = _resolution(page)
    if resolution:
        info["dpi"] = resolution
    for tag, name in ((_XMP, "xmp"), (_IPTC, "iptc")):
        if tag in page.tags:
            entry = page.tags[tag]
            size = entry.valuebytecount
            content = read(entry.valueoffset, size)
            info[name] = kept_xmp(content) if name == "xmp" else content
    info["compression"] = _COMPRESSIONS.get(int(page.compression), "tiff_adobe_deflate")
    return info


def _resolution(page) -> tuple[float, float] | None:
    factor = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(int(_value(page, _RESOLUTION_UNIT) or _INCH))
    values = [_value(page, tag) for tag in _RESOLUTIONS]
    if factor is None or not all(isinstance(value, tuple) and value[1] for value in values):
        return None
    across, down = (value[0] / value[1] * factor for value in values)
    return (across, down) if across > 0 and down > 0 else None


def _value(page, tag: int) -> Any:
    return page.tags[tag].value if tag in page.tags else None
