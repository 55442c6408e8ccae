"""Writing photographs: under a temporary name first, so that no half-written file is left."""

from __future__ import annotations

import importlib.util
import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from PIL import Image, features

from colorize_core.photo import jpeg, jpeg2000, jpegxl, png, profiles, tiff_writing
from colorize_core.photo.depth import as_depth
from colorize_core.photo.exif import read_exif
from colorize_core.photo.extended_xmp import split
from colorize_core.photo.kinds import JPEG_SUFFIXES
from colorize_core.photo.limits import check_encoded, check_target
from colorize_core.photo.photo import Made, Photo, PhotoError
from colorize_core.photo.placing import Naming, exists, place
from colorize_core.photo.provenance import marked
from colorize_core.photo.signing import Seal

_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    # Colour at full resolution: at half of it (4:2:0) the edges of colours bleed.
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95, "exact": True},  # has no 4:4:4 but where it is lossless
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "HEIF": {"quality": 90, "chroma": 444},
}
_FORMATS = {
    **dict.fromkeys(JPEG_SUFFIXES, "JPEG"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
if imagecodecs.JPEG2K.available:
    _FORMATS[".jp2"] = "JPEG2000"
if jpegxl.AVAILABLE:
    _FORMATS[".jxl"] = "JXL"
if features.check("avif"):
    _FORMATS[".avif"] = "AVIF"
if importlib.util.find_spec("pillow_heif"):
    _FORMATS |= {".heic": "HEIF", ".heif": "HEIF"}
WRITABLE_SUFFIXES = frozenset(_FORMATS)
# What a JPEG's segments hold at most, less their names.
_MOST_EXIF = 65533
_MOST_XMP = 65504
_MOST_IPTC = 65000
_PILLOW_INFO = ("exif", "dpi", "xmp", "comment", "lossless")


def image_of_photo(photo: Photo) -> Image.Image:
    """Make the 8-bit Pillow image of a photo, in sRGB; with an alpha channel where it has one."""
    image = Image.fromarray(as_depth(photo.pixels, np.uint8))
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(as_depth(photo.alpha, np.uint8)))
    return image


def write_photo(
    photo: Photo, path: str | Path, overwrite: bool = False, seal: Seal | None = None
) -> None:
    """Write a photo in the format that the suffix names.

    It is written in its own profile, or tagged as sRGB. PNG and TIFF keep 16 bits, TIFF
    floating point too; the others have 8. JPEG holds no alpha: there the photo is laid on white.

    Raises:
        PhotoError: the suffix is unknown, the file exists, or it cannot be written or signed;
            then nothing is left behind and an existing file is as it was.
    """
    write_pages([photo], path, overwrite, seal=seal)


def write_pages(
    photos: Iterable[Photo],
    path: str | Path,
    overwrite: bool = False,
    count: int = 1,
    seal: Seal | None = None,
) -> None:
    """Write the pages of a file; those of a TIFF one by one, as they come.

    Args:
        photos: at least one; of several, each may be made when its turn comes.
        path: where to; the suffix names the format.
        overwrite: whether to replace a file that exists.
        count: how many photos there are.
        seal: a signature to put on the file.

    Raises:
        PhotoError: as :func:`write_photo`; or there are several, and the format holds one.
    """
    path = Path(path)
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(WRITABLE_SUFFIXES))
        raise PhotoError(f"{path}: cannot write this format; choose one of {known}")
    if path.exists() and not overwrite:
        raise exists(path)
    if count > 1 and kind != "TIFF":
        raise PhotoError(f"{path}: cannot hold {count} pages; only TIFF can, so name it .tif")
    if count > 1 and seal:  # C2PA would add a page without a picture, which few programs bear
        raise PhotoError(f"{path}: has {count} pages; only files of one page can be signed")
    rest = iter(photos)
    first = next(rest)
    if kind == "TIFF":
        _write_tiff(chain([first], rest), path, count, overwrite, seal)
        return
    check_target(first.size, path)
    with Naming(path):
        # Encoded in memory first: writing to a file itself, Pillow takes no notice when the disk
        # fills up amid a block, and leaves a photo that is cut off.
        parts = _encode(first, kind)

        def write(file: BinaryIO) -> Made | None:
            file.writelines(parts)
            return first.made

        place(path, overwrite, seal, write)


def _write_tiff(
    photos: Iterable[Photo], path: Path, count: int, overwrite: bool, seal: Seal | None
) -> None:
    failed: list[Exception] = []
    made: list[Made] = []

    def pages() -> Iterator[tiff_writing.Page]:
        iterator = iter(photos)
        while True:
            try:
                photo = next(iterator)
            except StopIteration:
                return
            except Exception as error:  # of making a photo, not of writing it
                failed.append(error)
                raise
            made.extend([photo.made] if photo.made else [])
            pixels, profile = _in_profile(photo, _depth(photo))
            alpha = None if photo.alpha is None else as_depth(photo.alpha, pixels.dtype)
            yield tiff_writing.Page(pixels, alpha, profile, _described(photo))

    def write(file: BinaryIO) -> Made | None:
        tiff_writing.write_pages(file, pages(), count)
        return made[0] if made else None

    try:
        with Naming(path):
            place(path, overwrite, seal, write)
    except PhotoError:
        if failed:
            raise failed[0] from None
        raise


