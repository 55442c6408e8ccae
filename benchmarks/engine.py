"""How long the engine's steps take, each beside a peer, measured in turn in one run.

    python benchmarks/engine.py [megapixels]

Prints the fastest of several rounds of each and their ratio.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import skimage.data
import torch
from PIL import Image
from skimage.color import lab2rgb, rgb2lab

from colorize_core.color.encoding import SoftEncoder, nearest_bins
from colorize_core.color.lab import lightness_of_bytes
from colorize_core.engine import Colorizer
from colorize_core.engine.prediction import Prediction
from colorize_core.models import build_network

ROUNDS = 5


def compare(what: str, ours: Callable[[], object], peers: Callable[[], object], peer: str) -> None:
    """Run both in turn and print the fastest of each."""
    fastest = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for which, run in enumerate((ours, peers)):
            started = time.perf_counter()
            run()
            fastest[which] = min(fastest[which], time.perf_counter() - started)
    mine, other = (1000 * seconds for seconds in fastest)
    print(f"{what}: {mine:.1f} ms; {peer}: {other:.1f} ms; {other / mine:.1f} times faster")


@torch.inference_mode()
def main(megapixels: float) -> None:
    """Run every comparison."""
    side = round((megapixels * 1e6) ** 0.5)
    photo = np.asarray(Image.fromarray(skimage.data.astronaut()).resize((side, side)))
    print(f"{megapixels:g} megapixels, {torch.get_num_threads()} threads, fastest of {ROUNDS}")
    compare(
        "lightness", lambda: lightness_of_bytes(photo), lambda: rgb2lab(photo), "skimage.rgb2lab"
    )

    colorizer = Colorizer("lite", "cpu")
    prediction = colorizer.predict(photo)

    def with_skimage(prediction: Prediction) -> None:
        ab = torch.nn.functional.interpolate(prediction.ab(), photo.shape[:2], mode="bilinear")
        lab = np.dstack((prediction.lightness, ab[0].permute(1, 2, 0).numpy()))
        (lab2rgb(lab) * 255).round().astype(np.uint8)

    compare(
        "render",
        prediction.picture,
        lambda: with_skimage(prediction),
        "torch's upsampling and skimage.lab2rgb, which clips",
    )

    lightness = torch.rand(1, 1, 256, 256) * 100
    paper = build_network("eccv16").to(memory_format=torch.channels_last).eval()
    compare("lite at 256", lambda: colorizer.network(lightness), lambda: paper(lightness), "eccv16")

    ab = torch.rand(32, 2, 32, 32) * 100 - 50
    encoder = SoftEncoder()
    compare(
        "soft encoding of 32 x 32 x 32 colours",
        lambda: encoder(ab),
        lambda: nearest_bins(ab.movedim(1, -1)),
        "exact search",
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
