"""A mask painted with a brush: which part of a photo is colorized, and which stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from gradio_demo.strokes import line_of

_MOST_POINTS = 20_000  # of all strokes together


@dataclass(frozen=True, slots=True)
class Masking:
    """Strokes over a photo, in its pixels.

    Attributes:
        strokes: each with ``radius``, ``points`` and maybe ``erase``, which takes paint away.
        keeps: whether the painted part stays as it was; else it alone is colorized.

    Raises:
        ValueError: a stroke makes no sense, or there are too many.
    """

    strokes: Sequence[dict[str, Any]] = ()
    keeps: bool = False

    def __post_init__(self) -> None:
        if sum(len(line_of(stroke)[1]) for stroke in self.strokes) > _MOST_POINTS:
            raise ValueError("that is too much paint; clear some, or use a larger brush")

    def shares(self, size: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray | None:
        """Tell how much of the new colours each pixel gets; None where all of them get them.

        Args:
            size: height and width of the photo, which the strokes are painted on.
            shape: height and width of the mask.

        Returns:
            uint8 ``(H, W)``, 255 for what is colorized and 0 for what stays as it was.
        """
        if not self.strokes:
            return None
        image = Image.new("L", (shape[1], shape[0]))
        draw = ImageDraw.Draw(image)
        across, down = shape[1] / size[1], shape[0] / size[0]
        far = 4 * max(shape)  # enough to cover all of it, and to be as good as outside
        for stroke in self.strokes:
            radius, points = line_of(stroke)
            brush = min(max(0.5, radius * (across + down) / 2), far)
            fill = 0 if stroke.get("erase") else 255
            # The middle of the first pixel is at a half in a photo, and at 0 for Pillow.
            line = [
                (min(max(x * across - 0.5, -far), far), min(max(y * down - 0.5, -far), far))
                for x, y in points
            ]
            for one, other in pairwise(line):
                draw.line((one, other), fill, round(2 * brush))
            for point in line:
                draw.circle(point, brush, fill)
        painted = np.asarray(image)
        if not painted.any():
            return None
        return 255 - painted if self.keeps else painted


def masking_of(written: Any) -> Masking:
    """Read what :func:`written_masking` has written.

    Raises:
        ValueError: it makes no sense.
    """
    if written is None:
        return Masking()
    try:
        return Masking(tuple(dict(one) for one in written["strokes"]), bool(written["keeps"]))
    except (KeyError, TypeError):
        raise ValueError("its mask makes no sense") from None


def written_masking(masking: Masking) -> dict[str, Any]:
    """Write a mask's strokes as JSON can hold them."""
    return {"strokes": list(masking.strokes), "keeps": masking.keeps}
