"""Reading photographs of any kind that Pillow knows into sRGB."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from colorize_core.photo.photo import Photo, PhotoError

# Scans of large prints pass Pillow's own limit, which guards against decompression bombs.
_MOST_PIXELS = 1_000_000_000
# EXIF tags that say how a file stores its pixels: false of the file that is written.
_STORAGE_TAGS = frozenset(
    {
        *range(254, 267),  # size, bits, compression, photometric interpretation, ...
        *(273, 274, 277, 278, 279, 280, 281, 284),  # strips, orientation, samples, planes
        *(288, 289, 290, 291, 292, 293, 301, 317, 318, 319, 320, 321),
        *(322, 323, 324, 325, 330, 338, 339, 340, 341, 347),  # tiles, extra samples, sample format
        *range(512, 522),
        *(529, 530, 531, 532, 34675),  # YCbCr, ICC profile
    }
)
_EXIF_FOLDERS = (0x8769, 0x8825)  # Exif, GPS
_INTEROP_FOLDER = 0xA005  # a pointer in the Exif folder: it would dangle in TIFF
_DEEP_MODES = {"I;16": 65535.0, "I;16B": 65535.0, "I;16L": 65535.0, "I;16N": 65535.0}


def read_photo(path: str | Path) -> Photo:
    """Read a file: oriented upright, in sRGB, with its alpha, EXIF, profile and resolution.

    Raises:
        PhotoError: the file is missing, empty, truncated, animated or no photograph.
    """
    path = Path(path)
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        if path.stat().st_size == 0:
            raise PhotoError(f"{path}: the file is empty")
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # of metadata; what matters raises
            return photo_of_image(image)
    except PhotoError as error:
        raise error if str(path) in str(error) else PhotoError(f"{path}: {error}") from None
    except UnidentifiedImageError:
        raise PhotoError(f"{path}: not a photograph that can be read") from None
    except Image.DecompressionBombError:
        raise PhotoError(f"{path}: larger than {_MOST_PIXELS // 10**6} megapixels") from None
    except OSError as error:
        raise PhotoError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # broken files bring decoders to raise nearly anything
        raise PhotoError(f"{path}: damaged ({error or type(error).__name__})") from error


def photo_of_image(image: Image.Image) -> Photo:
    """A Pillow image of any mode as a :class:`Photo`.

    Raises:
        PhotoError: it has several frames, or values whose scale is unknown.
    """
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise PhotoError(f"has {frames} frames; only still photographs are colorized")
    image.load()
    info = _kept_info(image)
    upright = _upright(image)
    alpha = None
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        alpha = np.asarray(upright.getchannel("A"))
        upright = upright.convert("RGB")
    return Photo(_pixels(upright, image.info.get("icc_profile")), alpha, info)


def _pixels(image: Image.Image, profile: bytes | None) -> np.ndarray:
    if image.mode in _DEEP_MODES or image.mode in ("I", "F"):
        return _deep_pixels(image)
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if profile:
        image = _to_srgb(image, profile)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return np.asarray(image)


def _deep_pixels(image: Image.Image) -> np.ndarray:
    """Grey of 16 or 32 bits, as float32 in 0..1."""
    values = np.asarray(image)
    if image.mode in _DEEP_MODES:
        return values.astype(np.float32) / np.float32(_DEEP_MODES[image.mode])
    if not np.isfinite(values).all():
        raise PhotoError("has pixels that are not finite numbers")
    low, high = float(values.min()), float(values.max())
    whole = 65535.0 if image.mode == "I" else 1.0
    if low < 0 or high > whole:
        raise PhotoError(f"has values in {low:g}..{high:g}; expected 0..{whole:g}")
    return values.astype(np.float32) / np.float32(whole)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert by the embedded profile; a broken one or one of another mode is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return (
            ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            or image
        )
    except (ImageCms.PyCMSError, OSError):
        return image


def _upright(image: Image.Image) -> Image.Image:
    """The image as its EXIF orientation says; as it is where the EXIF is damaged."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Pillow's EXIF parser raises nearly anything
        return image


def _kept_info(image: Image.Image) -> dict[str, Any]:
    info: dict[str, Any] = {}
    try:
        exif = _kept_exif(image)
        if exif:
            info["exif"] = exif.tobytes()
    except Exception:  # damaged EXIF is lost; the photograph is not
        info.pop("exif", None)
    if "dpi" in image.info:
        info["dpi"] = tuple(float(value) for value in image.info["dpi"])
    if "icc_profile" in image.info:
        # The pixels are sRGB from here on.
        info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return info


def _kept_exif(image: Image.Image) -> Image.Exif:
    """A copy of an image's EXIF without what holds only for the file it comes from."""
    source = image.getexif()
    kept = Image.Exif()
    kept.endian = source.endian
    for tag in source:
        if tag in _EXIF_FOLDERS:
            folder = source.get_ifd(tag)
            kept[tag] = {key: folder[key] for key in folder if key != _INTEROP_FOLDER}
        elif tag not in _STORAGE_TAGS:
            kept[tag] = source[tag]
    return kept
