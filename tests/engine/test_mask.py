"""Only a part of a photo is colorized: where a mask is white."""

import pickle

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core import PhotoError, rgb_to_lab
from colorize_core.engine import ColorizeOptions
from colorize_core.engine.making import settings_of

PHOTO = skimage.data.camera()[::4, ::4]
TINTED = (PHOTO[..., None] * np.array([1.0, 0.9, 0.7])).astype(np.uint8)


@pytest.fixture
def mask() -> np.ndarray:
    """Black, grey and white from the left."""
    shares = np.zeros(PHOTO.shape, np.uint8)
    shares[:, 40:80], shares[:, 80:] = 128, 255
    return shares


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_white_is_colorized_black_stays_and_grey_blends(colorizer, mask, dtype):
    photo = (
        TINTED.astype(dtype) * {np.uint8: 1, np.uint16: 257, np.float32: np.float32(1 / 255)}[dtype]
    )
    whole = colorizer.colorize(_photo(photo), saturation=0.3).pixels
    part = colorizer.colorize(_photo(photo), saturation=0.3, mask=mask).pixels
    assert part.dtype == dtype
    assert (part[:, :40] == photo[:, :40]).all()
    assert_alike(part[:, 80:], whole[:, 80:])
    own, new, mixed = (_ab(one)[:, 40:80] for one in (photo, whole, part))
    assert abs(mixed - (own + new) / 2).mean() < 1.5


def assert_alike(one: np.ndarray, other: np.ndarray) -> None:
    """Let kernels and PyTorch, which paints where colours blend, round differently."""
    level = {np.dtype(np.uint8): 1.0, np.dtype(np.uint16): 40.0}.get(one.dtype, 1e-3)
    assert abs(one.astype(np.float64) - other).max() <= level


def _photo(pixels: np.ndarray):
    from colorize_core import Photo

    return Photo(pixels.copy())


def _ab(pixels: np.ndarray) -> np.ndarray:
    scale = 1.0 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    return rgb_to_lab((pixels / scale).astype(np.float32))[..., 1:]


def test_a_grey_photo_stays_grey_where_the_mask_is_black(colorizer, mask):
    part = colorizer(PHOTO, mask=mask)
    assert (part[:, :40] == PHOTO[:, :40, None]).all()
    assert_alike(part[:, 80:], colorizer(PHOTO)[:, 80:])


def test_the_photos_own_array_is_not_painted_over(colorizer, mask):
    given = TINTED.copy()
    colorizer(given, mask=mask)
    assert (given == TINTED).all()


def test_masks_are_taken_as_photos_are(colorizer, mask, tmp_path):
    part = colorizer(TINTED, mask=mask)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    transparent = np.full((*mask.shape, 4), 255, np.uint8)
    transparent[..., 3] = mask
    for given in (
        tmp_path / "mask.png",
        str(tmp_path / "mask.png"),
        Image.fromarray(mask),
        Image.fromarray(transparent),
        np.repeat(mask[..., None], 3, 2),
        mask / np.float32(255),
    ):
        assert (colorizer(TINTED, mask=given) == part).all()
    half = mask > 200
    assert (colorizer(TINTED, mask=half)[:, :80] == TINTED[:, :80]).all()


def test_a_mask_of_another_size_is_refused(colorizer, mask):
    with pytest.raises(ValueError, match=r"the mask is 128 x 100 pixels and the photo 128 x 128"):
        colorizer(TINTED, mask=mask[:100])


def test_a_mask_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "mask.png").write_text("no mask")
    with pytest.raises(PhotoError, match=r"mask\.png: not a photograph"):
        ColorizeOptions(mask=tmp_path / "mask.png")
    with pytest.raises(TypeError, match="expected a path"):
        ColorizeOptions(mask=3)


def test_options_with_a_mask_compare_pickle_and_are_told_apart(mask):
    options = ColorizeOptions(mask=mask)
    assert pickle.loads(pickle.dumps(options)) == options
    assert hash(options) == hash(ColorizeOptions(mask=mask.copy()))
    assert options != ColorizeOptions(mask=255 - mask)
    assert options != ColorizeOptions()
    said = {settings_of(ColorizeOptions(mask=one)) for one in (mask, 255 - mask, None)}
    assert len(said) == 3
