"""How soft a photograph is, under whatever grain: shaken, out of focus, or printed from what was.

A network that has learnt colours from sharp photographs is as sure of them on a soft one, where it
sees less: its colours come out stronger than on the sharp original, and further from the truth.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_FINE = 1.0  # sigma in pixels: what a blur by it takes away is the finest detail
_COARSE = 2.0, 4.0  # what lies between blurs by these is there in soft photos, too
_GRAIN_IN_FINE = 0.88  # standard deviation of that detail of white noise of 1
_GAUSSIAN = 1.4826  # standard deviation over median absolute deviation
# Fine over coarse detail, at 224 pixels: of sharp photos nearly all are above the first, of those
# that a blur of 2.6 pixels has softened all are below the second.
SHARP, SOFT = 0.5, 0.25
_LEAST_DETAIL = 1e-3  # standard deviation in L, below which there is nothing to go by


def softness(lightness: Tensor) -> Tensor:
    """Measure how soft photos are, each by itself: 0 for sharp, 1 for soft, ``(N,)``.

    Edges are few and strong, grain is everywhere: its strength is told from the middle of all
    differences (Donoho and Johnstone, "Ideal spatial adaptation by wavelet shrinkage", 1994), and
    does not count as detail.

    Args:
        lightness: as a network sees it, L in 0..100, ``(N, 1, H, W)``. A factor on it or a
            constant beside it makes no difference.
    """
    lightness = lightness.float()
    fine = _spread(lightness - _blurred(lightness, _FINE))
    coarse = _spread(_blurred(lightness, _COARSE[0]) - _blurred(lightness, _COARSE[1]))
    grain = _GRAIN_IN_FINE * _grain(lightness)
    detail = (fine.square() - grain.square()).clamp(min=0.0).sqrt()
    share = detail / coarse.clamp(min=_LEAST_DETAIL)
    soft = ((SHARP - share) / (SHARP - SOFT)).clamp(0.0, 1.0)
    return torch.where(coarse > _LEAST_DETAIL, soft, torch.zeros_like(soft))


def _grain(lightness: Tensor) -> Tensor:
    """Estimate the standard deviation of white noise, ``(N,)``."""
    across = lightness[..., 1::2] - lightness[..., :-1:2]
    diagonal = (across[..., 1::2, :] - across[..., :-1:2, :]).flatten(1).abs() / 2.0
    ordered = diagonal.sort(1).values  # a median that ONNX knows, too
    return _GAUSSIAN * ordered[:, ordered.shape[1] // 2]


def _spread(band: Tensor) -> Tensor:
    return band.flatten(1).std(1, correction=0)


def _blurred(image: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian, ``(N, 1, H, W)``; the border's pixels go on beyond it."""
    reach = math.ceil(3.0 * sigma)
    places = torch.arange(-reach, reach + 1, device=image.device, dtype=image.dtype)
    weights = torch.exp(-0.5 * (places / sigma).square())
    weights = weights / weights.sum()
    padded = F.pad(image, (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, weights[None, None, None]), weights[None, None, :, None])
