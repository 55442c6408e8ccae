"""Encoding of ab as a distribution over the 313 bins, and decoding.

Soft encoding (section 2.1): the nearest bins, weighted by a Gaussian of their distance. Decoding
(section 2.3): the annealed mean. Targets stay sparse, as indices and weights: the dense target of
32 photographs at 56 x 56 would take 126 MB.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT, ab_bins

PAPER_TEMPERATURE = 0.38
SIGMA = 5.0
NEIGHBOURS = 10  # the released code's count; the paper prints 5
AB_SCALE = 110.0  # what regression networks divide ab by
_LIMIT = 120.0


def nearest_bins(
    ab: Tensor, neighbours: int = NEIGHBOURS, sigma: float = SIGMA
) -> tuple[Tensor, Tensor]:
    """Soft-encode by exact search.

    Args:
        ab: ``(..., 2)``, float.
        neighbours: how many of the nearest bins take part.
        sigma: standard deviation of the Gaussian, in ab units.

    Returns:
        Bin indices, int64 ``(..., neighbours)``, nearest first, and their weights, which sum to 1.
    """
    bins = ab_bins().to(ab)
    distance, index = torch.cdist(ab.reshape(-1, 2), bins).topk(neighbours, largest=False)
    weights = torch.softmax(-(distance**2) / (2 * sigma**2), -1)
    shape = (*ab.shape[:-1], neighbours)
    return index.reshape(shape), weights.reshape(shape)


class SoftEncoder:
    """Soft encoding through a table over ab, many times faster than a search.

    Args:
        neighbours: bins per colour.
        sigma: of the Gaussian, in ab units.
        cell: the table's step in ab units. Colours are encoded as the centre of their cell, so
            half a cell is the most that the encoded colour is off in a or b.
        device: where the table lives.
    """

    def __init__(
        self,
        neighbours: int = NEIGHBOURS,
        sigma: float = SIGMA,
        cell: float = 0.5,
        device: torch.device | str = "cpu",
    ) -> None:
        self.cell = cell
        self.side = round(2 * _LIMIT / cell)
        self.index, self.weight = (
            table.to(device) for table in _encoding_table(neighbours, sigma, cell, self.side)
        )

    def __call__(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        """Encode ab maps.

        Args:
            ab: ``(N, 2, H, W)``, values within -120..120 (others are taken as the border's).

        Returns:
            Bin indices, int64 ``(N, K, H, W)``, nearest first, and weights of that shape.
        """
        cells = ((ab + _LIMIT) / self.cell).long().clamp_(0, self.side - 1)
        position = cells[:, 0] * self.side + cells[:, 1]
        return (
            self.index[position].long().movedim(-1, 1),
            self.weight[position].movedim(-1, 1),
        )


@lru_cache(maxsize=4)
def _encoding_table(neighbours: int, sigma: float, cell: float, side: int) -> tuple[Tensor, Tensor]:
    centres = (torch.arange(side) + 0.5) * cell - _LIMIT
    grid = torch.cartesian_prod(centres, centres)
    parts = [nearest_bins(part, neighbours, sigma) for part in grid.split(65536)]
    return torch.cat([p[0] for p in parts]).short(), torch.cat([p[1] for p in parts])


def annealed_mean(logits: Tensor, temperature: float = PAPER_TEMPERATURE) -> Tensor:
    """Decode logits to ab: the mean of the distribution re-adjusted by a temperature.

    Args:
        logits: ``(N, 313, H, W)``. Any logarithm of a distribution up to a constant.
        temperature: above 0. 1 is the mean, towards 0 the mode; the paper takes 0.38.

    Returns:
        ab, ``(N, 2, H, W)``.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature must be above 0, got {temperature}")
    bins = ab_bins().to(logits)
    shares = torch.softmax(logits / temperature, 1)
    return (bins.T @ shares.flatten(2)).unflatten(2, logits.shape[2:])


def decode(output: Tensor, temperature: float = PAPER_TEMPERATURE) -> Tensor:
    """Decode ab, ``(N, 2, H, W)``, of any network's output.

    Args:
        output: logits, ``(N, 313, H, W)``, or ab / 110 of a regression network, ``(N, 2, H, W)``.
        temperature: of the annealed mean; regression networks have none.
    """
    if output.shape[1] == BIN_COUNT:
        return annealed_mean(output, temperature)
    return output * AB_SCALE


def target_entropy(weights: Tensor) -> Tensor:
    """Compute the entropy in nats of each soft target, ``(N, K, H, W)`` to ``(N, H, W)``.

    It is the least that a cross entropy against these targets can be.
    """
    return torch.special.entr(weights).sum(1)
