"""PNG files are put together of strips: other programs read the same pixels."""

import io
import zlib

import imagecodecs
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core.photo import png
from colorize_core.photo.profiles import srgb_profile

MANY_STRIPS = (1500, 1200)  # pixels, across and down


@pytest.fixture(params=["ISA-L", "zlib"])
def compressor(request, monkeypatch):
    """With the fast library, and as where it is missing."""
    if request.param == "zlib":
        monkeypatch.setattr(png, "_zlib", zlib)
    else:
        assert png._zlib is not zlib


@pytest.mark.parametrize("size", [MANY_STRIPS, (1500, 1), (1, 1200), (1, 1)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_pixel_is_there(compressor, tmp_path, size, channels, dtype):
    coffee = np.asarray(Image.fromarray(skimage.data.coffee()).resize(size))
    noise = np.random.default_rng(0).integers(0, 256, coffee.shape)
    pixels = (coffee.astype(int) * 256 + noise if dtype == np.uint16 else coffee).astype(dtype)
    pixels = pixels if channels > 2 else pixels[..., 0]
    alpha = pixels.reshape(*pixels.shape[:2], -1)[..., 0][::-1] if channels in (2, 4) else None
    content = b"".join(png.encode(pixels, alpha, srgb_profile(), {}))
    read, opacity = png.decode(content)
    np.testing.assert_array_equal(read, pixels)
    if alpha is not None:
        np.testing.assert_array_equal(opacity, alpha)
    with Image.open(io.BytesIO(content)) as image:
        image.load()  # Pillow has a decoder of its own, and checks every sum
        assert image.size == size
        if dtype == np.uint8:
            of_pillow = np.asarray(image).reshape(*pixels.shape[:2], channels)
            np.testing.assert_array_equal(
                of_pillow, imagecodecs.png_decode(content).reshape(of_pillow.shape)
            )


def test_the_whole_is_one_stream_with_its_own_sum():
    pixels = np.asarray(Image.fromarray(skimage.data.coffee()).resize(MANY_STRIPS))
    content = b"".join(png.encode(pixels, None, srgb_profile(), {}))
    parts, at = [], 8
    while at < len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        data = content[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == int.from_bytes(content[at + 8 + length :][:4], "big")
        parts += [data] if kind == b"IDAT" else []
        at += 12 + length
    assert len(parts) > 3
    values = zlib.decompress(b"".join(parts))
    assert len(values) == 1200 * (1 + 3 * 1500)
