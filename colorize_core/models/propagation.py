"""The spreading of hints to the places of the same colour.

Attention from every cell to the cells that carry hints, and a copy of what is found there. A cell
either believes the network or copies one of the hints, and how likely each of them is follows
from how alike the cells look to the network and how far apart they are. The outcome is a mixture
of distributions over the bins, as in pointer networks (See et al., "Get To The Point", 2017): a
colour that the network deems impossible comes through all the same, because it is copied, not
predicted.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE, SIGMA
from colorize_core.color.gamut import BIN_COUNT, ab_bins

MOST_HINTS = 1024  # cells of one photo that are attended to
PHOTO_SIDE = 32.0  # distances are counted as if a photo were so wide, so that size plays no role
LEAST = 1e-12
GOLDEN_RATIO = 0.6180339887498949


class HintPropagation(nn.Module):
    """A mixer of a network's output with colours copied from hints.

    Args:
        channels: of the features by which cells are compared.
        width: of the space in which they are compared, by Euclidean distance.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, width, 1)
        # Per cell: how soon hints fade with distance, and how much the network believes itself.
        self.trust = nn.Conv2d(channels, 2, 1)
        nn.init.zeros_(self.trust.weight)
        self.trust.bias = nn.Parameter(torch.tensor([0.0, -2.0]))

    def forward(
        self, output: Tensor, features: Tensor, hints: Tensor, photo_cells: int | None = None
    ) -> Tensor:
        """Mix.

        Args:
            output: the network's own: logits ``(N, 313, h, w)``, or ab / 110 ``(N, 2, h, w)``.
            features: ``(N, channels, h, w)``.
            hints: a, b in Lab units and a 0/1 mask at the same stride, ``(N, 3, h, w)``.
            photo_cells: how many cells the whole photo has, where these are a part of it.

        Returns:
            As ``output``, which photos without hints keep exactly.
        """
        hinted = hints[:, 2].flatten(1).any(1).tolist()
        if not any(hinted):
            return output
        # Photo by photo, because their numbers of hints differ widely; and in float32, because
        # bfloat16 is too coarse for distances and small probabilities.
        scale = PHOTO_SIDE / (photo_cells or features[0, 0].numel()) ** 0.5
        photos = zip(output.split(1), features.split(1), hints.split(1), hinted, strict=True)
        with torch.autocast(output.device.type, enabled=False):
            return torch.cat(
                [
                    self._mixed(own.float(), look.float(), given, scale).to(own)
                    if any_given
                    else own
                    for own, look, given, any_given in photos
                ]
            )

    def _mixed(self, output: Tensor, features: Tensor, hints: Tensor, scale: float) -> Tensor:
        """Mix the same for a single photo with hints."""
        hinted = scattered(hints[0, 2].flatten().nonzero()[:, 0])
        kept, copied = self._attend(features, hinted, scale).split((1, len(hinted)), 1)
        return mixed(output, kept, copied, cells_of(hints[:, :2])[hinted])

    def _attend(self, features: Tensor, hinted: Tensor, scale: float) -> Tensor:
        """Weigh, as ``(cells, 1 + K)``, believing the network and copying each hint."""
        look = cells_of(self.look(features))
        fading, belief = cells_of(self.trust(features)).split(1, 1)
        away = _distances(hinted, *features.shape[2:]) * scale
        score = -squared_distances(look, look[hinted]) - F.softplus(fading) * away
        return torch.cat((belief, score), 1).softmax(1)


def mixed(output: Tensor, kept: Tensor, copied: Tensor, ab: Tensor) -> Tensor:
    """Mix the output of one photo with colours that its cells copy.

    Args:
        output: logits ``(1, 313, h, w)``, or ab / 110 ``(1, 2, h, w)``.
        kept: each cell's probability of believing the network, ``(cells, 1)``.
        copied: of copying each of the colours, ``(cells, K)``.
        ab: the colours, ``(K, 2)``.

    Returns:
        As ``output``.
    """
    own = cells_of(output)
    if output.shape[1] == BIN_COUNT:
        distance = (ab[:, None] - ab_bins().to(ab)).square().sum(2)
        given = torch.softmax(-distance / (2 * SIGMA**2), 1)
        mixture = torch.addcmul(copied @ given, kept, own.softmax(1)).clamp(min=LEAST).log()
    else:
        mixture = torch.addcmul(copied @ (ab / AB_SCALE), kept, own)
    return mixture.T.unflatten(1, output.shape[2:])[None]


def cells_of(maps: Tensor) -> Tensor:
    """Lay out maps of one photo, ``(1, C, h, w)``, as ``(cells, C)``."""
    return maps[0].flatten(1).T


def scattered(cells: Tensor) -> Tensor:
    """Choose cells evenly scattered, where there are more than is attended to; else all."""
    if len(cells) <= MOST_HINTS:
        return cells
    return cells[((cells.double() * GOLDEN_RATIO) % 1.0).argsort()[:MOST_HINTS]]


def squared_distances(these: Tensor, those: Tensor) -> Tensor:
    """Measure from each of these, ``(M, C)``, to each of those, ``(K, C)``: ``(M, K)``."""
    return these.square().sum(1)[:, None] + those.square().sum(1) - 2.0 * these @ those.T


def _distances(places: Tensor, height: int, width: int) -> Tensor:
    """Measure from every cell to each place, ``(cells, K)``, in cells."""
    every = torch.arange(height * width, device=places.device)
    down = every[:, None] // width - places // width
    across = every[:, None] % width - places % width
    return (down.square() + across.square()).float().sqrt()
