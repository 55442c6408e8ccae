"""Metrics of colour against the truth, each accumulated photo by photo.

Area under the curve (AuC), raw and rebalanced: Zhang et al. 2016, section 3.1. Colourfulness:
Hasler and Suesstrunk, "Measuring colourfulness in natural images", 2003.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from colorize_core.color.encoding import SoftEncoder
from colorize_core.color.gamut import BIN_COUNT

_LARGEST_ERROR = 150


class AreaUnderCurve:
    """The share of pixels whose ab error is at most t, averaged over t = 0, 1, ..., 150.

    For the rebalanced figure each pixel weighs 1 / p of its true colour's bin, with p counted
    over all photographs added; so every bin that occurs counts the same.
    """

    def __init__(self) -> None:
        self.counts = torch.zeros(BIN_COUNT, _LARGEST_ERROR + 2, dtype=torch.float64)

    def add(self, ab: Tensor, truth: Tensor) -> None:
        """Count the pixels of photographs: ab and true ab, both ``(N, 2, H, W)``."""
        self.add_counts(self.count(ab, truth))

    def add_counts(self, counts: Tensor) -> None:
        """Add what :meth:`count` gave."""
        self.counts += counts

    @staticmethod
    def count(ab: Tensor, truth: Tensor) -> Tensor:
        """Count pixels by the truth's bin and the least threshold that they are within.

        Args:
            ab: ``(N, 2, H, W)``.
            truth: likewise.

        Returns:
            Counts, int64 ``(313, 152)``; the last column is of errors above 150.
        """
        error = (ab - truth).norm(dim=1)
        # An error e counts from the first whole threshold that is not below it.
        threshold = error.ceil().long().clamp(max=_LARGEST_ERROR + 1)
        bins = _nearest_of()(truth)[0][:, 0]
        cell = (bins * (_LARGEST_ERROR + 2) + threshold).reshape(-1)
        shape = (BIN_COUNT, _LARGEST_ERROR + 2)
        return torch.bincount(cell, minlength=math.prod(shape)).view(shape)

    @property
    def raw(self) -> float:
        """The share in percent."""
        return self._area(self.counts.sum(0, keepdim=True))

    @property
    def rebalanced(self) -> float:
        """The share in percent."""
        return self._area(self.counts)

    @staticmethod
    def _area(counts: Tensor) -> float:
        occurring = counts[counts.sum(1) > 0]
        if not len(occurring):
            return math.nan
        share = occurring.cumsum(1)[:, : _LARGEST_ERROR + 1] / occurring.sum(1, keepdim=True)
        return 100.0 * float(share.mean())


@lru_cache(maxsize=1)
def _nearest_of() -> SoftEncoder:
    return SoftEncoder(neighbours=1)


def psnr(rgb: Tensor, truth: Tensor) -> float:
    """Measure the signal-to-noise ratio in dB of sRGB in 0..1; infinite for equal pictures."""
    error = float(((rgb - truth) ** 2).mean())
    return math.inf if error == 0 else -10.0 * math.log10(error)


def mean_chroma(ab: Tensor) -> float:
    """Average sqrt(a^2 + b^2) over ``(N, 2, H, W)``."""
    return float(ab.norm(dim=1).mean())


def colorfulness(rgb: Tensor) -> float:
    """Measure Hasler and Suesstrunk's M, on their 0..255 scale, of sRGB ``(3, H, W)`` in 0..1."""
    red, green, blue = (rgb * 255.0).unbind(0)
    red_green = red - green
    yellow_blue = (red + green) / 2 - blue
    deviation = math.hypot(float(red_green.std(correction=0)), float(yellow_blue.std(correction=0)))
    mean = math.hypot(float(red_green.mean()), float(yellow_blue.mean()))
    return deviation + 0.3 * mean
