import json

import numpy as np
import pytest
from PIL import Image
from skimage import color as skimage_color
from skimage import data as skimage_data

from colorize_core.engine import ColorizeOptions, Colorizer, Hint, HintError
from colorize_core.engine.colorizer import network_size
from colorize_core.engine.inputs import photo_of_array
from colorize_core.models import load_model
from colorize_core.models.registry import MODELS
from colorize_core.photo import PhotoError, read_photo

SMALL = ColorizeOptions(size=64)


def noise(size: tuple[int, int]) -> np.ndarray:
    """Pixels of all tones, uint8: an even area would be taken for blank paper."""
    return np.random.default_rng(0).integers(0, 256, size, np.uint8)


def lightness_of(rgb: np.ndarray) -> np.ndarray:
    if rgb.ndim == 2:
        rgb = np.stack((rgb,) * 3, -1)
    return skimage_color.rgb2lab(rgb)[..., 0]


def chroma_of(rgb: np.ndarray) -> np.ndarray:
    return np.linalg.norm(skimage_color.rgb2lab(rgb)[..., 1:], axis=-1)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return skimage_data.astronaut()[:150, 120:320]


def test_a_path_gives_an_image_at_full_size(colorizer, color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    result = colorizer(tmp_path / "x.png", SMALL)
    assert isinstance(result, Image.Image)
    assert (result.mode, result.size) == ("RGB", (48, 36))


def test_a_path_may_be_a_string(colorizer, color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    assert colorizer(str(tmp_path / "x.png"), SMALL).size == (48, 36)


@pytest.mark.parametrize(
    ("mode", "expected"), [("L", "RGB"), ("RGB", "RGB"), ("P", "RGB"), ("RGBA", "RGBA")]
)
def test_images_of_any_mode_give_an_image_at_full_size(colorizer, color_image, mode, expected):
    result = colorizer(color_image.convert(mode), SMALL)
    assert (result.mode, result.size) == (expected, (48, 36))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(36, 48), (36, 48, 1), (36, 48, 3)])
def test_arrays_give_an_8_bit_array_at_full_size(colorizer, dtype, shape):
    result = colorizer(np.ones(shape, dtype), SMALL)
    assert (result.dtype, result.shape) == (np.uint8, (36, 48, 3))


def test_arrays_and_images_get_the_same_colors(colorizer, color_image):
    by_image = np.asarray(colorizer(color_image, SMALL))
    np.testing.assert_array_equal(by_image, colorizer(np.asarray(color_image), SMALL))


def test_floats_get_the_colors_of_the_bytes_they_stand_for(colorizer, color_image):
    pixels = np.asarray(color_image)
    difference = colorizer(pixels / 255.0, SMALL).astype(int) - colorizer(pixels, SMALL)
    assert np.abs(difference).max() <= 1


def test_a_grey_array_and_one_with_a_channel_get_the_same_colors(colorizer, color_image):
    grey = np.asarray(color_image.convert("L"))
    np.testing.assert_array_equal(colorizer(grey, SMALL), colorizer(grey[..., None], SMALL))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4), np.int64),
        np.zeros((4, 4), object),
        np.full((4, 4), 1.5),
        np.full((4, 4), -0.5),
        np.full((4, 4), np.nan),
    ],
    ids=["five", "pair", "line", "empty", "int64", "objects", "above", "below", "nan"],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ValueError, match="expected"):
        photo_of_array(array)


def test_lightness_of_a_grey_photo_is_untouched(colorizer, astronaut):
    grey = np.asarray(Image.fromarray(astronaut).convert("L"))
    difference = lightness_of(colorizer(grey, SMALL)) - lightness_of(grey)
    assert np.abs(difference).max() <= 0.6


def test_lightness_of_a_color_photo_is_untouched(colorizer, astronaut):
    difference = lightness_of(colorizer(astronaut, SMALL)) - lightness_of(astronaut)
    assert np.abs(difference).max() <= 0.6


