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
        counts = [int(count) for count in hints[:, 2].flatten(1).count_nonzero(1).tolist()]
        # In float32, because bfloat16 is too coarse for distances and small probabilities.
        scale = PHOTO_SIDE / (photo_cells or features[0, 0].numel()) ** 0.5
        with torch.autocast(output.device.type, enabled=False):
            mixtures = []
            for photos in together(counts, output.device):
                mixture = self._mixed(
                    taken(output, photos).float(),
                    taken(features, photos).float(),
                    taken(hints, photos).float(),
                    max(counts[photo] for photo in photos),
                    scale,
                )
                mixtures.append((photos, mixture))
        return replaced(output, mixtures)

    def _mixed(
        self, output: Tensor, features: Tensor, hints: Tensor, most: int, scale: float
    ) -> Tensor:
        """Mix for photos of which each has hints, at most so many."""
        cells, there = _hinted(hints[:, 2].flatten(1), most)
        kept, copied = self._attend(features, cells, there, scale).split((1, cells.shape[1]), 2)
        return mixed(output, kept, copied, picked(cells_of(hints[:, :2]), cells))

    def _attend(self, features: Tensor, cells: Tensor, there: Tensor, scale: float) -> Tensor:
        """Weigh, as ``(N, cells, 1 + K)``, believing the network and copying each hint."""
        look = cells_of(self.look(features))
        fading, belief = cells_of(self.trust(features)).split(1, 2)
        away = _distances(cells, *features.shape[2:]) * scale
        score = -squared_distances(look, picked(look, cells)) - F.softplus(fading) * away
        score = score.masked_fill(~there[:, None], -torch.inf)
        return torch.cat((belief, score), 2).softmax(2)


def together(counts: list[int], device: torch.device) -> list[list[int]]:
    """Group the photos that have something to copy, by what is computed at once.

    All of them on a GPU, where many small steps take longer than few large ones. One by one on a
    CPU, because their numbers of hints differ widely; and so where there are more than are
    attended to.

    Args:
        counts: of the cells that each photo can copy.
        device: that computes.
    """
    photos = [photo for photo, count in enumerate(counts) if count]
    if device.type == "cpu" or max(counts, default=0) > MOST_HINTS:
        return [[photo] for photo in photos]
    return [photos] if photos else []


def taken(maps: Tensor, photos: list[int]) -> Tensor:
    """Take some of a batch's photos: of a single one, a view, whose gradient costs less."""
    if len(photos) == 1:
        return maps[photos[0] : photos[0] + 1]
    return maps.index_select(0, torch.tensor(photos, device=maps.device))


def replaced(output: Tensor, mixtures: list[tuple[list[int], Tensor]]) -> Tensor:
    """Put mixtures in the place of the outputs of the photos that they are for."""
    single = {photos[0]: mixture for photos, mixture in mixtures if len(photos) == 1}
    if single:
        outputs = enumerate(output.split(1))
        output = torch.cat([single.get(photo, own).to(output) for photo, own in outputs])
    for photos, mixture in mixtures:
        if len(photos) > 1:
            places = torch.tensor(photos, device=output.device)
            output = output.index_copy(0, places, mixture.to(output))
    return output


def _hinted(mask: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Find the hinted cells of each photo, and mark the places that fewer hints leave empty.

    Args:
        mask: 1 for hinted cells, ``(N, cells)``.
        most: of a photo's hinted cells.

    Returns:
        ``(N, K)`` each: cells, and whether there is a hint.
    """
    if len(mask) == 1:
        cells = scattered(mask[0].nonzero()[:, 0])[None]
    else:
        cells = mask.topk(most, 1).indices
    return cells, mask.gather(1, cells) > 0


def picked(values: Tensor, cells: Tensor) -> Tensor:
    """Pick the values ``(N, M, C)`` of cells ``(N, K)``: ``(N, K, C)``."""
    return values.gather(1, cells[:, :, None].expand(-1, -1, values.shape[2]))


def mixed(output: Tensor, kept: Tensor, copied: Tensor, ab: Tensor) -> Tensor:
    """Mix outputs with colours that cells copy.

    Args:
        output: logits ``(N, 313, h, w)``, or ab / 110 ``(N, 2, h, w)``.
        kept: each cell's probability of believing the network, ``(N, cells, 1)``.
        copied: of copying each of the colours, ``(N, cells, K)``.
        ab: the colours, ``(N, K, 2)``.

    Returns:
        As ``output``.
    """
    own = cells_of(output)
    if output.shape[1] == BIN_COUNT:
        distance = (ab[:, :, None] - ab_bins().to(ab)).square().sum(3)
        given = torch.softmax(-distance / (2 * SIGMA**2), 2)
        mixture = torch.addcmul(copied @ given, kept, own.softmax(2)).clamp(min=LEAST).log()
    else:
        mixture = torch.addcmul(copied @ (ab / AB_SCALE), kept, own)
    return mixture.transpose(1, 2).unflatten(2, output.shape[2:])


def cells_of(maps: Tensor) -> Tensor:
    """Lay out maps ``(N, C, h, w)`` as ``(N, cells, C)``."""
    return maps.flatten(2).transpose(1, 2)


def scattered(cells: Tensor) -> Tensor:
    """Choose cells evenly scattered, where there are more than is attended to; else all."""
    if len(cells) <= MOST_HINTS:
        return cells
    return cells[((cells.double() * GOLDEN_RATIO) % 1.0).argsort()[:MOST_HINTS]]


def squared_distances(these: Tensor, those: Tensor) -> Tensor:
    """Measure from each of these, ``(N, M, C)``, to each of those, ``(N, K, C)``: ``(N, M, K)``."""
    lengths = these.square().sum(2)[:, :, None] + those.square().sum(2)[:, None]
    return lengths - 2.0 * these @ those.transpose(1, 2)


def _distances(places: Tensor, height: int, width: int) -> Tensor:
    """Measure from every cell to places, ``(N, K)``: ``(N, cells, K)``, in cells."""
    every = torch.arange(height * width, device=places.device)[:, None]
    down = every // width - places[:, None] // width
    across = every % width - places[:, None] % width
    return (down.square() + across.square()).float().sqrt()
