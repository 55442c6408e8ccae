"""Outputs for the photographs on a scan, joined as if the network had seen it whole.

Each photograph is looked at alone. The answers lie side by side in one output, at the places of the
photographs; between them it says grey.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.color.gamut import ab_bins
from colorize_core.engine.framing import Frame

HintsAt: TypeAlias = Callable[[tuple[int, int]], Tensor | None]

_FINEST = 4  # times the cells of a usual look along a side, that a scan may have at most
_BESIDE = 0.1  # of what is painted, that may lie outside of photographs
_SURE = 30.0  # by how much the logit of grey exceeds the others


def grid_of(
    size: tuple[int, int], frames: Sequence[Frame], usual: tuple[int, int]
) -> tuple[int, int]:
    """Divide a scan into cells so that its smallest photograph has as many as a photo usually has.

    Args:
        size: height and width of the scan in pixels.
        frames: its photographs.
        usual: the cells of the whole scan, if it were one photo.
    """
    smallest = min(min(frame.height, frame.width) for frame in frames)
    finer = min(_FINEST, min(size) / smallest)
    return round(usual[0] * finer), round(usual[1] * finer)


def compose(
    size: tuple[int, int],
    frames: Sequence[Frame],
    usual: tuple[int, int],
    outputs: Sequence[Tensor],
) -> Tensor:
    """Put a network's outputs for the photographs of a scan into one for the scan.

    Args:
        size: height and width of the scan in pixels.
        frames: its photographs, one at least.
        usual: the cells of the whole scan, if it were one photo.
        outputs: one a photograph, ``(1, 313 or 2, h, w)``.

    Returns:
        ``(1, 313 or 2, H, W)``.
    """
    grid = grid_of(size, frames, usual)
    page = grey_output(outputs[0].shape[1]).expand(1, -1, *grid).clone()
    for frame, output in zip(frames, outputs, strict=True):
        place = crop(page, frame, size)
        # Between cells, linear means of logits would pale.
        place.copy_(F.interpolate(output, place.shape[2:], mode="bicubic", align_corners=False))
    return page


def cells(first: int, last: int, pixels: int, count: int) -> tuple[int, int]:
    """Find the cells, at least one, that the pixels from first up to last lie in."""
    begin = min(int(first * count / pixels), count - 1)
    return begin, max(begin + 1, ceil(last * count / pixels))


def grey_output(channels: int) -> Tensor:
    """Give the output of a network that is sure of grey, ``(1, channels, 1, 1)``."""
    if channels == 2:
        return torch.zeros(1, 2, 1, 1)
    distance = ab_bins().square().sum(1)
    return torch.where(distance == 0, _SURE, 0.0).view(1, -1, 1, 1)


def crop(values: Tensor, frame: Frame, size: tuple[int, int]) -> Tensor:
    """Cut a photograph's part out of a map of a scan, as a view.

    Args:
        values: ``(1, C, h, w)`` over the whole scan.
        frame: the photograph.
        size: height and width of the scan in pixels.
    """
    top, bottom = cells(frame.top, frame.bottom, size[0], values.shape[2])
    left, right = cells(frame.left, frame.right, size[1], values.shape[3])
    return values[..., top:bottom, left:right]


def hints_in(frame: Frame, size: tuple[int, int], hints_at: HintsAt) -> HintsAt:
    """Choose the hints of a photograph on a scan from those of the scan.

    Args:
        frame: the photograph.
        size: height and width of the scan in pixels.
        hints_at: gives the scan's hints for the height and width at which it would be seen.
    """

    def hints(seen: tuple[int, int]) -> Tensor | None:
        down, across = seen[0] / frame.height, seen[1] / frame.width
        whole = hints_at((ceil(size[0] * down), ceil(size[1] * across)))
        if whole is None:
            return None
        top = min(round(frame.top * down), whole.shape[2] - seen[0])
        left = min(round(frame.left * across), whole.shape[3] - seen[1])
        part = whole[..., top : top + seen[0], left : left + seen[1]]
        return part if part[:, 2].any() else None

    return hints


def lie_within(hints: Tensor | None, frames: Sequence[Frame], size: tuple[int, int]) -> bool:
    """Tell whether hints lie in photographs, but for what a brush leaves beside them.

    Args:
        hints: ``(1, 3, h, w)`` over the whole scan, the third the mask; None for none.
        frames: the photographs.
        size: height and width of the scan in pixels.
    """
    if hints is None:
        return True
    outside = hints[:, 2:] > 0
    everything = int(outside.sum())
    for frame in frames:
        crop(outside, frame, size).zero_()
    return int(outside.sum()) <= _BESIDE * everything
