"""What of a photo stays as it was: outside of a mask, around photographs, colours of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from colorize_core.engine.framing import Frame, around
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.own_colors import own_colors
from colorize_core.photo.depth import as_depth


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of a photo that keeps its pixels, and colours that shine through elsewhere.

    Attributes:
        where: the pixels that stay, bool ``(H, W)``.
        pixels: of these, ``(N, 1 or 3)`` in the photo's depth.
        paint: colours that lie over the new ones, sRGB and alpha, uint8 ``(H, W, 4)``; None for
            none.
    """

    where: np.ndarray
    pixels: np.ndarray
    paint: np.ndarray | None = None

    def put_back(self, picture: np.ndarray) -> None:
        """Put the pixels that stay into a picture of the photo, ``(H, W, 3)``."""
        picture[self.where] = self.pixels


def own_shares(pixels: np.ndarray, options: ColorizeOptions) -> np.ndarray | None:
    """Tell how much of its own colour each pixel keeps, uint8 ``(H, W)``; None where none does.

    Raises:
        ValueError: the mask is of another size than the photo.
    """
    shares = None
    if options.mask is not None:
        options.mask.check(pixels.shape[:2])
        shares = 255 - options.mask.shares
    if options.color_photos == "mix" and pixels.ndim == 3:
        own = own_colors(pixels)
        shares = own if shares is None else np.maximum(own, shares)
    return shares if shares is not None and shares.any() else None


def kept(
    pixels: np.ndarray, shares: np.ndarray | None, frames: Sequence[Frame], options: ColorizeOptions
) -> Kept | None:
    """Take what stays out of a photo, before it is painted over; None where nothing does.

    Args:
        pixels: of the photo, grey ``(H, W)`` or ``(H, W, 3)``.
        shares: of its own colours: :func:`own_shares`.
        frames: the photographs on it, where it has a border.
        options: that it is colorized with.
    """
    where = None if shares is None else shares == 255
    if frames and options.border == "keep" and pixels.ndim == 3:
        border = around(pixels.shape[:2], frames)
        where = border if where is None else where | border
    if where is None:
        return None
    paint = None
    if shares is not None and (covering := np.where(where, 0, shares)).any():
        paint = np.empty((*shares.shape, 4), np.uint8)
        paint[..., :3] = as_depth(pixels, np.uint8).reshape(*shares.shape, -1)
        paint[..., 3] = covering
    return Kept(where, pixels[where].reshape(int(where.sum()), -1), paint)
