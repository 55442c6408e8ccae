"""Which temperature and size suit a network: accuracy and chroma of each, over true photos.

    python benchmarks/decoding.py PHOTOS [--model lite] [--limit 100] [--sizes 192 256]
        [--temperatures 0.38 1] [--shifts 0]

One forward pass a photo and size; every temperature is rendered from it. A shift of s adds
s * -log(p) to the logits, p being the prior of the photos' own colours: above 0 it adds to the
rebalancing of training, below 0 it takes some back (``colorize train --shift`` keeps one in the
weights). Figures are differences from grey (AuC, in points) and shares of the truth
(chroma).
"""

import argparse
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from colorize_core.color import SoftEncoder, log_rarity, prior_of, rgb_to_lab
from colorize_core.data import Photographs, evenly
from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.evaluation.metrics import AreaUnderCurve, mean_chroma

SHORT_SIDE = 256


def read(places: list[str], limit: int) -> list[np.ndarray]:
    """Read photographs, evenly picked, their short sides 256 pixels."""
    photographs = Photographs(places)
    photos = []
    for entry in evenly(photographs, limit):
        image = photographs.open(entry)
        scale = SHORT_SIDE / min(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        photos.append(np.asarray(image.resize(size, Image.Resampling.LANCZOS)))
    return photos


def ab_of(photo: np.ndarray) -> torch.Tensor:
    """Load true ab, ``(1, 2, H, W)``."""
    return rgb_to_lab(torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 255)[:, 1:]


def main() -> None:
    """Print a line for every combination."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--model", default="lite")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--sizes", type=int, nargs="+", default=[192, 256])
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.2, 0.38, 0.6, 0.8, 1.0])
    parser.add_argument("--shifts", type=float, nargs="+", default=[0.0])
    arguments = parser.parse_args()

    colorizer = Colorizer(arguments.model)
    photos = read(arguments.photos, arguments.limit)
    truths = [ab_of(photo) for photo in photos]
    encoder = SoftEncoder()
    prior = sum(prior_of(*encoder(truth[..., ::4, ::4])) for truth in truths)
    rarity = log_rarity(torch.as_tensor(prior))[:, None, None]
    grey = AreaUnderCurve()
    for truth in truths:
        grey.add(torch.zeros_like(truth), truth)
    print(f"{len(photos)} photos at {SHORT_SIDE} pixels")
    print("size  shift  temperature    raw  rebalanced  chroma")
    for size in arguments.sizes:
        settings = [(s, t) for s in arguments.shifts for t in arguments.temperatures]
        areas = {setting: AreaUnderCurve() for setting in settings}
        chromas: dict[tuple[float, float], list[float]] = {setting: [] for setting in settings}
        true_chroma = [mean_chroma(truth) for truth in truths]
        for photo, truth in zip(photos, truths, strict=True):
            prediction = colorizer.predict(photo, ColorizeOptions(size=size))
            for shift, temperature in settings:
                shifted = replace(prediction, output=prediction.output + shift * rarity)
                ab = torch.from_numpy(shifted.render(temperature)).permute(2, 0, 1)[None]
                areas[shift, temperature].add(ab, truth)
                chromas[shift, temperature].append(mean_chroma(ab))
        for (shift, temperature), area in areas.items():
            share = sum(chromas[shift, temperature]) / sum(true_chroma)
            print(
                f"{size:4}  {shift:5.2f}  {temperature:11.2f}  {area.raw - grey.raw:+5.2f}"
                f"  {area.rebalanced - grey.rebalanced:+10.2f}  {share:6.2f}"
            )


if __name__ == "__main__":
    main()
