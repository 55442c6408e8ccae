"""The lightness of a deep photo, from the file through the whole engine to the file."""

import numpy as np
import pytest
import tifffile
from icc import ADOBE, ADOBE_GAMMA, out_of_adobe_rgb, power, rgb_profile
from PIL import Image
from skimage import color

from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.photo import read_photo, write_photo

MOST = 0.1  # a thousandth of L's range


def lightness(values: np.ndarray) -> np.ndarray:
    """L of sRGB in 0..1 by scikit-image."""
    return color.rgb2lab(values if values.ndim == 3 else np.dstack((values,) * 3))[..., 0]


def colorized(colorizer: Colorizer, source, target) -> None:
    options = ColorizeOptions(size=64, saturation=2.0)
    write_photo(colorizer.colorize(read_photo(source), options), target)


def difference_of(written: np.ndarray, ramp: np.ndarray) -> float:
    return float(np.abs(lightness(written) - lightness(ramp / 65535.0)).max())


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_photos_keep_their_lightness(colorizer, tmp_path, wide_ramp, values_of, suffix):
    path = tmp_path / f"x{suffix}"
    if suffix == ".png":
        Image.fromarray(wide_ramp).save(path)
    else:
        tifffile.imwrite(path, wide_ramp)
    colorized(colorizer, path, tmp_path / f"y{suffix}")
    written = values_of(tmp_path / f"y{suffix}") / 65535.0
    assert np.ptp(written, axis=2).mean() > 0.1  # in colour
    assert difference_of(written, wide_ramp) < MOST


def test_16_bit_photos_in_adobe_rgb_keep_their_lightness(colorizer, tmp_path, wide_ramp):
    icc = rgb_profile(ADOBE, power(ADOBE_GAMMA))
    values = np.dstack((wide_ramp,) * 3)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb", iccprofile=icc)
    colorized(colorizer, tmp_path / "x.tif", tmp_path / "y.tif")
    before = lightness(out_of_adobe_rgb(values / 65535.0))
    after = lightness(out_of_adobe_rgb(tifffile.imread(tmp_path / "y.tif") / 65535.0))
    np.testing.assert_allclose(after, before, atol=MOST)


def test_float_photos_keep_their_lightness(colorizer, tmp_path, wide_ramp):
    tifffile.imwrite(tmp_path / "x.tif", (wide_ramp / 65535.0).astype(np.float32))
    colorized(colorizer, tmp_path / "x.tif", tmp_path / "y.tif")
    written = tifffile.imread(tmp_path / "y.tif")
    assert written.dtype == np.float32
    assert difference_of(written, wide_ramp) < MOST


def test_8_bits_would_not_keep_it(colorizer, tmp_path, wide_ramp):
    """The measure tells 8 bits from 16."""
    Image.fromarray(wide_ramp).save(tmp_path / "x.png")
    colorized(colorizer, tmp_path / "x.png", tmp_path / "y.webp")
    written = np.asarray(Image.open(tmp_path / "y.webp").convert("RGB")) / 255.0
    assert difference_of(written, wide_ramp) > MOST
