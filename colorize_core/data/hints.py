"""Simulated colour hints: what a user would dab on, taken from the true colours.

Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017), section
3.2: a geometric number of small squares, each showing the mean colour beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Square(NamedTuple):
    """Where a hint is, in pixels: its upper left corner and its side."""

    top: int
    left: int
    side: int


def simulate_hints(
    ab: Tensor,
    generator: torch.Generator | Sequence[torch.Generator],
    none_share: float = 0.5,
    mean_count: float = 8.0,
    largest: int = 8,
    count: int | None = None,
) -> Tensor:
    """Draw hints for a batch.

    Args:
        ab: true colours, ``(N, 2, H, W)``.
        generator: of the randomness, on the CPU; or N of them, one for each photograph.
        none_share: share of photographs that get no hint at all.
        mean_count: mean of the geometric number of hints of the others.
        largest: largest side of a hint in pixels; sides are drawn from 1..largest.
        count: exactly so many hints for every photograph instead of a drawn number.

    Returns:
        ``(N, 3, H, W)``: a, b, mask; all zero outside the hints.
    """
    generators = [generator] * len(ab) if isinstance(generator, torch.Generator) else generator
    height, width = ab.shape[2:]
    squares = []
    for own in generators:
        number = _drawn_count(own, none_share, mean_count) if count is None else count
        squares.append(drawn_squares(own, number, height, width, largest))
    return hints_of(ab, squares)


def drawn_squares(
    generator: torch.Generator, count: int, height: int, width: int, largest: int
) -> list[Square]:
    """Draw where the hints of a photograph are."""
    squares = []
    for _ in range(count):
        across, down, size = torch.rand(3, generator=generator).tolist()
        side = 1 + int(size * min(largest, height, width))
        top, left = int(down * (height - side + 1)), int(across * (width - side + 1))
        squares.append(Square(top, left, side))
    return squares


def hints_of(ab: Tensor, squares: Sequence[Sequence[Square]]) -> Tensor:
    """Dab the true colours on, all at once: on a GPU, square by square takes longer than a step.

    Args:
        ab: true colours, ``(N, 2, H, W)``.
        squares: of each photograph; where they overlap, the later one is on top.

    Returns:
        As :func:`simulate_hints`.
    """
    hints = ab.new_zeros(ab.shape[0], 3, ab[0, 0].numel())
    all_squares = [(photo, *square) for photo, own in enumerate(squares) for square in own]
    if not all_squares:
        return hints.unflatten(2, ab.shape[2:])
    photo, top, left, side = np.array(all_squares).T[..., None]
    down, across = np.divmod(np.arange(side.max() ** 2), side.max())
    inside = (down < side) & (across < side)
    number = np.broadcast_to(np.arange(len(side))[:, None], inside.shape)[inside]
    place = ((top + down) * ab.shape[3] + left + across)[inside]
    photo = np.broadcast_to(photo, inside.shape)[inside]

    numbers, photos, places = (
        torch.from_numpy(one).to(ab.device) for one in (number, photo, place)
    )
    colors = ab.flatten(2)[photos, :, places]
    means = colors.new_zeros(len(side), 2).index_add_(0, numbers, colors)
    means = means / torch.from_numpy(side**2).to(ab)
    top_one = torch.from_numpy(_last_of_each(photo * hints.shape[2] + place)).to(ab.device)
    dabs = torch.cat((means, torch.ones_like(means[:, :1])), 1)[numbers[top_one]]
    hints[photos[top_one], :, places[top_one]] = dabs
    return hints.unflatten(2, ab.shape[2:])


def _last_of_each(values: np.ndarray) -> np.ndarray:
    """Find where each value comes for the last time."""
    _, first = np.unique(values[::-1], return_index=True)
    return len(values) - 1 - first


def _drawn_count(generator: torch.Generator, none_share: float, mean_count: float) -> int:
    chosen, amount = torch.rand(2, generator=generator, dtype=torch.float64)
    if chosen < none_share:
        return 0
    # The inverse of the geometric distribution on 1, 2, ... with the given mean.
    return 1 + int(torch.log1p(-amount) / torch.log1p(torch.tensor(-1.0 / max(mean_count, 1.001))))
