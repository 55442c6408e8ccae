"""Pictures for the game: suitable photos, each paired with its colorized self."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from colorize_core.data.resizing import NEAR_GREY, is_near_grey
from colorize_core.photo import Photo, PhotoError, read_photo
from colorize_core.photo.depth import as_depth

SIDE = 256  # pixels, as in the paper
_OWN_PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg")

Reader = Callable[[Path], Photo]
Colorize = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Picture:
    """A suitable photo.

    Attributes:
        path: of its file; its pixels are read again when they are needed.
        digest: SHA-256 of the pixels of :func:`square`, in hexadecimal.
    """

    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two PNG files, alike in all but their colours, down to their number of bytes.

    Attributes:
        real: 1 or 2.
        files: the first and the second.
    """

    real: int
    files: tuple[bytes, bytes]


def own_photos() -> list[Path]:
    """List scikit-image's colour photographs: in the public domain, or CC0."""
    folder = Path(skimage.data.__file__).parent
    return [folder / name for name in _OWN_PHOTOS if (folder / name).is_file()]


def draw(
    paths: Iterable[Path], count: int, read: Reader = read_photo
) -> tuple[list[Picture], list[str]]:
    """Draw pictures at random, without replacement.

    Args:
        paths: files to draw from, photographs or not.
        count: how many pictures at most; no more files are read than it takes to find them.
        read: reads a file, or raises :class:`PhotoError`.

    Returns:
        The pictures, and why each of the other files that were read will not do.
    """
    waiting = list(paths)
    secrets.SystemRandom().shuffle(waiting)
    found: dict[str, Picture] = {}
    left_out = []
    while waiting and len(found) < count:
        path = waiting.pop()
        try:
            pixels = square(path, read)
        except PhotoError as error:
            left_out.append(str(error))
            continue
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        if digest in found:
            left_out.append(f"{path.name}: the same picture as {found[digest].path.name}")
        elif is_near_grey(Image.fromarray(pixels), NEAR_GREY):
            left_out.append(f"{path.name}: has no colours to tell from others")
        else:
            found[digest] = Picture(path, digest)
    return list(found.values()), sorted(left_out)


def square(path: Path, read: Reader = read_photo) -> np.ndarray:
    """Cut the middle of a photo for the game: sRGB, uint8 ``(256, 256, 3)``.

    Raises:
        PhotoError: it cannot be read, is grey, or has less than 256 pixels on a side.
    """
    photo = read(path)
    if photo.pixels.ndim == 2:
        raise PhotoError(f"{path.name}: has no colours to tell from others")
    if min(photo.size) < SIDE:
        height, width = photo.size
        raise PhotoError(f"{path.name}: {width} x {height} pixels; needs {SIDE} on each side")
    height, width = photo.size
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = as_depth(photo.pixels[top : top + side, left : left + side], np.uint8)
    small = Image.fromarray(np.ascontiguousarray(middle)).resize(
        (SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0
    )
    return np.asarray(small)


def paired(real: np.ndarray, colorize: Colorize) -> Pair:
    """Pair a picture with its colorized self in random order.

    Args:
        real: sRGB, uint8 ``(256, 256, 3)``.
        colorize: gives the picture in other colours, of the same shape and type.
    """
    files = [_encoded(real), _encoded(colorize(real))]
    first = secrets.randbelow(2)
    if first:
        files.reverse()
    return Pair(1 + first, (files[0], files[1]))


def practice_rounds(rounds: int) -> int:
    """Count the rounds for practice: a fifth, as in the paper (10 of 50)."""
    return min(10, rounds // 5)


def _encoded(pixels: np.ndarray) -> bytes:
    """Encode as PNG without compression, so that all pictures have the same length."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()
