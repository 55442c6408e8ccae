"""Colours copied from references: photographs, or views of one, whose colours are known.

A cell of the photo either believes the network or copies the colour of cells of the reference that
look alike to the network. Where in the reference they are plays no role, unlike with hints
(:mod:`colorize_core.models.propagation`), which are places of the photo itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colorize_core.models.propagation import (
    cells_of,
    mixed,
    replaced,
    scattered,
    squared_distances,
    taken,
    together,
)

# At the start, found with the weights that ship: what looks alike is copied, and from a photo of
# something else nearly nothing.
BELIEF = -4.0


@dataclass(frozen=True, slots=True)
class References:
    """Known colours beside a batch of photos.

    Attributes:
        lightness: of the references, ``(M, 1, H, W)``, L in 0..100.
        ab: their colours, ``(M, 2, H, W)``.
        of: which photo of the batch each is for; a photo may have several, or none.
        trust: added to the logit of copying: 0 as trained, above it more is copied.
    """

    lightness: Tensor
    ab: Tensor
    of: tuple[int, ...]
    trust: float = 0.0

    def __len__(self) -> int:
        return len(self.of)

    def part(self, first: int, last: int) -> References | None:
        """Take those of the photos ``first`` to ``last - 1``, renumbered; None for none."""
        chosen = [place for place, number in enumerate(self.of) if first <= number < last]
        if not chosen:
            return None
        of = tuple(self.of[place] - first for place in chosen)
        return References(self.lightness[chosen], self.ab[chosen], of, self.trust)


class ReferenceCopying(nn.Module):
    """A mixer of a network's output with colours copied from references.

    Args:
        channels: of the features by which cells are compared.
        width: of the space in which they are compared, by Euclidean distance.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, width, 1)
        self.belief = nn.Conv2d(channels, 1, 1)  # how much the network believes itself, per cell
        nn.init.zeros_(self.belief.weight)
        self.belief.bias = nn.Parameter(torch.tensor([BELIEF]))

    def forward(
        self,
        output: Tensor,
        features: Tensor,
        known: Tensor,
        ab: Tensor,
        of: tuple[int, ...],
        trust: float = 0.0,
    ) -> Tensor:
        """Mix.

        Args:
            output: the network's own: logits ``(N, 313, h, w)``, or ab / 110 ``(N, 2, h, w)``.
            features: of the photos, ``(N, channels, h, w)``.
            known: features of the references, ``(M, channels, h', w')``.
            ab: their colours at the same stride, ``(M, 2, h', w')``.
            of: which photo each reference is for.
            trust: added to the logits of copying.

        Returns:
            As ``output``, which photos without references keep exactly.
        """
        numbers = [of.count(photo) for photo in range(len(output))]
        cells = known[0, 0].numel()
        mixtures = []
        with torch.autocast(output.device.type, enabled=False):
            for count in sorted(set(numbers) - {0}):
                to_copy = [count * cells * (number == count) for number in numbers]
                for photos in together(to_copy, output.device):
                    own = [place for photo in photos for place in _places(of, photo)]
                    mixture = self._mixed(
                        taken(output, photos).float(),
                        taken(features, photos).float(),
                        taken(known, own).float(),
                        taken(ab, own).float(),
                        trust,
                    )
                    mixtures.append((photos, mixture))
        return replaced(output, mixtures)

    def _mixed(
        self, output: Tensor, features: Tensor, known: Tensor, ab: Tensor, trust: float
    ) -> Tensor:
        """Mix for N photos, each with the colours of as many references, one after the other."""
        count = len(output)
        colors = _of_all(ab, count)
        chosen = scattered(torch.arange(colors.shape[1], device=colors.device))
        looks = _of_all(self.look(known), count)[:, chosen]
        # A reference counts the same, however many cells it has.
        alike = -squared_distances(cells_of(self.look(features)), looks)
        alike = alike + trust - math.log(len(chosen))
        shares = torch.cat((cells_of(self.belief(features)), alike), 2).softmax(2)
        kept, copied = shares.split((1, len(chosen)), 2)
        return mixed(output, kept, copied, colors[:, chosen])


def _places(of: tuple[int, ...], photo: int) -> list[int]:
    return [place for place, number in enumerate(of) if number == photo]


def _of_all(maps: Tensor, photos: int) -> Tensor:
    """Lay out maps of the references of N photos, ``(N * R, C, h, w)``, as ``(N, R h w, C)``."""
    return cells_of(maps).reshape(photos, -1, maps.shape[1])
