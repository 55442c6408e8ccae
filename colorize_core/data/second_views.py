"""Second views: another crop of the same photograph, as a reference whose colours are known.

It shows some of the same things from elsewhere: cut at another place and size, mirrored or not,
under a tone curve of its own, sharper or softer. One in four is of another photograph, so that a
network also learns when there is nothing to copy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.utils.data import Dataset

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.data.ageing import show
from colorize_core.data.stream import SeenCrops

_STRANGERS = 0.25  # share of the views that are of another photograph
_VIEWS = 1 << 36  # keeps the numbers that make a view apart from those that age and cut crops
_BLURRED = 0.5  # share of the views
_MOST_BLUR = 2.0  # sigma in pixels
_CURVES = 0.7, 1.4  # exponents of the lightness
_BLACKS, _WHITES = (0.0, 0.2), (0.8, 1.0)  # of the scale that is left

View = tuple[Tensor, Tensor]


class ReferencedBatch(NamedTuple):
    """Crops, some of which have a second view.

    Attributes:
        rgb: the crops, uint8 ``(N, 3, crop, crop)``, sRGB.
        lightness: what is seen of them, L in 0..100, float32 ``(N, 1, crop, crop)``.
        views: the second views, uint8 ``(M, 3, crop, crop)``, sRGB.
        views_lightness: what is seen of those, float32 ``(M, 1, crop, crop)``.
        of: the place, 0..N-1, of the crop that each view is for, int64 ``(M,)``.
    """

    rgb: Tensor
    lightness: Tensor
    views: Tensor
    views_lightness: Tensor
    of: Tensor


class ReferencedCrops(Dataset):
    """Crops as of :class:`SeenCrops`, a share of which have a second view.

    Args:
        crops: with true colours and the lightness that is seen.
        share: of the crops that have one, 0..1.
    """

    def __init__(self, crops: SeenCrops, share: float) -> None:
        self.crops = crops
        self.share = share

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, View | None]:
        """Make the crop of that number, what is seen of it, and its second view if it has one."""
        stream = self.crops.stream
        random = np.random.default_rng((stream.seed, number, _VIEWS))
        if random.random() >= self.share:
            return *self.crops[number], None
        if random.random() < _STRANGERS:
            crop, other = stream[number], stream[int(random.integers(len(stream)))]
        else:
            crop, other = stream.two(number)
        lightness = another_print(other.permute(1, 2, 0).numpy(), random)
        if self.crops.ageing:
            lightness = show(lightness, random)
        view = other, torch.from_numpy(np.ascontiguousarray(lightness))[None]
        return crop, self.crops.seen(crop, number), view


def another_print(rgb: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Print a crop anew: under another tone curve, in other greys, sharp or soft.

    Args:
        rgb: uint8 ``(H, W, 3)``, sRGB.
        random: where all that is random comes from.

    Returns:
        L in 0..100, float32 ``(H, W)``.
    """
    tone = (lightness_of_bytes(rgb) / 100.0).clip(0.0, 1.0)
    if random.random() < _BLURRED:
        tone = gaussian_filter(tone, random.uniform(0.0, _MOST_BLUR), mode="nearest")
    tone = tone ** random.uniform(*_CURVES)
    black, white = random.uniform(*_BLACKS), random.uniform(*_WHITES)
    return (100.0 * (black + (white - black) * tone)).astype(np.float32)


def batched(items: list[tuple[Tensor, Tensor, View | None]]) -> ReferencedBatch:
    """Put crops together, and the views of those that have one."""
    crops, lightness, views = zip(*items, strict=True)
    chosen = [(place, view) for place, view in enumerate(views) if view is not None]
    nothing = crops[0].new_empty(0, *crops[0].shape), lightness[0].new_empty(0, *lightness[0].shape)
    rgb, seen = (
        torch.stack([view[part] for _, view in chosen]) if chosen else nothing[part]
        for part in range(2)
    )
    of = torch.tensor([place for place, _ in chosen], dtype=torch.int64)
    return ReferencedBatch(torch.stack(crops), torch.stack(lightness), rgb, seen, of)
