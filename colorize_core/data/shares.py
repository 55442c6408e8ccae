"""The order of a run's photographs: each once an epoch, or some kinds more often.

What comes n-th follows from the seed and n alone, so that a run which was stopped goes on as if it
had not been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

import numpy as np

from colorize_core.data.sources import Photographs

_BLOCK = 1000  # crops, in each of which the shares hold, rounded


class Drawing(Protocol):
    """A way to choose the photograph of each crop."""

    def __call__(self, number: int, later: int = 0) -> int:
        """Choose the photograph of a crop, or of one so many places later, where it is broken."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a run's crops that photographs of one kind make up.

    Attributes:
        patterns: of names relative to their places, shards included, such as ``faces-*``.
        part: of the crops, above 0 and below 1.
    """

    patterns: tuple[str, ...]
    part: float

    @classmethod
    def parse(cls, text: str) -> Share:
        """Read a share as ``faces*,street*=0.25``.

        Raises:
            ValueError: it says nothing of the kind.
        """
        names, _, number = text.rpartition("=")
        patterns = tuple(name.strip() for name in names.split(",") if name.strip())
        try:
            part = float(number)
        except ValueError:
            part = 0.0
        if not patterns or not 0.0 < part < 1.0:
            raise ValueError(
                f"a share is PATTERN=PART with a part above 0 and below 1, "
                f"such as faces*,street*=0.25; got {text!r}"
            )
        return cls(patterns, part)

    def holds(self, name: str) -> bool:
        """Tell by its name, or a folder's or shard's, whether a photograph is of this kind."""
        names = (name, *name.split("/"))
        return any(fnmatchcase(one, pattern) for one in names for pattern in self.patterns)


class Evenly:
    """Every photograph once an epoch, in an order that is another each time.

    Args:
        count: of photographs.
        seed: of the orders.
    """

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed

    def __call__(self, number: int, later: int = 0) -> int:
        """Choose the photograph of a crop, or of one so many places later in its epoch."""
        epoch, place = divmod(number, self.count)
        order = _order(self.seed, epoch, self.count)
        return int(order[(place + later) % self.count])


class ByShares:
    """Kinds of photographs in given shares, those of a kind once in an epoch of theirs.

    Photographs that are of no kind share what is left. One that is of several is of the first.

    Args:
        photographs: to draw from.
        shares: of the kinds.
        seed: of everything random.

    Raises:
        ValueError: a kind has no photographs, or the shares leave nothing for the others.
    """

    def __init__(self, photographs: Photographs, shares: Sequence[Share], seed: int) -> None:
        self.seed = seed
        kinds = np.full(len(photographs), len(shares))
        for position in range(len(photographs)):
            name = photographs.relative_name(position)
            for kind, share in enumerate(shares):
                if share.holds(name):
                    kinds[position] = kind
                    break
        self.members = [np.flatnonzero(kinds == kind) for kind in range(len(shares) + 1)]
        for share, members in zip(shares, self.members, strict=False):
            if not len(members):
                raise ValueError(
                    f"no photograph is of the kind {','.join(share.patterns)}, "
                    f"or all of them are of one that was named before"
                )
        parts = [share.part for share in shares]
        left = 1.0 - sum(parts)
        if len(self.members[-1]):
            parts.append(left)
        else:
            parts = [part / sum(parts) for part in parts]
            self.members.pop()
        if min(parts) * _BLOCK < 0.5:
            raise ValueError(
                f"shares must add up to less than 1, since other photographs are there too; "
                f"they add up to {1.0 - left:g}"
            )
        ends = np.round(np.cumsum(parts) * _BLOCK).astype(int)
        self.counts = tuple(np.diff(ends, prepend=0).tolist())

    def __call__(self, number: int, later: int = 0) -> int:
        """Choose the photograph of a crop, or of one so many places later among its kind."""
        block, place = divmod(number, _BLOCK)
        kinds, ranks = _block(self.seed, block, self.counts)
        kind = int(kinds[place])
        members = self.members[kind]
        epoch, place = divmod(block * self.counts[kind] + int(ranks[place]), len(members))
        order = _order(self.seed + 1 + kind, epoch, len(members))
        return int(members[order[(place + later) % len(members)]])


@lru_cache(maxsize=16)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, 1 << 32, epoch)).permutation(count)


@lru_cache(maxsize=2)
def _block(seed: int, block: int, counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Draw the kind of each crop of a block, and count those of its kind before it."""
    kinds = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng((seed, 1 << 33, block)).shuffle(kinds)
    ranks = np.empty(len(kinds), int)
    for kind in range(len(counts)):
        ranks[kinds == kind] = np.arange(counts[kind])
    return kinds, ranks
