"""Writing TIFF: one page or many, in the depth and compression that are asked for."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from colorize_core.photo.exif import Entry, Exif, folder_bytes, read_exif, read_folder

if TYPE_CHECKING:
    import tifffile  # a tenth of a second, which other photos need not wait for

_CLASSIC_LIMIT = 3_900_000_000  # bytes: offsets have 32 bits
_STRIP_BYTES = 1 << 20
_ZLIB_LEVEL = 6
# Written from what is known of the picture, not from its EXIF.
_OWN_TAGS = frozenset({282, 283, 296})
_XMP, _IPTC = 700, 33723
_BYTE, _UNDEFINED = 1, 7
_COMPRESSIONS = {
    "raw": None,
    "tiff_lzw": "lzw",
    "tiff_adobe_deflate": "zlib",
    "packbits": "packbits",
    "zstd": "zstd",
}
_PREDICTED = {"lzw", "zlib", "zstd"}


@dataclass(frozen=True, slots=True)
class Page:
    """The contents of a page.

    Attributes:
        pixels: uint8, uint16 or float32, ``(H, W)`` or ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        profile: the ICC profile of the pixels.
        info: of which ``exif``, ``dpi``, ``xmp``, ``iptc`` and ``compression`` are written.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    profile: bytes
    info: dict[str, Any]


def write_pages(file: BinaryIO, pages: Iterable[Page], count: int) -> None:
    """Write pages one after another; each may go before the next is made.

    Args:
        file: open for reading and writing, empty.
        pages: at least one.
        count: how many there are about; a file that may pass 4 GB becomes a BigTIFF.

    Raises:
        ValueError: more than a file without 64-bit offsets can hold.
    """
    import tifffile

    writer: tifffile.TiffWriter | None = None
    added: list[dict[int, Entry]] = []
    for page in pages:
        exif = read_exif(page.info["exif"]) if "exif" in page.info else Exif()
        if writer is None:
            values = page.pixels.nbytes + (0 if page.alpha is None else page.alpha.nbytes)
            is_big = values * count * 1.2 > _CLASSIC_LIMIT
            order = exif.order
            writer = tifffile.TiffWriter(
                file,
                bigtiff=is_big,
                byteorder=order,  # type: ignore[arg-type]
            )
        if exif.order != order:
            exif = Exif(order)  # pages of one file agree, unless somebody has put them together
        _write_page(writer, page)
        added.append(_added(exif, page.info))
    if writer is None:
        raise ValueError("there is no page to write")
    writer.close()
    _add_entries(file, added)


def _write_page(writer: tifffile.TiffWriter, page: Page) -> None:
    values = page.pixels if page.alpha is None else np.dstack((page.pixels, page.alpha))
    values = np.ascontiguousarray(values)
    compression = _COMPRESSIONS.get(page.info.get("compression", ""), "zlib")
    is_float = values.dtype == np.float32
    writer.write(
        values,
        photometric="rgb" if page.pixels.ndim == 3 else "minisblack",
        extrasamples=None if page.alpha is None else ["unassalpha"],
        compression=compression,
        compressionargs={"level": _ZLIB_LEVEL} if compression == "zlib" else None,
        predictor=(3 if is_float else 2) if compression in _PREDICTED else None,
        rowsperstrip=max(1, _STRIP_BYTES // max(1, values[0].nbytes)),
        iccprofile=page.profile,
        resolution=page.info.get("dpi", (72.0, 72.0)),
        resolutionunit="inch" if "dpi" in page.info else "none",
        metadata=None,
        software=False,
        maxworkers=1,
    )


def _added(exif: Exif, info: dict[str, Any]) -> dict[int, Entry]:
    """Collect the tags of a page's folder beside those that describe the pixels."""
    added = {tag: entry for tag, entry in exif.entries.items() if tag not in _OWN_TAGS}
    for tag, name, kind in ((_XMP, "xmp", _BYTE), (_IPTC, "iptc", _UNDEFINED)):
        if name in info:
            added[tag] = Entry(kind, len(info[name]), info[name])
    return added


def _add_entries(file: BinaryIO, added: list[dict[int, Entry]]) -> None:
    """Write the pages' folders once more at the file's end, with entries added.

    tifffile writes no Exif and GPS folders.
    """
    import tifffile

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    file.seek(0)
    with tifffile.TiffFile(file) as written:
        order, is_big = written.byteorder, written.is_bigtiff
        offsets = [page.offset for page in written.pages]
    size = file.seek(0, 2)
    pointer, word = ("Q", 8) if is_big else ("I", 4)
    link = word  # of the header, where the first folder's place is
    for offset, entries in zip(offsets, added, strict=True):
        folder = read_folder(read, order, is_big, offset, size) | entries
        place = file.seek(0, 2)
        place += file.write(bytes(place % 2))
        file.write(folder_bytes(folder, order, place, is_big))
        file.seek(link)
        file.write(struct.pack(order + pointer, place))
        count, entry = (8, 20) if is_big else (2, 12)
        link = place + count + entry * len(folder)
