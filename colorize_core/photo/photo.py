"""A photograph in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from colorize_core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Made:
    """A record of how a photo was colorized.

    Attributes:
        model: the network's name.
        weights: their SHA-256, as ``sha256:`` and 64 figures.
        settings: the options that are not as they are by default.
        source: the photo's name; empty where it was no file.
        source_bytes: how long the photo's file was.
        version: of this software.
    """

    model: str
    weights: str
    settings: str = ""
    source: str = ""
    source_bytes: int = 0
    version: str = ""


class PhotoError(Exception):
    """A photograph cannot be read or written. The message names the file and the reason."""


class MemoryShortError(PhotoError):
    """A photograph needs more memory than is free now."""


class ExistsError(PhotoError):
    """The file to write exists already, and must not be replaced."""

    remedy = Remedy.REPLACE


class DamagedError(PhotoError):
    """A part of a photograph is missing or broken; the rest can be had."""

    remedy = Remedy.TAKE_DAMAGED


class SeveralPagesError(PhotoError):
    """A file holds several photographs where one is expected."""

    remedy = Remedy.EVERY_PAGE


class HeicMissingError(PhotoError):
    """HEIC cannot be read, because the package for it is not installed."""

    remedy = Remedy.ADD_HEIC


@dataclass(slots=True)
class Photo:
    """Pixels and what comes with them.

    The type of the pixels is the depth of the file that they are written to, where its format
    has that depth: ``uint8``, ``uint16``, or ``float32`` for TIFF in floating point. What was
    read through a profile from 8 bits has 16 until it is written, so that it is rounded once.

    Attributes:
        pixels: sRGB, grey ``(H, W)`` or colour ``(H, W, 3)``: uint8, uint16 or float32 in 0..1.
        alpha: opacity in the file's depth, not multiplied into the pixels, ``(H, W)``, or None.
        info: what Pillow's ``save`` takes along: ``exif``, ``icc_profile`` (of sRGB, as the
            pixels are), ``dpi``, ``xmp``, ``comment``, ``lossless``, ``compression``; beside
            them ``iptc`` (bytes), ``text`` (of a PNG, a dict), ``bits`` (8 where a file of
            8 bits is to come of deeper pixels) and ``quality`` (1 to 100, of formats with loss).
        profile: the ICC profile that the photo is written in, where that is not sRGB.
        warnings: what was wrong with the file, though the photo could be read.
        made: how it was colorized, which its file will say; None where it was not, or is not to.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    info: dict[str, Any] = field(default_factory=dict)
    profile: bytes | None = None
    warnings: tuple[str, ...] = ()
    made: Made | None = None

    def __repr__(self) -> str:
        height, width = self.size
        kind = f"{'grey' if self.pixels.ndim == 2 else 'RGB'}, {self.pixels.dtype}"
        alpha = "" if self.alpha is None else ", with alpha"
        carried = f", with {', '.join(self.info)}" if self.info else ""
        return f"<Photo of {width} x {height} pixels: {kind}{alpha}{carried}>"

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.pixels.shape[:2]
        return height, width
