"""How far hints reach: over what looks like their place, and no further."""

import numpy as np
import pytest
import skimage.data
import torch

from colorize_core import ColorizeOptions, Colorizer
from colorize_core.engine.hints import Hint

FLAG, FACE, WALL = np.s_[60:200, 0:40], np.s_[80:150, 195:250], np.s_[20:120, 300:360]
PLACES = {"flag": (12, 24), "wall": (340, 60)}


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


@pytest.fixture(scope="module")
def grey() -> np.ndarray:
    return skimage.data.astronaut().mean(2).astype(np.uint8)


def moved(shipped: Colorizer, grey: np.ndarray, hint: Hint) -> np.ndarray:
    """Distance in ab that each pixel moves for a hint, ``(H, W)``."""
    alone, hinted = (
        shipped.predict(grey, ColorizeOptions(hints=hints)).ab() for hints in ((), (hint,))
    )
    far = torch.nn.functional.interpolate(hinted - alone, grey.shape, mode="bilinear")
    return far[0].norm(dim=0).numpy()


@pytest.mark.parametrize("color", ["navy", "#b01020", "green", "gold"])
@pytest.mark.parametrize("place", PLACES)
def test_a_face_keeps_its_color_whatever_is_hinted_elsewhere(shipped, grey, place, color):
    assert moved(shipped, grey, Hint(*PLACES[place], color, 3))[FACE].mean() < 5.0


def test_a_thing_gets_the_color_that_is_hinted_in_one_place_of_it(shipped, grey):
    wall = moved(shipped, grey, Hint(*PLACES["wall"], "#7fa8d8", 3))
    assert wall[WALL].mean() > 10.0 > 2.0 * wall[FACE].mean()
