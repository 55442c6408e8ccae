"""Simulated colour hints: what a user would dab on, taken from the true colours.

Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017), section
3.2: a geometric number of small squares, each showing the mean colour beneath it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def simulate_hints(
    ab: Tensor,
    generator: torch.Generator,
    none_share: float = 0.5,
    mean_count: float = 8.0,
    largest: int = 8,
    count: int | None = None,
) -> Tensor:
    """Draw hints for a batch.

    Args:
        ab: true colours, ``(N, 2, H, W)``.
        generator: of the randomness, on the CPU.
        none_share: share of photographs that get no hint at all.
        mean_count: mean of the geometric number of hints of the others.
        largest: largest side of a hint in pixels; sides are drawn from 1..largest.
        count: exactly so many hints for every photograph instead of a drawn number.

    Returns:
        ``(N, 3, H, W)``: a, b, mask; all zero outside the hints.
    """
    hints = torch.zeros(ab.shape[0], 3, *ab.shape[2:], dtype=ab.dtype, device=ab.device)
    height, width = ab.shape[2:]
    for photo in range(ab.shape[0]):
        for _ in range(_drawn_count(generator, none_share, mean_count) if count is None else count):
            across, down, size = torch.rand(3, generator=generator).tolist()
            side = 1 + int(size * min(largest, height, width))
            top = int(down * (height - side + 1))
            left = int(across * (width - side + 1))
            area = (slice(top, top + side), slice(left, left + side))
            hints[(photo, slice(0, 2), *area)] = ab[(photo, slice(None), *area)].mean(
                (1, 2), keepdim=True
            )
            hints[(photo, 2, *area)] = 1.0
    return hints


def _drawn_count(generator: torch.Generator, none_share: float, mean_count: float) -> int:
    chosen, amount = torch.rand(2, generator=generator, dtype=torch.float64)
    if chosen < none_share:
        return 0
    # The inverse of the geometric distribution on 1, 2, ... with the given mean.
    return 1 + int(torch.log1p(-amount) / torch.log1p(torch.tensor(-1.0 / max(mean_count, 1.001))))
