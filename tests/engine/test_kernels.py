"""Compiled kernels against PyTorch alone: the same pixels, but for rounding."""

import os
import subprocess
import sys

import numpy as np
import pytest
import skimage.data
import torch

from colorize_core.color import kernels
from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import lab_to_rgb, rgb_to_lab
from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.prediction import Prediction
from colorize_core.photo.depth import as_depth, full_scale
from colorize_core.worker.layer import colorize_layer
from colorize_core.worker.wire import LAB, RGB

DTYPES = (np.uint8, np.uint16, np.float32)
PHOTOS = {
    "a photo": skimage.data.astronaut(),
    "a few rows": skimage.data.coffee()[100:103],
    "one column": skimage.data.coffee()[:, 7:8],
    "a single pixel": skimage.data.coffee()[:1, :1],
    "more than a strip": np.tile(skimage.data.coffee(), (2, 2, 1)),
}


@pytest.fixture
def both(monkeypatch):
    """What something is with kernels, and what without."""

    def run(make):
        made = []
        for choice in ("compiled", "torch"):
            monkeypatch.setenv(kernels.VARIABLE, choice)
            made.append(make())
        return made

    return run


@pytest.fixture(scope="module")
def colorizer(lite_weights):
    return Colorizer(lite_weights, "cpu")


def differ(first, second):
    """The share of values that differ in 8 bits, by how many levels at most, and the mean."""
    assert first.dtype == second.dtype
    assert first.shape == second.shape
    levels = np.abs(as_depth(first, np.uint8).astype(int) - as_depth(second, np.uint8))
    mean = np.abs(first.astype(np.float64) - second).mean() * (255 / full_scale(first.dtype))
    return float((levels > 0).mean()), int(levels.max()), float(mean)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PHOTOS)
def test_lightness_is_the_same(both, name, dtype):
    pixels = as_depth(PHOTOS[name], dtype)
    for given in (pixels, np.ascontiguousarray(pixels[..., 1])):
        compiled, plain = both(lambda given=given: lightness_of_pixels(given))
        np.testing.assert_allclose(compiled, plain, atol=2e-3)


