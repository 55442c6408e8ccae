"""Several plausible colorizations of one photo, out of the predicted distribution.

A network that is unsure what colour something has says so: its distribution there has several
modes, of which the annealed mean shows one, or what lies between. An alternative decides for
another mode in one region of the photo, and leaves the rest alone. Regions are groups of cells
with like distributions, lightness and place, found by k-means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.color.encoding import annealed_mean
from colorize_core.color.gamut import ab_bins
from colorize_core.engine.distribution import modes, need_classes
from colorize_core.engine.prediction import Prediction

_REGIONS = 5
_CELLS = 1024  # that regions and candidates are found on, about
_ROUNDS = 12  # of k-means
_MODES = 5  # of a region
_LEAST = 0.03  # share of a mode that is believed
_BELIEF = 0.5  # power of that share in the choice: 0 takes the most different, 1 the likeliest
_ALIKE, _LIGHT, _NEAR = 1.4, 1.0, 0.4  # weights: of distributions, lightness, place
_SOFTNESS = 0.06  # of the borders between regions
_STRENGTH = 5.0  # nats by which the chosen colour is made likelier
_SAME = 0.5  # of two regions together, what they share where they are the same
_WIDTH = 20.0  # of the colour, in ab units


@dataclass(frozen=True, slots=True)
class Alternative:
    """A colour that a region of the photo could as well have.

    Attributes:
        ab: the colour.
        share: of the region's distribution that lies around it, 0..1.
        region: how much each cell belongs to the region, 0..1, float32 ``(h, w)``.
    """

    ab: tuple[float, float]
    share: float
    region: Tensor

    def is_about(self, other: Alternative) -> bool:
        """Tell whether another one is about the same region, or most of it."""
        region, its = self.region[None, None], other.region[None, None]
        if region.shape != its.shape:
            its = F.interpolate(its, region.shape[2:], mode="bilinear", align_corners=False)
        return bool(torch.minimum(region, its).sum() > _SAME * torch.maximum(region, its).sum())

    def of(self, prediction: Prediction) -> Prediction:
        """Make up the mind of a prediction; the result renders like any other.

        Cells that hold the colour impossible keep theirs, because logits are only raised.

        Raises:
            ValueError: the network regresses ab.
        """
        need_classes(prediction)
        size = prediction.output.shape[2:]
        region = self.region[None, None]
        if region.shape[2:] != size:
            region = F.interpolate(region, size, mode="bilinear", align_corners=False)
        return replace(prediction, output=prediction.output + _raised(self.ab) * region)


def alternatives(prediction: Prediction, count: int = 3) -> list[Alternative]:
    """Find colorizations that differ most from the predicted one and each other, yet are believed.

    Args:
        prediction: of a network with classes.
        count: how many, at most; fewer where the network has fewer ideas.

    Raises:
        ValueError: the network regresses ab.
    """
    need_classes(prediction)
    logits = _pooled(prediction.output)
    lightness = F.interpolate(
        torch.from_numpy(prediction.lightness)[None, None], logits.shape[2:], mode="area"
    )
    distribution = logits.softmax(1)
    candidates = [
        Alternative(ab, share, region)
        for region in _regions(distribution, lightness)
        for ab, share in modes((distribution[0] * region).sum((1, 2)) / region.sum(), _MODES)
        if share >= _LEAST
    ]
    rendered = [
        annealed_mean(logits + _raised(one.ab) * one.region, prediction.temperature)
        for one in candidates
    ]
    shown = [annealed_mean(logits, prediction.temperature)]
    chosen: list[Alternative] = []
    while candidates and len(chosen) < count:
        worth = [
            min(float((ab - other).norm(dim=1).mean()) for other in shown) * one.share**_BELIEF
            for one, ab in zip(candidates, rendered, strict=True)
        ]
        best = max(range(len(worth)), key=worth.__getitem__)
        chosen.append(candidates.pop(best))
        shown.append(rendered.pop(best))
    return chosen


def _raised(ab: tuple[float, float]) -> Tensor:
    """Make the addition to a region's logits that gives it a colour, ``(1, 313, 1, 1)``."""
    distance = (ab_bins() - torch.tensor(ab)).square().sum(1)
    return (_STRENGTH * torch.exp(-distance / (2 * _WIDTH**2))).reshape(1, -1, 1, 1)


def _pooled(logits: Tensor) -> Tensor:
    """Reduce logits to fewer cells, where there are many."""
    height, width = logits.shape[2:]
    by = max(1, round((height * width / _CELLS) ** 0.5))
    size = (-(-height // by), -(-width // by))
    return F.interpolate(logits, size, mode="area")


def _regions(distribution: Tensor, lightness: Tensor) -> Tensor:
    """Find soft regions: ``(1, 313, h, w)`` and ``(1, 1, h, w)`` to ``(regions, h, w)``."""
    height, width = distribution.shape[2:]
    short = min(height, width)
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack((down, across)) / short
    # Distances between roots of distributions are Hellinger's.
    parts = (_ALIKE * distribution[0].sqrt(), _NEAR * place, _LIGHT * lightness[0] / 100.0)
    features = torch.cat(parts).flatten(1).T
    middles = _middles(features, min(_REGIONS, len(features)))
    nearness = torch.softmax(-(torch.cdist(features, middles) ** 2) / _SOFTNESS, 1)
    return (nearness / nearness.amax(0)).T.reshape(-1, height, width)


def _middles(features: Tensor, count: int) -> Tensor:
    """Run k-means from far apart starting points: the same photo always has the same regions."""
    first = (features - features.mean(0)).square().sum(1).argmin()
    middles = features[first][None]
    while len(middles) < count:
        farthest = torch.cdist(features, middles).amin(1).argmax()
        middles = torch.cat((middles, features[farthest][None]))
    for _ in range(_ROUNDS):
        own = F.one_hot(torch.cdist(features, middles).argmin(1), count).float()
        size = own.sum(0)[:, None]
        middles = torch.where(size > 0, own.T @ features / size.clamp(min=1.0), middles)
    return middles
