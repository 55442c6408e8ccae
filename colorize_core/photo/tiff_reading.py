"""TIFF: pages, and the depths that Pillow does not keep.

Source: TIFF 6.0 and its technical notes; the tags' numbers are tifffile's names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from colorize_core.photo.claims import check_parts, check_tiff_page
from colorize_core.photo.directories import check_tiff
from colorize_core.photo.exif import ORIENTATION, read_tiff_exif
from colorize_core.photo.metadata import kept_xmp
from colorize_core.photo.photo import Photo
from colorize_core.photo.pixels import make_photo
from colorize_core.photo.raw import DNG_VERSION, PHOTOMETRIC, is_raw_tiff, raw_error
from colorize_core.photo.tiff_chroma import is_plain_ycbcr
from colorize_core.photo.tiff_pixels import COLORS, LINEAR_RAW, stored_page

if TYPE_CHECKING:
    import tifffile  # a tenth of a second, which other photos need not wait for

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_XMP, _IPTC, _SUBFILE = 700, 33723, 254
_WIDTH, _MANIFEST = 256, 52545  # of C2PA, which may have a page of its own, without a picture
_RESOLUTIONS = (282, 283)
_RESOLUTION_UNIT, _INCH, _CENTIMETRE = 296, 2, 3
_JPEG = (6, 7)
_MOST_INSIDE = 16  # pages in a page
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

PageNumber = int | tuple[int, int]
Shallow = Callable[[Image.Image], tuple[np.ndarray, np.ndarray | None]]


def is_tiff(head: bytes) -> bool:
    """Tell whether a file that begins so is a TIFF."""
    return head[:4] in _MAGIC


def page_numbers(path: Path) -> tuple[PageNumber, ...]:
    """List the pages of a file that are photographs, not thumbnails or masks of others.

    Raises:
        PhotoError: it holds a camera's raw values.
        ValueError: its directories claim more than it holds.
    """
    import tifffile

    check_tiff(path)
    with tifffile.TiffFile(path) as file:
        found = list(_all_pages(file))
        if any(is_raw_tiff(tags) for _, tags in found):
            raise raw_error()
        pictures = [one for one in found if _WIDTH in one[1] or _MANIFEST not in one[1]]
        kinds = {number: int(tags.get(_SUBFILE) or 0) for number, tags in pictures}
    whole = [number for number, kind in kinds.items() if not kind & (_REDUCED | _MASK)]
    # What lies in folders of pages is smaller copies of them, but where the page is one itself.
    main = [number for number in whole if isinstance(number, int)]
    return tuple(main or whole or [0])


def _all_pages(file: tifffile.TiffFile) -> Iterator[tuple[PageNumber, dict[int, Any]]]:
    """List the pages, also a DNG's inside others, and the tags that tell their kinds apart."""
    import tifffile

    offsets: set[int] = set()
    is_dng = False
    for number, page in enumerate(file.pages):
        assert isinstance(page, tifffile.TiffPage)
        if page.offset in offsets:
            return  # damaged: the pages go round in a circle
        offsets.add(page.offset)
        tags = _telling(page)
        is_dng = is_dng or DNG_VERSION in tags
        yield number, tags
        if not is_dng or not page.subifds:
            continue
        for place, inner in enumerate(page.pages):  # type: ignore[arg-type]
            if place >= _MOST_INSIDE or inner.offset in offsets:
                break
            offsets.add(inner.offset)
            yield (number, place), _telling(inner.aspage())


def _telling(page: tifffile.TiffPage) -> dict[int, Any]:
    codes = (_SUBFILE, _WIDTH, PHOTOMETRIC, DNG_VERSION, _MANIFEST)
    return {tag.code: tag.value for tag in page.tags if tag.code in codes}


def read_page(path: Path, number: PageNumber, shallow: Shallow, damaged: bool = False) -> Photo:
    """Read one page.

    Args:
        path: of the file.
        number: of the page, from 0; of one inside another, both.
        shallow: gives the pixels and the alpha of a Pillow image, for kinds that tifffile leaves
            as they are stored.
        damaged: whether to take what there is of a page of which a part is missing.

    Raises:
        PhotoError: its values have no known scale, its kind is not read, or a part is missing.
    """
    import tifffile

    with tifffile.TiffFile(path) as file:
        page, first = page_at(file, number), page_at(file, 0)
        check_tiff_page(page, file.filehandle.size)
        info = _info(file, page)
        profile = _value(page, 34675)
        orientation = _value(page, ORIENTATION) or _value(first, ORIENTATION)
        orientation = orientation if orientation in range(1, 9) else 1
        if isinstance(number, tuple) or not _is_for_pillow(page):
            pixels, alpha, warnings = stored_page(page, damaged, DNG_VERSION in first.tags)
            photo = make_photo(pixels, alpha, info, profile, orientation)
            photo.warnings += warnings
            return photo
        check_parts(page)
    with Image.open(path) as image:
        image.seek(number)
        return make_photo(*shallow(image), info, profile, orientation)


def page_at(file: tifffile.TiffFile, number: PageNumber) -> Any:
    """Open a page of an open file."""
    if isinstance(number, int):
        return file.pages[number]
    page: Any = file.pages[number[0]]
    return page.pages[number[1]].aspage()


def _is_for_pillow(page: Any) -> bool:
    """Tell whether Pillow reads a page: what tifffile leaves as stored, of up to 8 bits."""
    kind, bits = page.photometric.name, np.atleast_1d(page.bitspersample)
    if kind == "PALETTE":
        return True
    if max(bits) > 8:
        return False
    if int(page.compression) in _JPEG or min(bits) < 8:
        return True
    return kind not in (*COLORS, LINEAR_RAW) and not is_plain_ycbcr(page)


def _info(file: tifffile.TiffFile, page: tifffile.TiffPage) -> dict[str, Any]:
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


def _resolution(page: tifffile.TiffPage) -> tuple[float, float] | None:
    factor = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(int(_value(page, _RESOLUTION_UNIT) or _INCH))
    values = [_value(page, tag) for tag in _RESOLUTIONS]
    if factor is None or not all(isinstance(value, tuple) and value[1] for value in values):
        return None
    across, down = (value[0] / value[1] * factor for value in values)
    return (across, down) if across > 0 and down > 0 else None


def _value(page: tifffile.TiffPage, tag: int) -> Any:
    return page.tags[tag].value if tag in page.tags else None
