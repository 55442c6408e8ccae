import numpy as np
import pytest
import torch

from colorize_core.color import ab_bins, fit_gamut, lab_to_rgb
from colorize_core.engine import ColorizeOptions, Prediction


@pytest.fixture
def prediction(colorizer, color_image) -> Prediction:
    return colorizer.predict(np.asarray(color_image), ColorizeOptions(size=64))


@pytest.mark.parametrize(("temperature", "saturation"), [(None, 1.0), (0.1, 1.5), (1.0, 4.0)])
def test_render_holds_the_colors_of_the_picture(prediction, temperature, saturation):
    ab = prediction.render(temperature, saturation)
    lab = np.concatenate((prediction.lightness[..., None], ab), 2)
    expected = (lab_to_rgb(lab) * 255.0).round().astype(int)
    difference = prediction.picture(temperature, saturation) - expected
    assert np.abs(difference).max() <= 1


def test_render_gives_ab_at_full_size(prediction):
    ab = prediction.render()
    assert (ab.shape, ab.dtype) == ((36, 48, 2), np.float32)


def test_rendered_colors_are_in_gamut(prediction):
    ab = prediction.render(0.05, 4.0)
    lab = torch.from_numpy(np.concatenate((prediction.lightness[..., None], ab), 2))
    lab = lab.permute(2, 0, 1)
    torch.testing.assert_close(fit_gamut(lab), lab, atol=0.05, rtol=0)


def test_other_temperatures_and_saturations_need_no_second_look(colorizer, color_image, seen_sizes):
    prediction = colorizer.predict(np.asarray(color_image), ColorizeOptions(size=64))
    pictures = {
        prediction.picture(temperature, saturation).tobytes()
        for temperature in (0.2, 0.6, 1.0)
        for saturation in (0.5, 1.0)
    }
    assert len(pictures) == 6
    assert len(seen_sizes) == 1


def test_saturation_scales_ab(prediction):
    torch.testing.assert_close(prediction.ab(0.5, 2.0), 2.0 * prediction.ab(0.5))


def test_no_saturation_is_no_color(prediction):
    assert not prediction.render(saturation=0.0).any()


def test_the_models_temperature_is_taken_unless_told_otherwise(prediction):
    torch.testing.assert_close(prediction.ab(), prediction.ab(prediction.temperature))


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_temperatures_not_above_zero_are_refused(prediction, temperature):
    with pytest.raises(ValueError, match="temperature must be above 0"):
        prediction.picture(temperature)


def test_certain_logits_render_as_their_bin():
    output = torch.full((1, 313, 2, 2), -100.0)
    output[:, 150] = 100.0
    lightness = np.full((8, 8), 50.0, np.float32)
    expected = ab_bins()[150].numpy()
    np.testing.assert_allclose(
        Prediction(output, lightness, 0.38).ab()[0, :, 0, 0].numpy(), expected, atol=1e-4
    )


def test_regression_output_is_ab_by_110():
    output = torch.tensor([0.1, -0.2]).view(1, 2, 1, 1)
    ab = Prediction(output, np.full((4, 4), 50.0, np.float32), 0.38).render()
    np.testing.assert_allclose(ab, np.broadcast_to([11.0, -22.0], (4, 4, 2)), atol=1e-4)