def test_photos_become_colorful(colorizer, astronaut):
    grey = np.asarray(Image.fromarray(astronaut).convert("L"))
    assert chroma_of(colorizer(grey, SMALL)).mean() > 5.0


def test_the_colors_of_a_photo_are_not_looked_at(colorizer, color_image):
    # Only the lightness is seen; turning it grey by that lightness changes it by rounding.
    pixels = np.asarray(color_image)
    lab = skimage_color.rgb2lab(pixels)
    grey = skimage_color.lab2rgb(lab * [1.0, 0.0, 0.0])
    difference = colorizer(pixels, SMALL).astype(int) - colorizer(grey, SMALL)
    assert np.abs(difference).max() <= 2


@pytest.mark.parametrize("temperature", [None, 0.1, 1.0])
def test_without_saturation_photos_are_grey(colorizer, color_image, temperature):
    options = ColorizeOptions(size=64, saturation=0.0, temperature=temperature)
    assert np.ptp(np.asarray(colorizer(color_image, options)), axis=2).max() <= 1


def test_a_low_temperature_is_more_vivid(colorizer, astronaut):
    vivid, pale = (
        chroma_of(colorizer(astronaut, ColorizeOptions(size=64, temperature=t))).mean()
        for t in (0.05, 1.0)
    )
    assert vivid > pale


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((300, 900), (64, 192)),
        ((900, 300), (192, 64)),
        ((512, 512), (64, 64)),
        ((5, 10), (64, 128)),
    ],
)
def test_the_network_sees_the_aspect_of_the_photo(colorizer, seen_sizes, size, expected):
    colorizer(noise(size), SMALL)
    assert seen_sizes == [expected]


def test_the_network_sees_sides_that_it_can_halve(colorizer, seen_sizes):
    # 100 x 300 is padded to multiples of 32.
    colorizer(noise((300, 900)), ColorizeOptions(size=100))
    assert seen_sizes == [(128, 320)]


@pytest.mark.parametrize(
    ("photo", "asked", "seen"),
    [
        ((300, 600), None, (256, 512)),
        ((300, 600), 288, (288, 576)),
        ((96, 160), None, (96, 160)),  # a small photo is not blown up ...
        ((20, 30), None, (64, 96)),  # ... further than it takes to see anything
        ((96, 160), 192, (192, 320)),
    ],
)
def test_the_models_own_size_is_taken_unless_told_otherwise(
    colorizer, seen_sizes, photo, asked, seen
):
    colorizer(noise(photo), ColorizeOptions(size=asked))
    assert seen_sizes == [seen]


# A small photo is not blown up, but for a network that learnt so.
@pytest.mark.parametrize(("smallest", "seen"), [(64, [64, 100, 192]), (192, [192, 192, 192])])
def test_the_sidecar_says_how_small_photos_are_seen(tmp_path, smallest, seen):
    weights = tmp_path / "some.safetensors"
    weights.write_bytes(MODELS["lite"].weights.read_bytes())
    weights.with_suffix(".json").write_text(json.dumps({"size": 192, "smallest": smallest}))
    model = load_model(weights)
    assert [model.side_for(own) for own in (20, 100, 400)] == seen
    assert model.side_for(20, 48) == 48  # as somebody said


def test_small_photos_are_blown_up_for_a_network_that_learnt_so():
    lite = Colorizer("lite")
    assert lite.model.smallest == 224
    assert lite.predict(noise((96, 160))).output.shape == (1, 313, 56, 93)
    told = lite.predict(noise((96, 160)), ColorizeOptions(size=96))
    assert told.output.shape == (1, 313, 24, 40)


@pytest.mark.parametrize("size", [(480, 640), (641, 479), (1000, 3999), (33, 97)])
def test_network_size_keeps_the_aspect_to_the_stride(size):
    height, width = network_size(size, 256)
    assert min(height, width) == 256
    assert max(height, width) == pytest.approx(256 * max(size) / min(size), abs=2)


def test_very_long_photos_are_squeezed():
    assert network_size((10, 10_000), 256) == (256, 1024)


