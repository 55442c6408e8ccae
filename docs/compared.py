"""Make a sheet that compares weights on scikit-image's photographs.

    python docs/compared.py docs/compared.jpg mse=runs/mse/eccv16.safetensors ...

Rows from the top: the photographs in grey, colorized by each of the weights, and as they were.
"""

import sys
from pathlib import Path

import skimage.data
from PIL import Image, ImageDraw, ImageOps

from colorize_core import Colorizer

PHOTOS = ("astronaut", "chelsea", "rocket", "coffee")
WIDTH, HEIGHT, LABEL = 300, 200, 140


def main(target: Path, named_weights: list[str]) -> None:
    """Write the sheet; weights are given as NAME=FILE."""
    truths = [Image.fromarray(getattr(skimage.data, name)()) for name in PHOTOS]
    greys = [truth.convert("L") for truth in truths]
    rows = {"grey": greys}
    for argument in named_weights:
        name, _, weights = argument.partition("=")
        colorizer = Colorizer(weights)
        rows[name] = [colorizer(grey) for grey in greys]
    rows["truth"] = truths
    sheet = Image.new("RGB", (LABEL + len(PHOTOS) * WIDTH, len(rows) * HEIGHT), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, pictures) in enumerate(rows.items()):
        draw.text((8, (row + 0.5) * HEIGHT), name, "black", anchor="lm", font_size=18)
        for column, picture in enumerate(pictures):
            fitted = ImageOps.fit(picture.convert("RGB"), (WIDTH - 4, HEIGHT - 4))
            sheet.paste(fitted, (LABEL + column * WIDTH, row * HEIGHT + 2))
    sheet.save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
