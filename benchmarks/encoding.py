"""How long soft targets take, beside scikit-learn's nearest neighbours, in turn in one run.

    pip install scikit-learn
    python benchmarks/encoding.py [crops]

The batch is the paper's: 40 crops of 176 pixels, their ab at stride 4, 10 bins a colour. The
authors' released code finds the bins with scikit-learn's ball tree and spreads the weights over
arrays of 313 numbers a pixel; the search alone and the whole of it are printed. Both encode the
same colours, and the largest difference of their expected ab is printed, too: a table with cells
of half a unit has to be a little off.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import skimage.data
import torch
from PIL import Image

try:
    from sklearn.neighbors import NearestNeighbors
except ImportError as error:
    raise SystemExit("this comparison needs its peer: pip install scikit-learn") from error

from colorize_core.color import SoftEncoder, rgb_to_lab
from colorize_core.color.encoding import NEIGHBOURS, SIGMA
from colorize_core.color.gamut import BIN_COUNT, ab_bins

CROP = 176
STRIDE = 4
ROUNDS = 3
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")


def batch_of(crops: int) -> torch.Tensor:
    """Load true ab of random crops at stride 4, ``(N, 2, 44, 44)``."""
    random = np.random.default_rng(0)
    photos = [Image.fromarray(getattr(skimage.data, name)()) for name in PHOTOS]
    drawn = []
    for number in range(crops):
        photo = photos[number % len(photos)]
        side = int(min(photo.size) * CROP / 256)
        left, top = (int(random.integers(length - side + 1)) for length in photo.size)
        box = (left, top, left + side, top + side)
        drawn.append(np.asarray(photo.resize((CROP, CROP), Image.Resampling.BICUBIC, box)))
    rgb = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 255.0
    return torch.nn.functional.avg_pool2d(rgb_to_lab(rgb)[:, 1:], STRIDE)


class ByNeighbours:
    """Soft encoding as the released code does it."""

    def __init__(self) -> None:
        self.search = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="ball_tree")
        self.search.fit(ab_bins().numpy())

    def sparse(self, ab: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Find the bins and weights of every pixel, each ``(pixels, 10)``."""
        distance, index = self.search.kneighbors(ab.movedim(1, -1).reshape(-1, 2).numpy())
        weight = np.exp(-(distance**2) / (2 * SIGMA**2))
        return index, weight / weight.sum(1, keepdims=True)

    def dense(self, ab: torch.Tensor) -> np.ndarray:
        """Make a distribution over all bins for every pixel, ``(pixels, 313)``."""
        index, weight = self.sparse(ab)
        target = np.zeros((len(index), BIN_COUNT))
        np.put_along_axis(target, index, weight, 1)
        return target


def fastest(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Time the fastest of several rounds, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crops", type=int, nargs="?", default=40)
    ab = batch_of(parser.parse_args().crops)
    encoder, peer = SoftEncoder(), ByNeighbours()
    print(
        f"{len(ab)} crops of {CROP} pixels: {ab[:, 0].numel()} colours, {NEIGHBOURS} bins each, "
        f"{torch.get_num_threads()} threads, fastest of {ROUNDS}"
    )
    ours, search, whole = ([] for _ in range(3))
    for _ in range(ROUNDS):  # in turn, so that what else the machine does falls on all
        ours.append(fastest(lambda: encoder(ab), 3))
        search.append(fastest(lambda: peer.sparse(ab), 1))
        whole.append(fastest(lambda: peer.dense(ab), 1))
    mine = min(ours)
    print(f"table: {1000 * mine:.1f} ms")
    for what, times in (("scikit-learn's search", search), ("with its dense targets", whole)):
        print(
            f"{what}: {1000 * min(times):.0f} ms; the table is {min(times) / mine:.0f} times faster"
        )

    index, weight = encoder(ab)
    table = (ab_bins()[index] * weight[..., None]).sum(1).reshape(-1, 2)
    exact = torch.from_numpy(peer.dense(ab)).float() @ ab_bins()
    print(f"largest difference of the expected ab: {(table - exact).abs().max():.2f}")


if __name__ == "__main__":
    main()
