"""What photos may be given as: all ways to use a colorizer take the same and give it back."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import colorize_core
from colorize_core.engine import ColorizeOptions, Hint
from colorize_core.photo import Photo, PhotoError, PhotoImage, read_photo

SIZE = {"size": 64}


@pytest.fixture
def grey() -> np.ndarray:
    down, across = np.mgrid[0:36, 0:48]
    return (down * 3 + across * 3).astype(np.uint8)


@pytest.fixture
def file(grey, tmp_path) -> Path:
    path = tmp_path / "grey.png"
    Image.fromarray(grey).save(path)
    return path


WAYS: dict[str, Callable[[Path], Any]] = {
    "string": str,
    "path": Path,
    "image": Image.open,
    "array": lambda path: np.asarray(Image.open(path)),
    "tensor": lambda path: torch.from_numpy(np.array(Image.open(path))),
    "photo": read_photo,
    "bytes": Path.read_bytes,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "open file": lambda path: path.open("rb"),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_takes_every_kind_of_photo(colorizer, file, grey, way):
    expected = colorizer(grey, **SIZE)
    colored = colorizer(WAYS[way](file), **SIZE)
    pixels = {
        "tensor": lambda: colored.movedim(0, 2).numpy(),
        "photo": lambda: colored.pixels,
    }.get(way, lambda: np.asarray(colored))()
    np.testing.assert_array_equal(pixels, expected)
    np.testing.assert_array_equal(colorizer.colorize(WAYS[way](file), **SIZE).pixels, expected)
    np.testing.assert_array_equal(colorizer.predict(WAYS[way](file), **SIZE).picture(), expected)


@pytest.mark.parametrize("way", ["string", "image", "bytes", "open file", "BytesIO"])
def test_files_and_images_come_back_as_images(colorizer, file, way):
    assert type(colorizer(WAYS[way](file), **SIZE)) is PhotoImage


def test_a_file_that_was_just_written_is_read_from_its_beginning(colorizer, color_image):
    buffer = io.BytesIO()
    color_image.save(buffer, "PNG")
    assert colorizer(buffer, **SIZE).size == (48, 36)


def test_an_open_file_stays_open(colorizer, file):
    with file.open("rb") as opened:
        colorizer(opened, **SIZE)
        assert not opened.closed


@pytest.mark.parametrize(
    ("values", "dtype"),
    [(np.uint8, np.uint8), (np.uint16, np.uint16), (">u2", np.uint16), (np.float16, np.uint8)],
)
def test_arrays_of_whole_numbers_keep_their_depth(colorizer, values, dtype):
    assert colorizer(np.ones((9, 12), values), **SIZE).dtype == dtype


def test_arrays_of_16_bits_are_more_than_their_upper_bytes(colorizer, grey):
    deep = colorizer(grey.astype(np.uint16) * 257, **SIZE)
    assert (deep % 257).any()
    assert np.abs(deep / 257 - colorizer(grey, **SIZE)).max() <= 0.51


def test_bools_are_black_and_white(colorizer, grey):
    line = grey > 100
    expected = colorizer(np.where(line, 255, 0).astype(np.uint8), **SIZE)
    np.testing.assert_array_equal(colorizer(line, **SIZE), expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_fourth_channel_is_alpha_and_stays(colorizer, color_image, dtype):
    colors = np.asarray(color_image).astype(dtype)
    alpha = np.arange(36 * 48).reshape(36, 48, 1).astype(dtype)
    colored = colorizer(np.concatenate((colors, alpha), 2), **SIZE)
    np.testing.assert_array_equal(colored[..., 3:], alpha)
    np.testing.assert_array_equal(colored[..., :3], colorizer(colors, **SIZE))


@pytest.mark.parametrize(
    ("dtype", "gives"),
    [
        (torch.uint8, torch.uint8),
        (torch.uint16, torch.uint16),
        (torch.bool, torch.uint8),
        (torch.float32, torch.float32),
        (torch.float16, torch.float16),
        (torch.bfloat16, torch.bfloat16),
        (torch.float64, torch.float64),
    ],
)
@pytest.mark.parametrize(
    ("shape", "channels"), [((9, 12), 3), ((1, 9, 12), 3), ((3, 9, 12), 3), ((4, 9, 12), 4)]
)
def test_tensors_come_back_with_channels_first_in_their_own_type(
    colorizer, dtype, gives, shape, channels
):
    colored = colorizer(torch.ones(shape).to(dtype), **SIZE)
    assert (colored.dtype, tuple(colored.shape)) == (gives, (channels, 9, 12))


def test_floating_tensors_are_in_0_to_1(colorizer, grey):
    tensor = torch.from_numpy(grey / 255.0).requires_grad_()
    colored = colorizer(tensor, **SIZE)
    expected = torch.from_numpy(colorizer(grey, **SIZE) / 255.0).movedim(2, 0)
    torch.testing.assert_close(colored, expected, atol=0.003, rtol=0)


def test_a_batch_of_tensors_is_one(colorizer, grey):
    batch = torch.from_numpy(np.stack((grey, 255 - grey)))[:, None]
    colored = colorizer(batch, **SIZE)
    assert tuple(colored.shape) == (2, 3, 36, 48)
    torch.testing.assert_close(colored[1], colorizer(batch[1], **SIZE))


@pytest.mark.parametrize("kind", [list, tuple])
def test_lists_give_lists_of_what_they_hold(colorizer, file, grey, kind):
    colored = colorizer(kind((file, grey)), **SIZE)
    assert [type(one) for one in colored] == [PhotoImage, np.ndarray]
    assert [type(one) for one in colorizer.colorize(kind((file, grey)), **SIZE)] == [Photo] * 2
    assert len(colorizer.predict(kind((file, grey)), **SIZE)) == 2


@pytest.mark.parametrize("way", ["array", "photo", "image"])
def test_what_is_given_stays_as_it_is(colorizer, color_image, way, tmp_path):
    color_image.save(tmp_path / "color.png")
    given = WAYS[way](tmp_path / "color.png")
    if way == "photo":
        given.pixels.flags.writeable = True
    colorizer(given, **SIZE)
    colorizer.colorize(given, **SIZE)
    pixels = given.pixels if way == "photo" else given
    np.testing.assert_array_equal(np.asarray(pixels), np.asarray(color_image))


@pytest.mark.parametrize("use", ["__call__", "colorize", "predict"])
@pytest.mark.parametrize("given", [None, 3, object(), {"path": "x"}, iter([])])
def test_what_is_no_photo_is_refused_in_one_sentence(colorizer, use, given):
    kind = type(given).__name__
    with pytest.raises(TypeError, match=f"expected a path, a Pillow image, .*; got {kind}$"):
        getattr(colorizer, use)(given)


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((9, 12, 3), "channels come first: permute"),
        ((2, 9, 12), r"got \(2, 9, 12\)$"),
        ((9,), r"got \(9,\)$"),
        ((1, 1, 3, 9, 12), r"got \(1, 1, 3, 9, 12\)$"),
    ],
)
def test_tensors_of_other_shapes_are_refused(colorizer, shape, advice):
    with pytest.raises(ValueError, match=advice):
        colorizer(torch.zeros(shape))


@pytest.mark.parametrize("use", ["colorize", "predict"])
def test_a_batch_of_tensors_is_no_single_photo(colorizer, use):
    with pytest.raises(ValueError, match=r"give a batch as a list: list\(tensor\)"):
        getattr(colorizer, use)(torch.zeros(2, 3, 9, 12))


def test_values_out_of_range_are_named(colorizer):
    with pytest.raises(
        ValueError, match=r"expected floating point values within 0\.\.1; got 0\.\."
    ):
        colorizer(np.linspace(0, 255, 64).reshape(8, 8))


def test_photos_of_no_depth_are_refused(colorizer):
    with pytest.raises(ValueError, match="expected a Photo of uint8, uint16 or float32; got int64"):
        colorizer(Photo(np.zeros((9, 9), np.int64)))


def test_files_that_are_open_as_text_are_refused(colorizer, file):
    with file.open(errors="replace") as opened, pytest.raises(TypeError, match="mode 'rb'"):
        colorizer(opened)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.jpg", Path("https://example.org/a.jpg")]
)
def test_addresses_are_refused_with_advice(colorizer, address):
    with pytest.raises(
        PhotoError, match=r"^https://example\.org/a\.jpg: is an address, .*download it first$"
    ):
        colorizer(address)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "is empty"), (b"no photo", "not a photograph that can be read")]
)
def test_bytes_that_are_no_photo_are_refused_by_what_they_are(colorizer, content, reason, tmp_path):
    with pytest.raises(PhotoError, match=f"^the bytes given: .*{reason}"):
        colorizer(content)
    (tmp_path / "x.jpg").write_bytes(content)
    with (tmp_path / "x.jpg").open("rb") as opened, pytest.raises(PhotoError, match=r"/x\.jpg: "):
        colorizer(opened)


def test_options_are_the_same_for_a_colorizer_and_the_function(colorizer, lite_weights, grey):
    values = {"saturation": 2.0, "size": 64, "hints": [{"x": 9, "y": 9, "color": "blue"}]}
    by_name = colorizer(grey, **values)
    options = ColorizeOptions(saturation=2.0, size=64, hints=(Hint(9, 9, "#0000ff"),))
    np.testing.assert_array_equal(colorizer(grey, options), by_name)
    model = {"model": lite_weights, "device": "cpu"}
    np.testing.assert_array_equal(colorize_core.colorize(grey, **model, **values), by_name)
    np.testing.assert_array_equal(colorize_core.colorize(grey, options, **model), by_name)
    np.testing.assert_array_equal(colorizer.colorize(grey, **values).pixels, by_name)
    prediction = colorizer.predict(grey, **values)
    np.testing.assert_array_equal(prediction.picture(saturation=2.0), by_name)


@pytest.mark.parametrize("use", ["__call__", "colorize", "predict"])
@pytest.mark.parametrize("name", ["model", "device"])
def test_a_colorizer_does_not_take_another_model_or_device(colorizer, grey, use, name):
    with pytest.raises(TypeError, match=f"{name} is no option but a Colorizer's own"):
        getattr(colorizer, use)(grey, **{name: "nonsense"})


def test_what_there_is_describes_itself(colorizer, lite_weights, color_image):
    photo = Photo(np.asarray(color_image), np.zeros((36, 48), np.uint8), {"exif": bytes(9999)})
    assert repr(colorizer) == f"Colorizer(model={str(lite_weights)!r}, device='cpu')"
    assert repr(photo) == "<Photo of 48 x 36 pixels: RGB, uint8, with alpha, with exif>"
    said = repr(colorizer.predict(photo, **SIZE))
    assert said.startswith("<Prediction of a photo of 48 x 36 pixels: logits of 313 colours at ")
    assert len(repr(colorizer.model)) < 100
