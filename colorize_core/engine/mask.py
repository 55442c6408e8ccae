"""A mask: which part of a photo is colorized, while the rest stays as it was."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from PIL import Image

from colorize_core.engine.inputs import photo_of
from colorize_core.photo.depth import as_depth


class Mask:
    """A share for each pixel of a photo: how much of the new colour it gets.

    Attributes:
        shares: uint8 ``(H, W)``: 255 is colorized, 0 stays as it was.
    """

    __slots__ = ("shares",)

    def __init__(self, shares: np.ndarray) -> None:
        self.shares = shares

    def __repr__(self) -> str:
        height, width = self.shares.shape
        digest = hashlib.sha256(self.shares.tobytes()).hexdigest()[:16]
        return f"<Mask of {width} x {height} pixels: {digest}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mask) and np.array_equal(self.shares, other.shares)

    def __hash__(self) -> int:
        return hash(repr(self))

    def check(self, size: tuple[int, int]) -> None:
        """Look whether the mask is for a photo of this height and width.

        Raises:
            ValueError: it is not; the message gives both sizes.
        """
        if self.shares.shape != size:
            (down, across), (height, width) = self.shares.shape, size
            raise ValueError(
                f"the mask is {across} x {down} pixels and the photo {width} x {height}; they must "
                "be of one size"
            )


def mask_of(image: Any) -> Mask:
    """Take anything that may be a photo as a mask.

    Its grey counts: white is colorized, black stays as it was, greys blend. Where it is
    transparent, it is black.

    Args:
        image: a mask, or whatever a photo may be given as.

    Raises:
        PhotoError: a file cannot be read.
        ValueError: an array has another shape, type or range.
        TypeError: it is none of what is taken.
    """
    if isinstance(image, Mask):
        return image
    photo = photo_of(image)
    pixels = as_depth(photo.pixels, np.uint8)
    shares = pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))
    if photo.alpha is not None:
        opacity = as_depth(photo.alpha, np.uint8)
        shares = ((shares.astype(np.uint16) * opacity + 127) // 255).astype(np.uint8)
    return Mask(np.array(shares))
