"""Colour spaces larger than sRGB, and files in them."""

import numpy as np
import tifffile
from icc import (
    ADOBE,
    ADOBE_GAMMA,
    P3,
    in_adobe_rgb,
    in_display_p3,
    out_of_adobe_rgb,
    out_of_display_p3,
    power,
    rgb_profile,
    srgb_curve,
)
from PIL import Image
from skimage import color

LARGE_SPACES = {
    "Adobe RGB": (rgb_profile(ADOBE, power(ADOBE_GAMMA)), in_adobe_rgb),
    "Display P3": (rgb_profile(P3, srgb_curve()), in_display_p3),
}
OUT_OF = {"Adobe RGB": out_of_adobe_rgb, "Display P3": out_of_display_p3}


def store(path, values: np.ndarray, icc: bytes | None, bits: int) -> None:
    """Values in 0..1, written by Pillow in 8 bits, by tifffile in 16."""
    if bits == 8:
        Image.fromarray((values * 255).round().astype(np.uint8)).save(path, icc_profile=icc)
    else:
        grey = values.ndim == 2
        tifffile.imwrite(
            path,
            (values * 65535).round().astype(np.uint16),
            photometric="minisblack" if grey else "rgb",
            iccprofile=icc,
        )


def stored_in(path) -> tuple[np.ndarray, bytes]:
    """The values of a file, in 0..1, and its profile."""
    with Image.open(path) as image:
        icc = image.info["icc_profile"]
        if path.suffix != ".tif":
            return np.asarray(image.convert("RGB")) / 255.0, icc
    values = tifffile.imread(path)
    return values / float(np.iinfo(values.dtype).max), icc


def seen_in(path) -> np.ndarray:
    """Lab of a file by the specifications of its space, without rounding."""
    values, icc = stored_in(path)
    for space, (own, _) in LARGE_SPACES.items():
        values = OUT_OF[space](values) if icc == own else values
    return color.rgb2lab(values)
