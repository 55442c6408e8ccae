"""Make the pictures of the README and of the model card from scikit-image's photographs.

python docs/before_after.py docs/before-after.jpg docs/lite-beside-truth.jpg
"""

import sys
from pathlib import Path

import skimage.data
from PIL import Image, ImageOps

from colorize_core import Colorizer

PHOTOS = ("astronaut", "chelsea", "rocket", "coffee")  # all colour photographs in the wheel
SIDE = 300
GAP = 8


def main(before_after: Path, beside_truth: Path) -> None:
    """Write two sheets: the photographs in grey above, colorized from that grey below; truth last.

    Args:
        before_after: grey and colorized.
        beside_truth: grey, colorized and the true colours.
    """
    colorizer = Colorizer()
    columns = []
    for name in PHOTOS:
        true = Image.fromarray(getattr(skimage.data, name)())
        grey = true.convert("L")
        columns.append([grey.convert("RGB"), colorizer(grey), true])
    sheet([column[:2] for column in columns]).save(before_after, quality=88)
    sheet(columns).save(beside_truth, quality=85)


def sheet(columns: list[list[Image.Image]]) -> Image.Image:
    """Arrange squares of photographs, the versions of each below one another."""
    rows = len(columns[0])
    side = SIDE + GAP
    result = Image.new("RGB", (len(columns) * side - GAP, rows * side - GAP), "white")
    for across, column in enumerate(columns):
        for down, picture in enumerate(column):
            square = ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS)
            result.paste(square, (across * side, down * side))
    return result


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
