"""Kinds of files by their names: which are read, and what to do with those that are not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

RAW_SUFFIXES = frozenset(
    {
        *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".erf", ".fff", ".iiq"),
        *(".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw"),
        *(".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    }
)
JPEG_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi"})
OTHER_NAMES = {".hif": ".heic", ".heics": ".heic", ".avifs": ".avif"}
JPEG_2000_SUFFIXES = frozenset({".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"})
PHOTO_SUFFIXES = frozenset(
    {
        *JPEG_SUFFIXES,
        *JPEG_2000_SUFFIXES,
        *(".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".avif", ".avifs"),
        *(".heic", ".heif", ".hif", ".heics", ".jxl", ".dng", ".psd", ".tga", ".pcx", ".sgi"),
        *(".pgm", ".ppm", ".pbm", ".pnm", ".pfm", ".qoi"),
    }
)
# Kinds that are passed over, and what whoever has them can do.
ADVICE = {
    "camera raw": "develop it in darktable, RawTherapee or the camera's program, as 16-bit TIFF",
    "documents": "take the pictures out first, with `pdfimages -all`, or save the pages as PNG",
    "films": "`colorize video FILM` colorizes them",
    "layered or drawn pictures": "open them in GIMP and export TIFF or PNG",
}
_PASSED_OVER = {
    "camera raw": RAW_SUFFIXES,
    "documents": (".pdf", ".djvu", ".doc", ".docx", ".odt", ".ppt", ".pptx", ".odp", ".eps", ".ps"),
    "films": (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".webm", ".mts"),
    "layered or drawn pictures": (
        *(".xcf", ".psb", ".kra", ".ora", ".svg", ".ai", ".cdr", ".afphoto", ".clip", ".emf"),
        *(".wmf", ".exr", ".hdr", ".ico", ".icns", ".fits", ".dcm", ".cin", ".dpx"),
    ),
}
_KINDS = {suffix: kind for kind, suffixes in _PASSED_OVER.items() for suffix in suffixes}
# Not asked for, even if they begin as a photograph: thumbnails of films and downloads cut short.
_NO_PHOTOS = frozenset({".thm", ".tmp", ".part", ".crdownload", ".download", ".bak", ".db"})
_BEGINNINGS = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG\r\n\x1a\n": ".png",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"II+\0": ".tif",
    b"MM\0+": ".tif",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"\0\0\0\x0cjP  ": ".jp2",
    b"\xff\x4f\xff\x51": ".j2k",
    b"\0\0\0\x0cJXL ": ".jxl",
    b"\xff\n": ".jxl",
    b"8BPS": ".psd",
    b"qoif": ".qoi",
    **dict.fromkeys((b"P4\n", b"P5\n", b"P6\n"), ".pnm"),
}
_BRANDS = {b"avif": ".avif", b"avis": ".avif", b"mif1": ".heic"}  # of ISO's container
_BRANDS |= dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"), ".heic")


def kind_of_suffix(suffix: str) -> str | None:
    """Give the kind of files that are not read, by a suffix in small letters; None for others."""
    return "" if suffix in _NO_PHOTOS else _KINDS.get(suffix)


def begins_as_photo(path: Path) -> bool:
    """Tell whether a file begins as a photograph does, whatever its name."""
    with suppress(OSError), path.open("rb") as file:
        return bool(suffix_of_content(file.read(12)))
    return False


def suffix_of_content(head: bytes) -> str:
    """Give the suffix that goes with a file's first 12 bytes; empty where none does."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "")
    if head[:2] == b"BM" and any(head[6:10]):
        return ""  # words that begin so
    found = (suffix for start, suffix in _BEGINNINGS.items() if head.startswith(start))
    return next(found, "")
