"""Preparing of a single photograph: bytes for a shard, or a reason why not.

The bytes are JPEG without chroma subsampling. At quality 90 and 256 pixels, ab at the targets'
stride is 0.4 from the original's on average; it is 1.0 with JPEG's usual subsampling, and 0.9 in
WebP, which always subsamples. WebP would take two thirds of the space, but two and a half times
as long to decode, and loaders decode all day.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFile, UnidentifiedImageError

from colorize_core.color.lab import rgb_to_lab
from colorize_core.data.duplicates import perceptual_hash
from colorize_core.data.index import Entry
from colorize_core.data.sources import Photographs, read_bytes
from colorize_core.photo.checked_opening import check_opened
from colorize_core.photo.claims import MOST_PIXELS, check_size, check_webp
from colorize_core.photo.depth import as_depth
from colorize_core.photo.photo import MemoryShortError
from colorize_core.photo.reading import photo_of_image

NEAR_GREY = 5.0  # |a| or |b| up to which a colour counts as grey, as in the paper's training
# Share of pixels whose colour may be noise. Grey photographs with noise of 6 levels in each
# channel, saved as JPEG of quality 50 to 92, had 0.0002 at most; the least colourful of 1,000
# photographs in colour had 0.09.
NOISE_SHARE = 0.001
_COMB = 16
_HEAD = 64  # bytes that tell how large a WebP is
_SHRUNK = ("JPEG", "MPO")  # formats that are decoded at a part of their size
LEFT_OUT_GREY = "near-grey"
LEFT_OUT_BROKEN = "broken"
LEFT_OUT_NOT_ENCODED = "not-encoded"
_LONGEST = 65_500  # pixels a side that libjpeg writes
_MOST_BYTES = 12  # a pixel of JPEG: three coefficients of 27 bits, with a byte stuffed now and then


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe for preparing photographs.

    Attributes:
        short_side: in pixels; larger photographs are made smaller, none larger.
        quality: of the JPEGs, 1..100.
        near_grey: |a| or |b| up to which a colour counts as grey; None keeps grey photos.
    """

    short_side: int = 256
    quality: int = 90
    near_grey: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photograph made ready, or left out where ``reason`` says why.

    Attributes:
        number: of the photograph among all.
        content: the encoded file.
        hashed: its perceptual hash.
        reason: empty, or one of this module's reasons, with details after a colon.
    """

    number: int
    content: bytes = b""
    hashed: int = 0
    reason: str = ""


def prepared(number: int, entry: Entry, recipe: Recipe) -> Prepared:
    """Read, turn upright, convert to sRGB, resize and encode one photograph; never raises
    for what is wrong with the photograph.
    """
    try:
        picture = resized(_read(entry, recipe.short_side), recipe.short_side)
        if recipe.near_grey is not None and is_near_grey(picture, recipe.near_grey):
            return Prepared(number, reason=LEFT_OUT_GREY)
        picture = picture.convert("RGB")
        hashed = perceptual_hash(picture)
    except ImportError:
        raise
    except UnidentifiedImageError:  # whose message holds an address in memory
        return Prepared(number, reason=f"{LEFT_OUT_BROKEN}: not a photograph that can be read")
    except Exception as error:  # broken files make decoders raise nearly anything
        return Prepared(number, reason=f"{LEFT_OUT_BROKEN}: {error or type(error).__name__}")
    try:
        return Prepared(number, encoded(picture, recipe.quality), hashed)
    except Exception as error:  # which is not the photograph's fault
        return Prepared(number, reason=f"{LEFT_OUT_NOT_ENCODED}: {error}")


def encoded(picture: Image.Image, quality: int) -> bytes:
    """Encode a picture as JPEG, without chroma subsampling.

    Raises:
        ValueError: it has more pixels along a side than JPEG can count.
        OSError: the encoder failed.
    """
    if max(picture.size) > _LONGEST:
        raise ValueError(
            f"{picture.width} x {picture.height} pixels, and {_LONGEST} a side are the most in JPEG"
        )
    content = io.BytesIO()
    with _room_for(picture):
        picture.save(content, "JPEG", quality=quality, subsampling=0, optimize=True)
    return content.getvalue()


@contextmanager
def _room_for(picture: Image.Image) -> Iterator[None]:
    """Let Pillow's encoder have room for any JPEG of the picture's size.

    With optimize it must fit in one buffer. Pillow allows for a byte a pixel, which very detailed
    photographs exceed.
    """
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, _MOST_BYTES * picture.width * picture.height + (1 << 16))
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = before


def resized(picture: Image.Image, short_side: int) -> Image.Image:
    """Make a picture smaller, if its short side is longer than so many pixels."""
    scale = short_side / min(picture.size)
    if scale >= 1.0:
        return picture
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def is_near_grey(picture: Image.Image, threshold: float) -> bool:
    """Tell whether at most one pixel in a thousand has an |a| or |b| above the threshold."""
    if picture.mode == "L":
        return True
    pixels = np.asarray(picture)
    colored = 0
    for first in range(_COMB):  # every so many rows; a photo in colour seldom needs a second look
        rows = torch.from_numpy(pixels[first::_COMB].copy()).permute(2, 0, 1).float() / 255.0
        colored += int((rgb_to_lab(rows)[1:].abs().amax(0) > threshold).sum())
        if colored > NOISE_SHARE * picture.width * picture.height:
            return False
    return True


def _read(entry: Entry, short_side: int) -> Image.Image:
    if entry.path.endswith(".npy"):
        return Photographs.open(entry)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # at twice as many Pillow refuses
    content = read_bytes(entry)
    check_webp(content, content[:_HEAD])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata and large sizes; what matters raises
        with Image.open(io.BytesIO(content)) as image:
            try:
                check_opened(image, content)
            except MemoryShortError:
                if image.format not in _SHRUNK:
                    raise  # what those need is looked at again, at the size that is decoded
            # JPEGs can be decoded at a half, a quarter or an eighth; twice the size is kept.
            image.draft(None, (2 * short_side, 2 * short_side))
            check_size(image.size, len(image.getbands()), 1)
            return Image.fromarray(as_depth(photo_of_image(image).pixels, np.uint8))
