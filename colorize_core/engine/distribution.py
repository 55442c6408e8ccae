"""A network's beliefs about one point of a photo: the distribution, and the likely colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT, ab_bins, fit_gamut
from colorize_core.color.lab import lab_to_rgb
from colorize_core.engine.prediction import Prediction
from colorize_core.models.registry import no_classes

_WIDTH = 12.0  # of the Gaussian over which neighbouring bins count as one colour, in ab units
_REACH = 25.0  # in ab units: bins nearer to a mode than this are its colour
_LEAST = 0.01  # share below which a colour is not worth proposing


@dataclass(frozen=True, slots=True)
class PlausibleColor:
    """A colour possible at a point, as a network sees it.

    Attributes:
        color: ``#rrggbb`` in sRGB, at the lightness of the point.
        ab: the mean a and b of its bins, before what sRGB cannot show was taken off.
        share: of the distribution that lies around it, 0..1.
    """

    color: str
    ab: tuple[float, float]
    share: float


def distribution_at(prediction: Prediction, x: float, y: float) -> Tensor:
    """Look up the distribution over the bins at a pixel, float32 ``(313,)``.

    Args:
        prediction: of a network with classes.
        x: pixels from the left edge of the photo that the prediction is of.
        y: pixels from its top edge.

    Raises:
        ValueError: the point is outside the photo, or the network regresses ab.
    """
    need_classes(prediction)
    height, width = prediction.lightness.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"({x:g}, {y:g}) is outside the photo of {width} x {height} pixels")
    rows, columns = prediction.output.shape[2:]
    row, column = int(y * rows / height), int(x * columns / width)
    return torch.softmax(prediction.output[0, :, row, column].float(), 0)


def plausible_colors(
    prediction: Prediction, x: float, y: float, count: int = 6
) -> list[PlausibleColor]:
    """List the possible colours of a pixel, the most likely first; one at least.

    Args:
        prediction: of a network with classes.
        x: pixels from the left edge of the photo that the prediction is of.
        y: pixels from its top edge.
        count: of colours, at most.

    Raises:
        ValueError: the point is outside the photo, or the network regresses ab.
    """
    found = modes(distribution_at(prediction, x, y), count)
    lightness = float(prediction.lightness[int(y), int(x)])
    return [PlausibleColor(hex_of(lightness, ab), ab, share) for ab, share in found]


def modes(distribution: Tensor, count: int) -> list[tuple[tuple[float, float], float]]:
    """Find where a distribution over the bins is dense: mean ab and share, the largest first.

    Again and again the bin with the most mass around it takes all bins within a reach.

    Args:
        distribution: ``(313,)``, which sums to 1.
        count: of modes, at most.
    """
    near, kernel = _neighbours()
    bins, left = ab_bins(), distribution.clone()
    found: list[tuple[tuple[float, float], float]] = []
    while len(found) < count:
        own = near[int((kernel @ left).argmax())]
        share = float(left[own].sum())
        if share < _LEAST and found:
            break
        a, b = ((left[own, None] * bins[own]).sum(0) / max(share, 1e-12)).tolist()
        found.append(((a, b), share))
        left[own] = 0.0
    return sorted(found, key=lambda mode: -mode[1])


def hex_of(lightness: float, ab: tuple[float, float]) -> str:
    """Write a colour as ``#rrggbb``, its chroma reduced until sRGB can show it."""
    lab = torch.tensor([lightness, *ab]).reshape(1, 3, 1, 1)
    rgb = (lab_to_rgb(fit_gamut(lab)) * 255.0).round().int().flatten().tolist()
    return "#" + "".join(f"{value:02x}" for value in rgb)


def need_classes(prediction: Prediction) -> None:
    """Refuse the prediction of a regression network.

    Raises:
        ValueError: the network regresses ab.
    """
    if prediction.output.shape[1] != BIN_COUNT:
        raise ValueError(no_classes())


@lru_cache(maxsize=1)
def _neighbours() -> tuple[Tensor, Tensor]:
    """Find the bins within reach of each, and how much they count as its colour."""
    bins = ab_bins()
    distance = torch.cdist(bins, bins)
    return distance <= _REACH, torch.exp(-(distance**2) / (2 * _WIDTH**2))
