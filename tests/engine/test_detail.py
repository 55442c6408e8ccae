"""The closer look: details of its own, the scene of the usual one."""

import subprocess
import sys

import numpy as np
import pytest
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image

from colorize_core import ColorizeOptions, Colorizer, Hint
from colorize_core.engine.detail import with_details

CLOSER = ColorizeOptions(detail=True)


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer("lite", "cpu")


@pytest.fixture(scope="module", params=["astronaut", "coffee", "rocket"])
def grey(request):
    return np.asarray(Image.fromarray(getattr(skimage.data, request.param)()).convert("L"))


def scene(ab):
    """Means over a 7 x 7 grid."""
    return F.adaptive_avg_pool2d(ab, 7)


def test_the_scene_keeps_its_colors_and_small_things_get_others(colorizer, grey):
    usual, closer = colorizer.predict(grey).ab(), colorizer.predict(grey, CLOSER).ab()
    assert min(closer.shape[2:]) > 1.3 * min(usual.shape[2:])
    moved = (scene(usual) - scene(closer)).norm(dim=1)
    local = (F.interpolate(usual, closer.shape[2:], mode="bilinear") - closer).norm(dim=1)
    assert moved.mean() < 0.6
    assert moved.max() < 3.0
    assert local.mean() > 1.0
    assert local.mean() > 3 * moved.mean()


def test_it_is_rendered_again_with_another_temperature_and_saturation(colorizer, grey):
    prediction = colorizer.predict(grey, CLOSER)
    assert prediction.picture().shape == (*grey.shape, 3)
    half = prediction.ab(saturation=0.5)
    torch.testing.assert_close(half, prediction.ab() * 0.5)
    assert not torch.allclose(prediction.ab(temperature=0.3), prediction.ab())


def test_frequencies_are_taken_from_where_they_belong():
    torch.manual_seed(0)
    usual = torch.randn(1, 2, 1, 1).expand(1, 2, 32, 48) * 20
    fine = torch.randn(1, 2, 64, 96) * 5
    result = with_details(usual, fine + 30.0)
    torch.testing.assert_close(scene(result), scene(usual), atol=1.0, rtol=0)
    assert (result - result.mean((2, 3), keepdim=True)).std() > 0.8 * fine.std()


def test_photos_that_are_no_larger_have_no_details(colorizer, grey):
    small = np.asarray(Image.fromarray(grey).resize((224, 224)))
    assert colorizer.predict(small, CLOSER).closer is None


def test_hints_hold_in_both_looks(colorizer):
    grey = np.asarray(Image.fromarray(skimage.data.astronaut()).convert("L"))
    hints = tuple(Hint(x, 400, "#2040c0", radius=8) for x in (100, 180))
    blue = colorizer.predict(grey, ColorizeOptions(detail=True, hints=hints)).ab()
    assert blue[0, 1, 88, 22] < -20


def test_on_the_command_line(tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(skimage.data.rocket()).convert("L").save(photo)
    for name, more in (("usual", []), ("closer", ["--detail"])):
        line = ["photo", str(photo), "-o", str(tmp_path / f"{name}.png"), *more]
        done = subprocess.run(
            [sys.executable, "-m", "colorize_core.cli.app", *line],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    usual, closer = (np.asarray(Image.open(tmp_path / f"{n}.png")) for n in ("usual", "closer"))
    difference = np.abs(usual.astype(int) - closer)
    assert 0.3 < difference.mean() < 10
