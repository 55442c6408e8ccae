"""Writing photographs: under a temporary name first, so that no half-written file is left."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from colorize_core.atomic import write_bytes
from colorize_core.photo.photo import Photo, PhotoError

_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {"compress_level": 1},  # photographs hardly shrink further, at a third of the time
    "WEBP": {"quality": 95},
    "TIFF": {},  # uncompressed: with compression Pillow cannot write the Exif and GPS folders
}
_FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
WRITABLE_SUFFIXES = frozenset(_FORMATS)


def image_of_photo(photo: Photo) -> Image.Image:
    """The Pillow image of an 8-bit colour photo, RGBA where it has alpha."""
    image = Image.fromarray(photo.pixels)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    return image


def write_photo(photo: Photo, path: str | Path, overwrite: bool = False) -> None:
    """Write an 8-bit colour photo in the format that the suffix names.

    JPEG holds no alpha: there the photo is laid on white.

    Raises:
        PhotoError: the suffix is unknown, the file exists, or it cannot be written; then
            nothing is left behind and an existing file is as it was.
    """
    path = Path(path)
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(WRITABLE_SUFFIXES))
        raise PhotoError(f"{path}: cannot write this format; choose one of {known}")
    if path.exists() and not overwrite:
        raise PhotoError(f"{path}: exists already; pass --overwrite to replace it")
    image = image_of_photo(photo)
    if kind == "JPEG" and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    try:
        # Encoded in memory first: writing to a file itself, Pillow takes no notice when the disk
        # fills up amid a block, and leaves a photo that is cut off.
        encoded = io.BytesIO()
        image.save(encoded, kind, **_SAVE_OPTIONS[kind], **photo.info)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, encoded.getvalue())
    except OSError as error:
        raise PhotoError(f"{path}: cannot be written: {error.strerror or error}") from error
    except ValueError as error:  # such as a photo too large for the format
        raise PhotoError(f"{path}: cannot be written: {error}") from error
