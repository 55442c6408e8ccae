"""Photographs to try, from scikit-image: free to show, and always installed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import skimage.data
from PIL import Image, ImageOps

from gradio_demo.components import as_small_data

# Name of the file -> who made it. All are in the public domain or CC0.
EXAMPLES = {
    "astronaut": "NASA",
    "coffee": "Rachel Michetti",
    "chelsea": "Stéfan van der Walt",
    "rocket": "SpaceX",
}
_SIZE = (330, 220)


def make_example(name: str, folder: Path) -> Path:
    """Write an example in grey into a folder."""
    path = folder / f"{name}.png"
    _grey(name).save(path)
    return path


@lru_cache(maxsize=1)
def examples_value() -> dict[str, Any]:
    """List the examples, small, with their names and makers."""
    pictures = [
        {
            "picture": as_small_data(ImageOps.fit(_grey(name), _SIZE, centering=(0.5, 0.2))),
            "title": name.capitalize(),
            "note": maker,
        }
        for name, maker in EXAMPLES.items()
    ]
    return {"pictures": pictures, "chosen": []}


def _grey(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()).convert("L")
