"""The networks in the form that ONNX can hold: any size, any number of photos, decoded to ab."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE, SIGMA, decode
from colorize_core.color.gamut import BIN_COUNT, ab_bins
from colorize_core.models.lite import Lite
from colorize_core.models.network import Network
from colorize_core.models.propagation import (
    GOLDEN_RATIO,
    LEAST,
    MOST_HINTS,
    PHOTO_SIDE,
    HintPropagation,
)


class OnnxGraph(nn.Module):
    """A network from lightness to ab, whatever the size of the photos.

    Args:
        network: a registered one; its weights are shared, not copied.
        outputs: 313 or 2, as it was built.
        temperature: of the annealed mean, where there are 313.
    """

    def __init__(self, network: Network, outputs: int, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.outputs = outputs
        self.temperature = temperature
        ab_bins()  # derived now and remembered: that cannot be traced
        self.eval()

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> tuple[Tensor, ...]:
        """Predict.

        Args:
            lightness: L in 0..100, ``(N, 1, H, W)``, of any size from the network's stride up.
            hints: a, b and a 0/1 mask, ``(N, 3, H, W)``; None for no hints.

        Returns:
            ab in Lab units, ``(N, 2, H // stride, W // stride)``; and where the network gives
            classes, its logits, ``(N, 313, H // stride, W // stride)``.
        """
        height, width = lightness.shape[2:]
        rows = _up_to_multiple(height, self.network.multiple, lightness.device)
        columns = _up_to_multiple(width, self.network.multiple, lightness.device)
        seen = _grown(lightness, rows, columns)
        if hints is not None:
            inside = (rows < height)[:, None] & (columns < width)
            hints = _grown(hints, rows, columns) * inside.to(hints)
        down, across = height // self.network.stride, width // self.network.stride
        output = self.network(seen, hints)[:, :, :down, :across]
        ab = decode(output, self.temperature)
        return (ab, output) if self.outputs == BIN_COUNT else (ab,)


def _up_to_multiple(side: int, multiple: int, device: torch.device) -> Tensor:
    return torch.arange((side + multiple - 1) // multiple * multiple, device=device)


def _grown(photos: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Enlarge photos by repeating the last row and column."""
    height, width = photos.shape[2:]
    return photos[:, :, rows.clamp(max=height - 1)][..., columns.clamp(max=width - 1)]


class BatchedPropagation(nn.Module):
    """A :class:`HintPropagation` for all photos at once.

    A graph has no loop over photos with so many hints each. All photos attend to the cells that
    carry a hint in any of them, and of those not their own they take nothing.
    """

    def __init__(self, propagation: HintPropagation) -> None:
        super().__init__()
        self.propagation = propagation

    def forward(self, output: Tensor, features: Tensor, hints: Tensor) -> Tensor:
        """Mix as :class:`HintPropagation` does, with the same arguments and result."""
        height, width = output.shape[2:]
        chosen = _scattered(hints[:, 2].flatten(1) > 0)
        cells = chosen.any(0).nonzero()[:, 0]
        own, colors = _cells_of(output), _cells_of(hints[:, :2])
        ab = colors[:, cells]

        look = _cells_of(self.propagation.look(features))
        fading, belief = _cells_of(self.propagation.trust(features)).split(1, 2)
        away = _distances(cells, height, width)
        score = -_squared_distances(look, look[:, cells]) - F.softplus(fading) * away
        not_its_own = ~chosen[:, cells][:, None]
        score = score.masked_fill(not_its_own, float("-inf"))
        shares = torch.cat((belief, score), 2).softmax(2)
        kept, copied = shares[..., :1], shares[..., 1:]

        if output.shape[1] == BIN_COUNT:
            distance = (ab[:, :, None] - ab_bins().to(ab)).square().sum(3)
            given = torch.softmax(-distance / (2 * SIGMA**2), 2)
            mixed = (copied @ given + kept * own.softmax(2)).clamp(min=LEAST).log()
        else:
            mixed = copied @ (ab / AB_SCALE) + kept * own
        mixed = mixed.transpose(1, 2).reshape(output.shape)
        return torch.where(chosen.any(1)[:, None, None, None], mixed, output)


def _scattered(hinted: Tensor) -> Tensor:
    """Choose from the hinted cells of each photo, ``(N, M)``, where they are too many."""
    order = (torch.arange(hinted.shape[1]).double() * GOLDEN_RATIO) % 1.0
    rank = torch.where(hinted, order, 2.0).argsort(1).argsort(1)
    return hinted & (rank < MOST_HINTS)


def _cells_of(maps: Tensor) -> Tensor:
    """Reorder maps, ``(N, C, h, w)``, as ``(N, cells, C)``."""
    return maps.flatten(2).transpose(1, 2)


def _squared_distances(these: Tensor, those: Tensor) -> Tensor:
    squares = these.square().sum(2)[..., None] + those.square().sum(2)[:, None]
    return squares - 2.0 * these @ those.transpose(1, 2)


def _distances(places: Tensor, height: int, width: int) -> Tensor:
    """Measure from every cell to each place, ``(cells, K)``, relative to the photo's size."""
    down = torch.arange(height)[:, None].expand(height, width).flatten()
    across = torch.arange(width)[None].expand(height, width).flatten()
    squares = (down[:, None] - down[places]).square() + (across[:, None] - across[places]).square()
    return squares.float().sqrt() * (PHOTO_SIDE / (height * width) ** 0.5)


def graph_of(network: Network, outputs: int, temperature: float) -> OnnxGraph:
    """Make the graph of a network; the network itself can no longer be trained afterwards."""
    if isinstance(network, Lite):
        network.propagation = BatchedPropagation(network.propagation)  # type: ignore[assignment]
    return OnnxGraph(network, outputs, temperature)
