"""Pages of albums: several photographs on card."""

from __future__ import annotations

import numpy as np
import skimage.data
from PIL import Image

CARD = 228
SCENES = [skimage.data.camera()] + [
    np.asarray(Image.fromarray(getattr(skimage.data, name)()).convert("L"))
    for name in ("coffee", "astronaut", "chelsea")
]
PLACES = [(40, 50), (40, 450), (340, 50), (340, 450)]  # top and left
SIZE = (320, 240)  # width and height


def album(askew: float = 0.0) -> np.ndarray:
    """Make a page with four photographs, the last of them rotated by so many degrees."""
    random = np.random.default_rng(0)
    page = Image.fromarray(random.normal(CARD, 1.5, (620, 820)).clip(0, 255).astype(np.uint8))
    for number, (scene, (top, left)) in enumerate(zip(SCENES, PLACES, strict=True)):
        photo = Image.fromarray(scene).resize(SIZE)
        angle = askew if number == 3 else 0.0
        hole = Image.new("L", SIZE, 255).rotate(angle, expand=True)
        turned = photo.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        page.paste(turned, (left, top), hole)
    return np.asarray(page)
