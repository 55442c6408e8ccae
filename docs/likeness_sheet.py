"""Make the picture of docs/likeness.md from scikit-image's photographs.

python docs/likeness_sheet.py docs/likeness.jpg
"""

import sys
from pathlib import Path

import skimage.data
from before_after import PHOTOS, sheet
from PIL import Image, ImageOps

from colorize_core import Colorizer


def second_view(photo: Image.Image) -> Image.Image:
    """Show the same from nearer, mirrored and darker."""
    width, height = photo.size
    crop = photo.crop((width // 8, height // 8, width * 15 // 16, height * 15 // 16))
    return ImageOps.mirror(crop).point(lambda level: round(255 * (level / 255) ** 1.25))


def main(picture: Path) -> None:
    """Write a sheet: grey, alone, beside a second view, beside another photo; references framed."""
    colorizer = Colorizer()
    true = [Image.fromarray(getattr(skimage.data, name)()) for name in PHOTOS]
    columns = []
    for number, photo in enumerate(true):
        grey = photo.convert("L")
        references = second_view(photo), true[(number + 2) % len(true)]
        column = [grey.convert("RGB"), colorizer(grey)]
        for reference in references:
            column += [framed(reference), colorizer(grey, like=[reference])]
        columns.append(column)
    sheet(columns).resize((912, 1372), Image.Resampling.LANCZOS).save(picture, quality=85)


def framed(photo: Image.Image) -> Image.Image:
    """Put a thick white frame around a square of a photo, so that it is told from the others."""
    square = ImageOps.fit(photo, (300, 300), Image.Resampling.LANCZOS)
    return ImageOps.expand(square.resize((200, 200), Image.Resampling.LANCZOS), 50, "white")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
