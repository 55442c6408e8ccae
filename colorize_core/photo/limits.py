"""Largest pictures in each format that other programs can open."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from colorize_core.photo.kinds import JPEG_SUFFIXES
from colorize_core.photo.photo import PhotoError

# By suffix: pixels of a side, and of all. An AVIF beyond is encoded, but libavif, and with it most
# programs, decodes none; libpng refuses such sides unless it is told otherwise.
_JPEG, _WEBP, _AVIF = (65_500, None), (16_383, None), (32_768, 1 << 28)
_LIMITS: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(JPEG_SUFFIXES, _JPEG),
    ".png": (1_000_000, None),
    ".webp": _WEBP,
    ".avif": _AVIF,
}


def check_target(size: tuple[int, int], path: Path) -> None:
    """Look whether the format that a file is to have holds a picture of a height and a width.

    Raises:
        PhotoError: it does not; the message says which does.
    """
    height, width = size
    side, pixels = _LIMITS.get(path.suffix.lower(), (None, None))
    limit = ""
    if side is not None and max(size) > side:
        limit = f"{side} pixels a side"
    elif pixels is not None and height * width > pixels:
        limit = f"{pixels / 1e6:.0f} megapixels"
    if limit:
        raise PhotoError(
            f"{path}: cannot be written: this format holds {limit}, the photo is "
            f"{width} x {height}; name it .tif"
        )


def check_encoded(encoded: io.BytesIO, size: tuple[int, int]) -> None:
    """Look whether an encoded picture opens, and is of the width and height that it should be.

    Raises:
        ValueError: it is not.
    """
    try:
        with Image.open(encoded) as image:
            opened = image.size
    except Exception as error:  # decoders raise nearly anything
        raise ValueError("the encoder made a file that cannot be opened; name it .tif") from error
    if opened != size:
        raise ValueError(f"the encoder made {opened} pixels of {size}; name it .tif")
