"""The one painter, by its forms: photo files, host programs and bare colours."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from colorize_core.color import kernels
from colorize_core.color.lab import rgb_to_lab
from colorize_core.engine.rendering import Form, painter
from colorize_core.photo.depth import as_depth

HEIGHT, WIDTH = 40, 300
CHANNELS = {Form.RGB: 3, Form.RGB_D50: 4, Form.AB: 2, Form.AB_D50: 4}
FILLED = {
    Form.RGB: slice(0, 3),
    Form.RGB_D50: slice(0, 3),
    Form.AB: slice(0, 2),
    Form.AB_D50: slice(1, 3),
}
every_form = pytest.mark.parametrize("form", Form)


@pytest.fixture(params=["compiled", "torch"], autouse=True)
def _both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels and PyTorch, in turn."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)


@pytest.fixture
def lightness() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 100, (HEIGHT, WIDTH)).astype(np.float32)


@pytest.fixture
def ab() -> torch.Tensor:
    torch.manual_seed(0)
    return 40 * torch.randn(1, 2, 10, 75)


def painted(
    ab: torch.Tensor,
    lightness: np.ndarray,
    form: Form,
    paint: np.ndarray | None = None,
    dtype: type = np.float32,
    rows: int = HEIGHT,
) -> np.ndarray:
    """All strips of so many rows, put together."""
    pixels = np.full((HEIGHT, WIDTH, CHANNELS[form]), 7, dtype)
    fill = painter(ab, lightness, form, paint)
    for top in range(0, HEIGHT, rows):
        strip = slice(top, min(top + rows, HEIGHT))
        fill(strip, pixels[strip])
    return pixels


@every_form
def test_strips_of_any_height_are_the_whole_but_for_rounding(ab, lightness, form):
    whole = painted(ab, lightness, form)
    for rows in (1, 7, 16):
        np.testing.assert_allclose(painted(ab, lightness, form, rows=rows), whole, atol=1e-3)


@every_form
def test_channels_that_are_no_colors_stay_as_they_are(ab, lightness, form):
    pixels = painted(ab, lightness, form)
    others = np.delete(pixels, np.r_[FILLED[form]], axis=2)
    np.testing.assert_array_equal(others, 7)
    assert (pixels[..., FILLED[form]] != 7).all()


@every_form
def test_clear_paint_changes_nothing(ab, lightness, form):
    clear = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    clear[..., 0] = 255
    with_it, without = (painted(ab, lightness, form, paint) for paint in (clear, None))
    assert with_it.tobytes() == without.tobytes()


@every_form
def test_opaque_paint_is_the_color_whatever_was_predicted(ab, form):
    flat = np.full((HEIGHT, WIDTH), 55.0, np.float32)
    paint = np.full((HEIGHT, WIDTH, 4), (150, 120, 140, 255), np.uint8)
    colors = painted(ab, flat, form, paint)[..., FILLED[form]]
    if form in (Form.RGB, Form.RGB_D50):
        colors = rgb_to_lab(np.ascontiguousarray(colors))[..., 1:]
    wanted = rgb_to_lab(np.array([[150, 120, 140]]) / 255.0)[0, 1:]
    # Lab for D50 has other numbers for the same colour, by little for so pale a one.
    np.testing.assert_allclose(
        colors, np.broadcast_to(wanted, colors.shape), atol=1.5 if form.is_for_d50 else 0.01
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("form", [Form.RGB, Form.RGB_D50])
def test_integers_are_the_floats_rounded(ab, lightness, form, dtype):
    colors = painted(ab, lightness, form)[..., :3]
    rounded = painted(ab, lightness, form, dtype=dtype)[..., :3]
    levels = np.abs(as_depth(np.ascontiguousarray(colors), dtype).astype(int) - rounded)
    assert levels.max() <= 1  # halves
    assert (levels > 0).mean() < 0.01