def _encode(photo: Photo, kind: str) -> Sequence[bytes | memoryview]:
    info = _described(photo)
    if kind == "JXL":  # whose encoder is told of no other space
        photo = replace(photo, profile=None)
    if kind in ("PNG", "JPEG2000", "JXL"):
        depth = np.uint8 if _depth(photo) == np.uint8 else np.uint16
        pixels, profile = _in_profile(photo, depth)
        alpha = None if photo.alpha is None else as_depth(photo.alpha, depth)
        if kind == "JPEG2000":
            return jpeg2000.encode(pixels, alpha, profile, info)
        if kind == "JXL":
            return jpegxl.encode(pixels, alpha, info)
        return png.encode(pixels, alpha, profile, info)
    if kind == "JPEG":
        return _encode_jpeg(photo, info)
    pixels, profile = _in_profile(photo, np.uint8)
    image = image_of_photo(replace(photo, pixels=pixels))
    return [_encode_with_pillow(image, kind, profile, info)]


def _encode_jpeg(photo: Photo, info: dict[str, Any]) -> Sequence[bytes | memoryview]:
    if photo.alpha is not None:
        image = image_of_photo(photo).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        laid = np.asarray(Image.alpha_composite(white, image).convert("RGB"))
        photo = replace(photo, pixels=laid, alpha=None)
    pixels, profile = _in_profile(photo, np.uint8)
    if len(info.get("exif", b"")) > _MOST_EXIF:
        exif = read_exif(info["exif"])
        exif.shrink(_MOST_EXIF)
        info["exif"] = exif.to_bytes()
    extension = b""
    if len(info.get("xmp", b"")) > _MOST_XMP:
        main = b"" if photo.made is None else marked({}, photo.made)["xmp"]
        info["xmp"], extension = split(photo.info["xmp"], main)
    extra = {"extra": _iptc_segment(info) + extension}
    if pixels.ndim == 2:
        return [_encode_with_pillow(Image.fromarray(pixels), "JPEG", profile, info, extra)]
    dot = Image.new("RGB", (1, 1))
    described = _encode_with_pillow(dot, "JPEG", profile, info, extra)
    return jpeg.encode(pixels, _save_options("JPEG", info)["quality"], bytes(described))


def _save_options(kind: str, info: dict[str, Any]) -> dict[str, Any]:
    """Choose how a format is encoded, in the quality that is asked for."""
    asked = {"quality": info["quality"]} if info.get("quality") else {}
    return _SAVE_OPTIONS[kind] | asked


def _encode_with_pillow(
    image: Image.Image,
    kind: str,
    profile: bytes,
    info: dict[str, Any],
    extra: dict[str, Any] | None = None,
) -> bytes | memoryview:
    options = _save_options(kind, info) | {key: info[key] for key in _PILLOW_INFO if key in info}
    if kind == "HEIF":
        importlib.import_module("pillow_heif").register_heif_opener()
    encoded = io.BytesIO()
    image.save(encoded, kind, icc_profile=profile, **options, **(extra or {}))
    check_encoded(encoded, image.size)
    return encoded.getbuffer()


def _depth(photo: Photo) -> np.dtype:
    """Give the depth of the file that a photo has come from."""
    return np.dtype(np.uint8) if photo.info.get("bits") == 8 else photo.pixels.dtype


def _in_profile(photo: Photo, dtype: np.dtype | type) -> tuple[np.ndarray, bytes]:
    """Convert pixels to the space and depth that the photo is written in; add its profile."""
    pixels, profile = _converted(photo, dtype)
    if pixels.dtype == np.float32 and (pixels.min() < 0.0 or pixels.max() > 1.0):
        pixels = np.clip(pixels, 0.0, 1.0)  # a hair beyond, from computing
    return pixels, profile


def _converted(photo: Photo, dtype: np.dtype | type) -> tuple[np.ndarray, bytes]:
    pixels = photo.pixels
    if not photo.profile:
        return as_depth(pixels, dtype), _tag(photo)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return profiles.from_srgb(pixels, photo.profile, dtype), photo.profile


def _tag(photo: Photo) -> bytes:
    """Give the sRGB profile that the photo has come with, or one that says the same."""
    return photo.info.get("icc_profile") or profiles.srgb_profile()


def _described(photo: Photo) -> dict[str, Any]:
    """Collect what is written beside the pixels, the EXIF in agreement with them."""
    info = dict(photo.info) if photo.made is None else marked(photo.info, photo.made)
    if "exif" in info:
        try:
            exif = read_exif(info["exif"])
            height, width = photo.size
            exif.describe(width, height, is_srgb=photo.profile is None)
            info["exif"] = exif.to_bytes()
        except ValueError:
            del info["exif"]
    return info


def _iptc_segment(info: dict[str, Any]) -> bytes:
    """Make the segment of a JPEG for captions and credits of the press, as Photoshop does."""
    data = info.get("iptc", b"")
    if not data or len(data) > _MOST_IPTC:
        return b""
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(data)) + data + bytes(len(data) % 2)
    content = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content