def test_lightness_of_16_bits_is_within_a_thousandth_of_the_exact_one(both):
    steps = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    pixels = np.stack((steps, steps[::-1], steps.T), -1)
    exact = rgb_to_lab(pixels / 65535.0)[..., 0]
    for lightness in both(lambda: lightness_of_pixels(pixels)):
        np.testing.assert_allclose(lightness, exact, atol=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("saturation", [0.0, 1.0, 4.0])
def test_pictures_differ_by_a_level_at_most_in_few_values(both, name, dtype, saturation):
    photo = PHOTOS[name]
    height, width = photo.shape[:2]
    torch.manual_seed(3)
    small = torch.randn(1, 2, max(1, height // 32), max(1, width // 32)) * 30 / 110
    prediction = Prediction(small, lightness_of_pixels(photo), 1.0)
    pictures = both(lambda: prediction.picture(saturation=saturation, dtype=dtype))
    share, most, mean = differ(*pictures)
    assert most <= 1
    assert share <= 0.005
    assert mean <= 0.005


@pytest.mark.parametrize("lightness", [0.0, 0.5, 8.0, 50.0, 99.5, 100.0])
def test_colors_outside_the_gamut_lose_chroma_and_no_lightness(both, lightness):
    angles = torch.linspace(0, 6.28, 64)
    ab = torch.stack((angles.cos(), angles.sin()))[None, :, None].repeat(1, 1, 4, 1) * 120
    flat = np.full((4, 64), lightness, np.float32)
    lab = torch.cat((torch.from_numpy(flat)[None, None], ab), 1)
    exact = (lab_to_rgb(fit_gamut(lab))[0].permute(1, 2, 0) * 255).numpy()
    prediction = Prediction(ab / 110, flat, 1.0)
    for picture in both(lambda: prediction.picture(dtype=np.float32)):
        # 4 rows of a stride's cells are upsampled to themselves, so that colours stay apart
        np.testing.assert_allclose(picture * 255, exact, atol=12)
        found = rgb_to_lab(picture.astype(np.float64))[..., 0]
        np.testing.assert_allclose(found, lightness, atol=0.15)


def test_a_picture_can_be_painted_into_an_array_that_is_there(both):
    photo = skimage.data.coffee()
    prediction = Prediction(torch.zeros(1, 2, 16, 16), lightness_of_pixels(photo), 1.0)

    def painted():
        out = np.full(photo.shape, 7, np.uint8)
        assert prediction.picture(out=out) is out
        return out

    for picture in both(painted):
        assert differ(picture, prediction.picture())[1] <= 1


@pytest.mark.parametrize("result", [LAB, RGB])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("is_painted", [False, True])
def test_layers_are_the_same(both, colorizer, result, dtype, is_painted):
    photo = PHOTOS["more than a strip"][..., 1]
    layer = np.dstack((photo, photo[::-1]))
    if dtype == np.float32:
        layer = np.dstack((lightness_of_pixels(photo), photo[::-1] / np.float32(255)))
        layer[3, 4, 0], layer[3, 5, 0] = np.nan, 104.0
    painted = np.zeros((*photo.shape, 4), np.uint8)
    painted[100:120, 50:90] = (200, 60, 70, 200)

    def recolored():
        paint = painted if is_painted else None
        options = ColorizeOptions(size=96, saturation=1.5)
        strips = colorize_layer(colorizer, layer, paint, options, result, lambda *_: None)
        return np.concatenate([strip for _, strip in strips])

    compiled, plain = both(recolored)
    assert compiled.dtype == plain.dtype
    if result == LAB:
        np.testing.assert_array_equal(compiled[..., ::3], plain[..., ::3])
        # the search for the chroma that fits ends within a 4096th of it
        np.testing.assert_allclose(compiled[..., 1:3], plain[..., 1:3], atol=0.05)
    else:
        differences = np.abs(compiled.astype(int) - plain)
        assert differences.max() <= 1
        assert (differences > 0).mean() <= 0.005


def test_another_choice_is_refused(monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, "fast")
    for ask in (lambda: kernels.kernels_for(1), kernels.begin_loading):
        with pytest.raises(ValueError, match="COLORIZE_KERNELS must be auto, compiled or torch"):
            ask()


PROGRAM = """
import sys
sys.modules["numba"] = None  # as where it is missing
import numpy as np
from colorize_core.color.kernels import kernels_for, load_kernels
assert kernels_for(10**9) is None
try:
    load_kernels()
except ImportError as error:
    print(error)
"""


def test_without_numba_pytorch_does_the_work_and_who_insists_is_told(tmp_path):
    clean = {k: v for k, v in os.environ.items() if k != kernels.VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=clean, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the compiled kernels cannot be loaded" in done.stdout


def test_kernels_are_loaded_once_a_process_has_seen_many_pixels(tmp_path):
    program = (
        "from colorize_core.color.kernels import kernels_for\n"
        "print([kernels_for(5_000_000) is not None for _ in range(2)], end=' ')\n"
        "import time; time.sleep(0.1)\n"
        "from colorize_core.color.kernels import load_kernels; load_kernels()\n"
        "print(kernels_for(5_000_000) is not None)\n"
    )
    clean = {k: v for k, v in os.environ.items() if k != kernels.VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=clean, check=False
    )
    assert done.stdout.split() == ["[False,", "False]", "True"], done.stderr


def test_who_expects_many_pixels_has_them_loaded_beside(tmp_path):
    program = (
        "from colorize_core.color.kernels import begin_loading, kernels_for, load_kernels\n"
        "begin_loading()\n"
        "load_kernels()\n"
        "print(kernels_for(1) is not None)\n"
    )
    for choice, expected in (("auto", "True"), ("torch", "False")):
        environment = os.environ | {kernels.VARIABLE: choice}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment
        )
        assert done.stdout.strip() == expected, done.stderr