@pytest.mark.parametrize("size", [(1, 1), (31, 20), (1, 10_000), (10_000, 1)])
def test_tiny_and_thin_photos_work(colorizer, size):
    assert colorizer(noise(size), SMALL).shape == (*size, 3)


def test_padding_is_cut_off_again(colorizer):
    # Seen at 100 x 140, padded to 128 x 160; the logits come at a quarter of what was seen.
    prediction = colorizer.predict(noise((200, 280)), ColorizeOptions(size=100))
    assert prediction.output.shape[2:] == (25, 35)


def test_fully_transparent_photos_stay_so(colorizer, color_image):
    transparent = color_image.copy()
    transparent.putalpha(0)
    assert colorizer(transparent, SMALL).getchannel("A").getextrema() == (0, 0)


def test_alpha_is_kept(colorizer, color_image):
    alpha = color_image.getchannel("R")
    transparent = color_image.copy()
    transparent.putalpha(alpha)
    result = colorizer(transparent, SMALL).getchannel("A")
    np.testing.assert_array_equal(np.asarray(result), np.asarray(alpha))


def test_photos_keep_their_metadata(colorizer, color_image, tmp_path):
    color_image.save(tmp_path / "x.png", dpi=(300, 300))
    photo = read_photo(tmp_path / "x.png")
    assert colorizer.colorize(photo, SMALL).info == photo.info


def test_missing_photos_are_reported(colorizer, tmp_path):
    with pytest.raises(PhotoError, match=r"x\.png"):
        colorizer(tmp_path / "x.png")


def test_repeated_calls_give_the_same(colorizer, color_image):
    first, second = (np.asarray(colorizer(color_image, SMALL)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_two_colorizers_give_the_same(colorizer, lite_weights, color_image):
    other = Colorizer(lite_weights, device="cpu")
    np.testing.assert_array_equal(
        np.asarray(colorizer(color_image, SMALL)), np.asarray(other(color_image, SMALL))
    )


def test_calls_do_not_influence_later_ones(colorizer, color_image):
    before = np.asarray(colorizer(color_image, SMALL))
    colorizer(color_image, ColorizeOptions(size=96, hints=(Hint(3, 3, "#ff0000"),)))
    np.testing.assert_array_equal(np.asarray(colorizer(color_image, SMALL)), before)


def test_hints_change_the_colors(colorizer, color_image):
    hinted = ColorizeOptions(size=64, hints=(Hint(20, 20, "#0000ff", 8),))
    assert colorizer(color_image, hinted).tobytes() != colorizer(color_image, SMALL).tobytes()


def test_hints_leave_lightness_untouched(colorizer, astronaut):
    hinted = ColorizeOptions(size=64, hints=(Hint(20, 20, "#0000ff", 40),))
    difference = lightness_of(colorizer(astronaut, hinted)) - lightness_of(astronaut)
    assert np.abs(difference).max() <= 0.6


def test_models_that_take_no_hints_refuse_them(eccv16_weights):
    colorizer = Colorizer(eccv16_weights, device="cpu")
    hinted = ColorizeOptions(size=64, hints=(Hint(2, 2, "#0000ff"),))
    with pytest.raises(HintError, match="eccv16 takes no colour hints; lite and siggraph17 do"):
        colorizer(np.zeros((64, 64), np.uint8), hinted)


def test_regression_networks_colorize_too(regression_weights, astronaut):
    result = Colorizer(regression_weights, device="cpu")(astronaut, SMALL)
    assert np.abs(lightness_of(result) - lightness_of(astronaut)).max() <= 0.6
    assert chroma_of(result).mean() > 5.0


def test_the_automatic_device_works(lite_weights, color_image):
    assert Colorizer(lite_weights, device="auto")(color_image, SMALL).size == (48, 36)


def test_unknown_devices_are_refused(lite_weights):
    with pytest.raises(ValueError, match="'abacus' cannot be used here"):
        Colorizer(lite_weights, device="abacus")


def test_unknown_models_are_refused():
    with pytest.raises(ValueError, match=r"'vgg'.*lite"):
        Colorizer("vgg")
