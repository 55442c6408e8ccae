"""Pixels of films: the luma that stays, and how planes lie in memory.

A film stores Y' (luma) apart from Cb and Cr. Its Y' is copied, so that not a level of the picture
changes; conversions of whole frames between formats, which round and guess matrices, are avoided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from colorize_core.color.lab import rgb_to_lightness
from colorize_core.video.errors import VideoError

if TYPE_CHECKING:
    from av import VideoFrame

# Kr and Kb of the matrices, by their number in ITU-T H.273. What is not here is no plain sum.
_WEIGHTS = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
}
UNSPECIFIED = 2
_RGB = 0
_OTHERS = {8: "YCgCo", 10: "BT.2020 with constant luminance", 14: "ICtCp"}
_STANDARD_LINES = 576  # up to which a picture is of standard definition
FULL_RANGE = 2  # of FFmpeg's numbers for the range


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a film's numbers.

    Attributes:
        matrix: by its number in ITU-T H.273.
        bits: of a sample.
        full: whether black is 0 and white all ones; else 16 and 235, at 8 bits.
    """

    matrix: int
    bits: int
    full: bool

    @property
    def black(self) -> int:
        """Y' of black."""
        return 0 if self.full else 16 << (self.bits - 8)

    @property
    def white(self) -> int:
        """Y' of white."""
        return (1 << self.bits) - 1 if self.full else 235 << (self.bits - 8)

    @property
    def weights(self) -> tuple[float, float]:
        """Kr and Kb: the shares of red and blue in the luma."""
        return _WEIGHTS[self.matrix]


def matrix_of(tagged: int, lines: int) -> int:
    """Choose the matrix of a film: the one it names, or else the usual for its size.

    Args:
        tagged: its number in ITU-T H.273.
        lines: height of the picture.

    Raises:
        VideoError: the film's colours are in a space that luma cannot be told apart in.
    """
    if tagged in _OTHERS:
        raise VideoError(f"its colours are in {_OTHERS[tagged]}, which is not supported")
    if tagged in _WEIGHTS:
        return tagged
    return 1 if lines > _STANDARD_LINES else 6


def luma_of(frame: VideoFrame, scale: Scale) -> np.ndarray:
    """Read Y' of a frame, as the film has it: uint8 or uint16 ``(H, W)``.

    Where a film has no luma, as in RGB and with palettes, it is computed.

    Args:
        frame: decoded.
        scale: of the film.
    """
    if not has_luma(frame.format):
        return _luma_of_rgb(frame, scale)
    if not frame.format.is_planar and len(frame.format.components) > 1:
        # Packed samples, such as YUYV: they are only laid out anew, nothing is computed.
        frame = frame.reformat(format="yuv422p" if scale.bits == 8 else "yuv422p16le")
    values = plane(frame, 0)
    if frame.format.name.startswith(("p0", "p2", "p4")):  # which begin at the highest bit
        return values >> (16 - scale.bits)
    return values.copy()


def has_luma(form: Any) -> bool:
    """Tell whether frames of a format have a plane of luma."""
    name = form.name
    return not (form.is_rgb or form.has_palette or name.startswith("mono") or "xyz" in name)


def _luma_of_rgb(frame: VideoFrame, scale: Scale) -> np.ndarray:
    deep = scale.bits > 8
    rgb = frame.to_ndarray(format="rgb48le" if deep else "rgb24")
    red, blue = scale.weights
    weights = np.array([red, 1.0 - red - blue, blue], np.float32)
    share = (rgb @ weights) / (65535.0 if deep else 255.0)
    luma = np.rint(scale.black + (scale.white - scale.black) * share)
    return luma.astype(np.uint16 if deep else np.uint8)


def plane(frame: VideoFrame, number: int) -> np.ndarray:
    """View a plane of a frame as an array of samples, ``(rows, samples)``, to read and to write."""
    own = frame.planes[number]
    part = next(one for one in frame.format.components if one.plane == number)
    deep = ">u2" if frame.format.is_big_endian else "<u2"
    kind = np.dtype(deep if part.bits > 8 else np.uint8)
    rows = np.frombuffer(memoryview(own), kind)
    across = own.line_size // kind.itemsize
    together = sum(one.plane == number for one in frame.format.components)
    return rows[: own.height * across].reshape(own.height, across)[:, : own.width * together]


@lru_cache(maxsize=4)
def lightness_table(scale: Scale) -> np.ndarray:
    """Give L in 0..100 for every Y' of a grey pixel, float32."""
    levels = np.arange(1 << scale.bits, dtype=np.float32)
    share = np.clip((levels - scale.black) / (scale.white - scale.black), 0.0, 1.0)
    return rgb_to_lightness(np.repeat(share[:, None], 3, 1).astype(np.float32))[:, 0]


def filled(
    frame: VideoFrame, luma: np.ndarray, chroma: tuple[np.ndarray, np.ndarray], shift: int
) -> VideoFrame:
    """Fill an empty frame.

    Args:
        frame: in a planar format, or in one with Cb and Cr side by side.
        luma: Y' as the film has it.
        chroma: Cb and Cr, of the frame's depth and subsampling.
        shift: bits that the frame has more than the film: luma is multiplied by a power of two,
            or rounded where the frame has fewer.
    """
    if shift < 0:
        most = (1 << frame.format.components[0].bits) - 1
        luma = np.minimum((luma.astype(np.uint32) + (1 << (-shift - 1))) >> -shift, most)
        shift = 0
    high = 16 - frame.format.components[0].bits if frame.format.name.startswith("p0") else 0
    own = plane(frame, 0)
    np.left_shift(luma, shift + high, out=own, casting="unsafe", dtype=own.dtype)
    if len(frame.planes) == 2:
        both = plane(frame, 1)
        for first, values in enumerate(chroma):
            both[:, first::2] = values << high
    else:
        for number, values in enumerate(chroma, 1):
            plane(frame, number)[:] = values
    return frame
