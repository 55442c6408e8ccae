"""How quick the studio's sliders are: a new preview against colorizing the photo, 12 megapixels.

python benchmarks/studio.py
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import skimage.data
from PIL import Image


def slider() -> None:
    """Time a slider's new picture and a colorization of the same photo, in turns."""
    from gradio_demo.app import Studio
    from gradio_demo.page import picture_of
    from gradio_demo.settings import Settings

    studio = Studio(Settings())
    visitor: Any = SimpleNamespace(session_hash="one")
    path = studio.desk.private_folder(visitor) / "photo.jpg"
    Image.fromarray(skimage.data.coffee()).convert("L").resize((4000, 3000)).save(path)
    photo = studio.desk.open(path, visitor)
    colorizer = studio.engines.colorizer("lite")
    whole, moved = [], []
    for temperature in (0.9, 0.6, 0.3):
        photo.adjust(temperature, 1.0, 100.0)
        started = time.perf_counter()
        colorizer(str(path), photo.options)
        whole.append(time.perf_counter() - started)
        started = time.perf_counter()
        picture_of(photo)
        moved.append(time.perf_counter() - started)
    studio.stop()
    print(f"colorizing 12 megapixels: {min(whole):.2f} s; a slider: {min(moved):.3f} s")
    print(f"ratio: {min(whole) / min(moved):.1f}")


if __name__ == "__main__":
    slider()
