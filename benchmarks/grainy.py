"""Photos of any size for benchmarks: scikit-image's, enlarged, with grain.

Without grain an enlarged photo is so smooth that PNG and JPEG of it are small and quick.
"""

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

_GRAIN = 5.0  # standard deviation in 8-bit levels
_TILE = 1024
_STRIP = 256  # rows
SIZES = {  # megapixels: width and height
    0.07: (256, 256),
    1: (1152, 864),
    2: (1632, 1224),
    12: (4000, 3000),
    24: (5656, 4242),
    100: (11548, 8660),
}
_SCENES = (skimage.data.coffee, skimage.data.astronaut, skimage.data.chelsea, skimage.data.rocket)


def pixels_of(size: tuple[int, int], scene: int = 0, grey: bool = False) -> np.ndarray:
    """Make a photo, uint8 ``(H, W, 3)`` or ``(H, W)``; scenes repeat after a few."""
    width, height = size
    image = Image.fromarray(_SCENES[scene % len(_SCENES)]())
    if grey:
        image = image.convert("L")
    pixels = np.array(image.resize(size, Image.Resampling.BICUBIC))
    random = np.random.default_rng(scene)
    channels = () if grey else (3,)
    grain = random.normal(0.0, _GRAIN, (_TILE, _TILE, *channels)).astype(np.int16)
    across = -(-width // _TILE)
    for top in range(0, height, _STRIP):
        strip = pixels[top : top + _STRIP]
        rows = grain[np.arange(top, top + len(strip)) % _TILE]
        rows = np.concatenate([rows] * across, 1)[:, :width]
        strip[:] = (strip + rows).clip(0, 255)
    return pixels


def write(folder: Path, megapixels: float, suffix: str, kind: str = "colour") -> Path:
    """Write a photo into a file, as a camera or scanner does, if it is not there yet.

    Args:
        folder: where to.
        megapixels: one of :data:`SIZES`.
        suffix: ``png`` or ``jpg``.
        kind: ``colour`` or ``grey``.
    """
    path = folder / f"{kind}-{megapixels:g}.{suffix}"
    if not path.exists():
        image = Image.fromarray(pixels_of(SIZES[megapixels], grey=kind == "grey"))
        image.save(path, quality=92)
    return path


def write_folder(folder: Path, megapixels: float, count: int) -> Path:
    """Make a folder of so many JPEGs of four scenes."""
    folder.mkdir(parents=True)
    for number in range(count):
        path = folder / f"{number:04}.jpg"
        if number < len(_SCENES):
            Image.fromarray(pixels_of(SIZES[megapixels], number)).save(path, quality=92)
        else:
            path.write_bytes((folder / f"{number % len(_SCENES):04}.jpg").read_bytes())
    return folder
