"""Make the README's before-and-after picture from scikit-image's photographs.

python docs/before_after.py docs/before-after.jpg
"""

import sys
from pathlib import Path

import skimage.data
from PIL import Image, ImageOps

from colorize_core import Colorizer

PHOTOS = ("astronaut", "chelsea", "rocket", "coffee")
SIDE = 300
GAP = 8


def main(target: Path) -> None:
    """Write a sheet: the photographs in grey above, colorized from that grey below."""
    colorizer = Colorizer()
    sheet = Image.new("RGB", (len(PHOTOS) * (SIDE + GAP) - GAP, 2 * SIDE + GAP), "white")
    for number, name in enumerate(PHOTOS):
        grey = Image.fromarray(getattr(skimage.data, name)()).convert("L")
        for row, picture in enumerate((grey.convert("RGB"), colorizer(grey))):
            square = ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(square, (number * (SIDE + GAP), row * (SIDE + GAP)))
    sheet.save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
