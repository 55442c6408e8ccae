"""How far colours bleed over edges: bilinear upsampling of ab beside ours, and what ours costs.

    python benchmarks/edges.py PHOTOS [--limit 60] [--scales 4 8] [--megapixels 12]

True ab is averaged over cells of SCALE pixels, 4 being the networks' stride, and upsampled again.
Errors are distances in ab. Near edges is where true ab spans over 20 within 5x5 pixels. Times are
the fastest of several rounds, taken in turn, in milliseconds.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from colorize_core.color import rgb_to_lab
from colorize_core.data import Photographs, evenly
from colorize_core.engine.strips import by_strips
from colorize_core.engine.upsample import interpolate, upsampler

SHORT_SIDE = 256
ROUNDS = 7

Upsampling = Callable[[Tensor, Tensor], Callable[[slice], Tensor]]


def bilinear(ab: Tensor, lightness: Tensor) -> Callable[[slice], Tensor]:
    """Upsample plainly, in strips too; lightness gives the size only."""
    height, width = lightness.shape
    wide = interpolate(ab, width, torch.arange(width), dim=3)
    return lambda rows: interpolate(wide, height, torch.arange(rows.start, rows.stop), dim=2)


UPSAMPLINGS: dict[str, Upsampling] = {"bilinear": bilinear, "ours": upsampler}


def read(places: list[str], limit: int) -> list[Tensor]:
    """Read Lab of photographs, ``(1, 3, H, W)``, evenly picked, their short sides 256 pixels."""
    photographs = Photographs(places)
    photos = []
    for entry in evenly(photographs, limit):
        image = photographs.open(entry).convert("RGB")
        scale = SHORT_SIDE / min(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        pixels = np.array(image.resize(size, Image.Resampling.LANCZOS))
        photos.append(rgb_to_lab(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255))
    return photos


def near_edges(ab: Tensor) -> Tensor:
    """Find where ab spans over 20 within 5x5 pixels, ``(1, H, W)``."""
    return (F.max_pool2d(ab, 5, 1, 2) + F.max_pool2d(-ab, 5, 1, 2)).amax(1) > 20.0


def errors(photos: list[Tensor], scale: int, upsampling: Upsampling) -> tuple[float, float]:
    """Compute the mean distance in ab over all pixels, and over those near edges."""
    everywhere, edges = [], []
    for photo in photos:
        height, width = (side // scale * scale for side in photo.shape[2:])
        lab = photo[..., :height, :width]
        cells = F.avg_pool2d(lab[:, 1:], scale)
        strips = [strip for _, strip in by_strips(upsampling(cells, lab[0, 0]), *lab.shape[2:])]
        away = (torch.cat(strips, 2) - lab[:, 1:]).norm(dim=1)
        everywhere.append(away.flatten())
        edges.append(away[near_edges(lab[:, 1:])])
    return float(torch.cat(everywhere).mean()), float(torch.cat(edges).mean())


def fastest(height: int, width: int) -> dict[str, float]:
    """Time each for a photo of noise, from cells of the network's, in milliseconds."""
    cells = (64, round(64 * width / height))
    ab, lightness = 100.0 * torch.rand(1, 2, *cells) - 50.0, 100.0 * torch.rand(height, width)
    best = dict.fromkeys(UPSAMPLINGS, float("inf"))
    for _ in range(ROUNDS):
        for name, upsampling in UPSAMPLINGS.items():
            started = time.perf_counter()
            for _strip in by_strips(upsampling(ab, lightness), *lightness.shape):
                pass
            best[name] = min(best[name], 1000.0 * (time.perf_counter() - started))
    return best


@torch.inference_mode()
def main() -> None:
    """Print the errors at each scale, then the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--scales", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--megapixels", type=float, default=12.0)
    arguments = parser.parse_args()

    photos = read(arguments.photos, arguments.limit)
    print(f"{len(photos)} photos at {SHORT_SIDE} pixels: mean error, error near edges")
    for scale in arguments.scales:
        plain = errors(photos, scale, bilinear)
        ours = errors(photos, scale, upsampler)
        ratios = [mine / other for mine, other in zip(ours, plain, strict=True)]
        print(
            f"from 1/{scale}: bilinear {plain[0]:.2f} {plain[1]:.2f}; ours {ours[0]:.2f}"
            f" {ours[1]:.2f}; ratio {ratios[0]:.2f} {ratios[1]:.2f}"
        )
    side = (arguments.megapixels * 1e6 / 12.0) ** 0.5
    for height, width in ((256, 256), (round(3 * side), round(4 * side))):
        best = fastest(height, width)
        print(
            f"{width} x {height}, {torch.get_num_threads()} threads: bilinear"
            f" {best['bilinear']:.1f} ms; ours {best['ours']:.1f} ms;"
            f" ratio {best['ours'] / best['bilinear']:.1f}"
        )


if __name__ == "__main__":
    main()
