"""The figures, by what their pixels say."""

import math

import numpy as np
import pytest
import skimage.color
import skimage.data
import torch

from colorize_core.color import uniform_prior
from colorize_core.color.gamut import ab_bins
from colorize_core.engine import Colorizer
from colorize_core.engine.prediction import Prediction
from colorize_core.figures.canvas import FAINT, MARGIN, TEXT, shades
from colorize_core.figures.curves import curves_figure, running_mean
from colorize_core.figures.photo import entropy_figure, entropy_map, temperature_strip
from colorize_core.figures.plane import CELL, cell_of, plane_figure


def color_of_bin(figure, number):
    """The pixel in the middle of a bin's cell in the left plane."""
    left, top, _, _ = cell_of(*ab_bins()[number].tolist())
    corner = (left + 2 * MARGIN, top + 2 * MARGIN + 3 * TEXT)
    return figure.getpixel((corner[0] + CELL // 2, corner[1] + CELL // 2))


def shade(share):
    return tuple(shades(np.array(share)).tolist())


def test_the_scale_grows_lighter_evenly():
    lightness = skimage.color.rgb2lab(shades(np.linspace(0, 1, 9))[None])[0, :, 0]
    np.testing.assert_allclose(np.diff(lightness), 10, atol=0.8)


def test_bins_are_drawn_on_a_logarithmic_scale_and_those_at_zero_in_grey():
    values = torch.zeros(313)
    values[100], values[150], values[200] = 1.0, 0.1, 0.01
    figure = plane_figure(values, "title", "label")
    assert color_of_bin(figure, 100) == shade(1.0)
    assert color_of_bin(figure, 150) == shade(0.5)
    assert color_of_bin(figure, 200) == shade(0.0)
    assert color_of_bin(figure, 0) == FAINT


def test_all_bins_alike_have_one_color():
    figure = plane_figure(uniform_prior(), "title", "label")
    assert len({color_of_bin(figure, number) for number in range(313)}) == 1


def test_nothing_but_zeros_is_refused():
    with pytest.raises(ValueError, match="title: all values are zero"):
        plane_figure(torch.zeros(313), "title", "label")


def test_entropy_is_that_of_the_distribution():
    logits = torch.zeros(1, 313, 1, 3)
    logits[0, 0, 0, 1] = 1000.0
    logits[0, :2, 0, 2] = 1000.0
    expected = torch.tensor([[[math.log(313), 0.0, math.log(2)]]])
    torch.testing.assert_close(entropy_map(logits), expected, atol=1e-4, rtol=0)


def test_the_entropy_figure_shows_certain_and_uncertain_halves():
    logits = torch.zeros(1, 313, 8, 8)
    logits[0, 0, :, :4] = 1000.0
    lightness = np.full((32, 32), 50.0, np.float32)
    figure = entropy_figure(Prediction(logits, lightness, 0.38), "halves")
    left, top = 3 * MARGIN + 32, 2 * MARGIN + 3 * TEXT
    assert figure.getpixel((left + 8, top + 16)) == shade(0.0)
    assert figure.getpixel((left + 24, top + 16)) == shade(1.0)


def test_color_grows_along_the_strip_from_mean_to_mode(lite_weights):
    prediction = Colorizer(lite_weights).predict(skimage.data.camera()[::4, ::4])
    strip = np.asarray(temperature_strip(prediction, (1.0, 0.38, 0.0)))
    pictures = [
        strip[MARGIN : MARGIN + 128, MARGIN + at * (128 + MARGIN) :][:, :128] for at in range(3)
    ]
    chroma = [np.hypot(*np.moveaxis(skimage.color.rgb2lab(p)[..., 1:], 2, 0)) for p in pictures]
    means = [float(values.mean()) for values in chroma]
    assert means == sorted(means)
    np.testing.assert_array_equal(pictures[1], prediction.picture(0.38))


@pytest.mark.parametrize("draw", [temperature_strip, lambda p: entropy_figure(p, "title")])
def test_a_network_without_classes_has_no_distributions_to_draw(draw):
    prediction = Prediction(torch.zeros(1, 2, 4, 4), np.zeros((16, 16), np.float32), 0.38)
    with pytest.raises(ValueError, match="has no distribution of colours; lite and eccv16 have"):
        draw(prediction)


def test_a_running_mean_leaves_a_line_where_it_is():
    line = np.arange(50.0)
    np.testing.assert_allclose(running_mean(line, 5), line)
    np.testing.assert_allclose(running_mean(np.array([0.0, 3.0, 0.0, 3.0]), 1), [0, 1, 2, 3])


def test_a_panel_is_drawn_for_every_curve():
    one = curves_figure({"loss": [(1, 2.0), (2, 1.0)]})
    two = curves_figure({"loss": [(1, 2.0), (2, 1.0)], "rate": [(1, 0.5)]})
    assert two.width > 1.9 * one.width - 2 * MARGIN
    assert two.height == one.height


def test_values_that_are_not_finite_do_not_spoil_a_figure():
    values = [(1, 2.0), (2, 1.0)]
    plain = np.asarray(curves_figure({"loss": values}))
    spoilt = np.asarray(curves_figure({"loss": [*values, (3, math.nan), (4, math.inf)]}))
    np.testing.assert_array_equal(plain, spoilt)
    curves_figure({"loss": [(1, math.nan)]})


def test_no_curves_are_said():
    with pytest.raises(ValueError, match="no learning curves"):
        curves_figure({})
