"""Colours through the profiles of files, and in what space they are written."""

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from by_hand import png_by_hand
from icc import (
    ADOBE,
    ADOBE_GAMMA,
    GAMMA,
    P3,
    SRGB,
    cmyk_profile,
    gamma_profile,
    in_adobe_rgb,
    in_display_p3,
    lab_of_cmyk,
    out_of_adobe_rgb,
    out_of_display_p3,
    power,
    profile,
    rgb_profile,
    srgb_curve,
    srgb_of_linear,
)
from PIL import Image, ImageCms
from skimage import color, data

from colorize_core.engine import ColorizeOptions
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo import Photo, read_photo, write_photo

LARGE_SPACES = {
    "Adobe RGB": (rgb_profile(ADOBE, power(ADOBE_GAMMA)), in_adobe_rgb),
    "Display P3": (rgb_profile(P3, srgb_curve()), in_display_p3),
}
OUT_OF = {"Adobe RGB": out_of_adobe_rgb, "Display P3": out_of_display_p3}
MOST_DIFFERENCE = 1.5  # Delta E 2000: side by side, hardly seen


@pytest.fixture(scope="module")
def chart() -> np.ndarray:
    """sRGB in 0..1, ``(80, 128, 3)``: a photo in colour, and below it all 256 greys."""
    photo = data.astronaut()[40:168:2, 150:406:2] / 255.0
    greys = np.repeat(np.linspace(0.0, 1.0, 256).reshape(2, 128), 8, axis=0)
    return np.concatenate((photo, np.dstack((greys,) * 3)))


def store(path, values: np.ndarray, icc: bytes | None, bits: int) -> None:
    """Values in 0..1, written by Pillow in 8 bits, by tifffile in 16."""
    if bits == 8:
        Image.fromarray((values * 255).round().astype(np.uint8)).save(path, icc_profile=icc)
    else:
        grey = values.ndim == 2
        tifffile.imwrite(
            path,
            (values * 65535).round().astype(np.uint16),
            photometric="minisblack" if grey else "rgb",
            iccprofile=icc,
        )


def stored_in(path) -> tuple[np.ndarray, bytes]:
    """The values of a file, in 0..1, and its profile."""
    with Image.open(path) as image:
        icc = image.info["icc_profile"]
        if path.suffix != ".tif":
            return np.asarray(image.convert("RGB")) / 255.0, icc
    values = tifffile.imread(path)
    return values / float(np.iinfo(values.dtype).max), icc


def seen_in(path) -> np.ndarray:
    """Lab of a file by the specifications of its space, without rounding."""
    values, icc = stored_in(path)
    for space, (own, _) in LARGE_SPACES.items():
        values = OUT_OF[space](values) if icc == own else values
    return color.rgb2lab(values)


@pytest.fixture
def twins_seen(colorizer, tmp_path, chart):
    """Colorizes a photo in sRGB and its twin in a large space; gives Lab of what is seen of both.

    Random weights make much of the least difference: both get the colours of one prediction.
    """

    def colorize(space: str, bits: int, suffix: str, saturation: float) -> list[np.ndarray]:
        icc, into = LARGE_SPACES[space]
        twin, large = tmp_path / f"twin{suffix}", tmp_path / f"large{suffix}"
        store(twin, chart, None, bits)
        store(large, into(chart), icc, bits)
        prediction = colorizer.predict(read_photo(twin), ColorizeOptions(size=64))
        for path in (twin, large):
            photo = read_photo(path)
            own = replace(prediction, lightness=lightness_of_pixels(photo.pixels))
            photo.pixels = own.picture(saturation=saturation, dtype=photo.pixels.dtype)
            write_photo(photo, path, overwrite=True)
        return [seen_in(path) for path in (twin, large)]

    return colorize


def ideal_twins(space: str) -> np.ndarray:
    """How far sRGB's colours, rounded once to 8 bits, are from the same ones in a large space."""
    random, grids = np.random.default_rng(0), []
    for most in (1.0, 0.2):  # closer together where it is dark: there they are farthest apart
        steps = np.linspace(0.0, most, 52)
        grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 1, 3)
        grids.append(grid + random.uniform(-0.01, 0.01, grid.shape) * most)
    grid = np.clip(np.concatenate(grids), 0.0, 1.0)
    rounded = np.rint(grid * 255) / 255
    large = OUT_OF[space](np.rint(LARGE_SPACES[space][1](grid) * 255) / 255)
    return color.deltaE_ciede2000(color.rgb2lab(rounded), color.rgb2lab(large))


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize(("bits", "suffix"), [(8, ".png"), (8, ".tif"), (16, ".tif")])
def test_greys_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space, bits, suffix):
    twin, large = twins_seen(space, bits, suffix, 0.0)
    assert color.deltaE_ciede2000(twin, large).max() < MOST_DIFFERENCE
    assert np.abs(large[..., 1:]).max() < 1.5


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_colors_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space, suffix):
    """In 8 bits: of dark, vivid colours no twins are nearer, however they are rounded."""
    twin, large = twins_seen(space, 8, suffix, 1.0)
    difference = color.deltaE_ciede2000(twin, large)
    assert np.percentile(difference, 99.5) < MOST_DIFFERENCE
    assert difference.max() < ideal_twins(space).max()
    assert np.linalg.norm(large[..., 1:], axis=-1).mean() > 10  # there is colour to compare


@pytest.mark.parametrize("space", LARGE_SPACES)
def test_colors_of_16_bits_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space):
    twin, large = twins_seen(space, 16, ".tif", 1.0)
    assert color.deltaE_ciede2000(twin, large).max() < MOST_DIFFERENCE / 10
    assert np.linalg.norm(large[..., 1:], axis=-1).mean() > 10


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("times", [1, 40], ids=["small", "large"])
def test_8_bits_in_a_large_space_come_back(tmp_path, space, suffix, times):
    """All greys, and every colour of a grid that sRGB holds, close together where it is dark."""
    icc, into = LARGE_SPACES[space]
    steps = np.unique(np.r_[0:32:4, 32:256:8, 255]) / 255.0
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 1, 3)
    grid = grid[np.abs(into(OUT_OF[space](grid)) - grid).max((1, 2)) < 1e-3]
    greys = np.repeat(np.arange(256) / 255.0, 3).reshape(-1, 1, 3)
    store(tmp_path / "x.png", np.repeat(np.concatenate((greys, grid)), times, 1), icc, 8)
    write_photo(read_photo(tmp_path / "x.png"), tmp_path / f"y{suffix}")
    with Image.open(tmp_path / f"y{suffix}") as written:
        assert np.asarray(written).dtype == np.uint8
    difference = seen_in(tmp_path / "x.png") - seen_in(tmp_path / f"y{suffix}")
    assert np.abs(difference[..., 0]).max() < 0.2
    assert np.linalg.norm(difference, axis=-1).max() < 0.5


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("times", [1, 10], ids=["small", "large"])
def test_8_bits_in_a_large_space_are_rounded_once(colorizer, tmp_path, chart, space, times):
    """Colorized, they are off by what their file's own 8 bits force, and hardly more."""
    icc, into = LARGE_SPACES[space]
    path = tmp_path / "x.png"
    store(path, np.tile(into(chart), (times, times, 1)), icc, 8)
    photo = read_photo(path)
    prediction = colorizer.predict(photo, ColorizeOptions(size=64))
    np.testing.assert_allclose(prediction.lightness, seen_in(path)[..., 0], atol=0.05)
    expected = prediction.picture(dtype=np.float32)
    write_photo(replace(photo, pixels=prediction.picture(dtype=photo.pixels.dtype)), path, True)
    ideal = color.rgb2lab(expected)
    least = np.abs(color.rgb2lab(OUT_OF[space](np.rint(into(expected) * 255) / 255)) - ideal)
    most = np.abs(seen_in(path) - ideal)
    assert most[..., 0].max() < least[..., 0].max() + 0.05
    assert np.linalg.norm(most, axis=-1).max() < MOST_DIFFERENCE
    assert np.linalg.norm(most, axis=-1).mean() < np.linalg.norm(least, axis=-1).mean() * 1.1


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_photos_are_written_in_the_space_they_came_in(tmp_path, chart, in_color, space, suffix):
    icc, into = LARGE_SPACES[space]
    store(tmp_path / "x.png", into(chart), icc, 8)
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tmp_path / "x.png")), path)
    with Image.open(path) as image:
        assert image.info["icc_profile"] == icc
    # The colour that in_color fills the photo with is sRGB.
    expected = color.rgb2lab(np.array([[[51, 102, 153]]], np.uint8) / 255.0)
    difference = color.deltaE_ciede2000(seen_in(path), expected)
    assert difference.mean() < MOST_DIFFERENCE


def test_16_bits_in_a_large_space_keep_their_lightness(tmp_path):
    icc, into = LARGE_SPACES["Adobe RGB"]
    ramp = np.linspace(0.0, 1.0, 4096).reshape(64, 64)
    store(tmp_path / "x.tif", into(np.dstack((ramp,) * 3)), icc, 16)
    photo = read_photo(tmp_path / "x.tif")
    lightness = color.rgb2lab(photo.pixels / 65535.0)[..., 0]
    expected = color.rgb2lab(np.dstack((ramp,) * 3))[..., 0]
    np.testing.assert_allclose(lightness, expected, atol=0.03)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_grey_is_read_through_its_profile(tmp_path, bits, space):
    """Also through one of RGB, as ImageMagick leaves it in grey photos."""
    ramp = np.linspace(0.0, 1.0, 256).reshape(16, 16)
    suffix = ".png" if bits == 8 else ".tif"
    store(tmp_path / f"x{suffix}", ramp, gamma_profile(space), bits)
    pixels = read_photo(tmp_path / f"x{suffix}").pixels
    assert pixels.shape == (16, 16)
    step = 2.0**bits - 1
    expected = srgb_of_linear(((ramp * step).round() / step) ** GAMMA) * 65535
    np.testing.assert_allclose(pixels, expected, atol=16)


def test_grey_in_floating_point_is_read_through_its_profile(tmp_path):
    ramp = np.linspace(0.0, 1.0, 256, dtype=np.float32).reshape(16, 16)
    tifffile.imwrite(tmp_path / "x.tif", ramp, iccprofile=gamma_profile(b"GRAY"))
    expected = srgb_of_linear(ramp**GAMMA)
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels, expected, atol=2e-4)


def test_grey_photos_with_alpha_are_read_through_their_profile(tmp_path):
    Image.new("LA", (8, 8), (100, 50)).save(tmp_path / "x.png", icc_profile=gamma_profile(b"GRAY"))
    photo = read_photo(tmp_path / "x.png")
    expected = srgb_of_linear(np.array((100 / 255) ** GAMMA)) * 65535
    np.testing.assert_allclose(photo.pixels, expected, atol=16)
    assert (photo.alpha == 50).all()


def test_grey_photos_are_written_as_srgb(tmp_path, in_color):
    """A profile of grey cannot hold colours."""
    image = Image.new("L", (16, 16), 100)
    image.save(tmp_path / "x.png", icc_profile=gamma_profile(b"GRAY"))
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.png")
    written = Image.open(tmp_path / "y.png")
    assert "sRGB" in description(written.info["icc_profile"])
    np.testing.assert_array_equal(np.asarray(written)[0, 0], (51, 102, 153))


def test_rgb_of_8_bits_is_read_through_its_profile(color_image, tmp_path):
    color_image.save(tmp_path / "x.png", icc_profile=gamma_profile(b"RGB "))
    values = np.asarray(color_image)
    expected = srgb_of_linear((values / 255.0) ** GAMMA)
    # Near black the two curves are steep; the colour engine works in 16 bits there.
    pixels = read_photo(tmp_path / "x.png").pixels / 65535.0
    np.testing.assert_allclose(pixels, expected, atol=3 / 255)
    assert np.abs(expected - values / 255.0).max() > 10 / 255


def test_scanner_profiles_that_cannot_be_written_give_srgb(tmp_path, chart, in_color):
    # White is not reached: half the light is lost.
    curve = b"curv" + bytes(4) + struct.pack(">IHH", 2, 0, 30000)
    store(tmp_path / "x.png", chart, rgb_profile(SRGB, curve, b"scnr"), 8)
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.png")
    assert "sRGB" in description(Image.open(tmp_path / "y.png").info["icc_profile"])


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_is_read_through_its_profile(tmp_path, bits):
    paper = (100.0, 0.0, 0.0)
    inks = np.random.default_rng(0).random((16, 16, 4)) * 0.6
    scale = 2.0**bits - 1
    values = (inks * scale).round()
    tifffile.imwrite(
        tmp_path / "x.tif",
        values.astype(np.uint8 if bits == 8 else np.uint16),
        photometric="separated",
        iccprofile=cmyk_profile(paper),
    )
    photo = read_photo(tmp_path / "x.tif")
    expected = lab_of_cmyk((values / scale).reshape(-1, 4), paper)[:, 0].reshape(16, 16)
    white = np.iinfo(photo.pixels.dtype).max
    lightness = color.rgb2lab(photo.pixels / float(white))[..., 0]
    # Little CMS takes the darkest ink for black: that much is lighter or darker at most.
    np.testing.assert_allclose(lightness, expected, atol=1.0)
    naive = ((1 - inks[..., :3]) * (1 - inks[..., 3:])).mean(-1)
    assert np.abs(color.rgb2lab(np.dstack((naive,) * 3))[..., 0] - expected).mean() > 5


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_without_a_profile_loses_light_to_each_ink(tmp_path, bits):
    scale = 2**bits - 1
    values = np.zeros((16, 16, 4), np.uint8 if bits == 8 else np.uint16)
    values[:, :8] = (0, scale, scale, 0)
    values[:, 8:] = (0, 0, 0, scale // 2 + 1)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="separated")
    pixels = read_photo(tmp_path / "x.tif").pixels / scale
    np.testing.assert_allclose(pixels[4, 4], (1, 0, 0), atol=0.01)
    np.testing.assert_allclose(pixels[4, 12], (0.5, 0.5, 0.5), atol=0.01)


def test_srgb_profiles_change_nothing_and_are_kept(color_image, tmp_path, in_color):
    own = rgb_profile(SRGB, srgb_curve())
    color_image.save(tmp_path / "x.png", icc_profile=own)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))
    write_photo(in_color(photo), tmp_path / "y.jpg")
    assert Image.open(tmp_path / "y.jpg").info["icc_profile"] == own


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_photos_without_a_profile_are_written_as_srgb(color_image, tmp_path, suffix):
    color_image.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    assert "icc_profile" not in photo.info
    write_photo(photo, tmp_path / f"y{suffix}")
    assert "sRGB" in description(Image.open(tmp_path / f"y{suffix}").info["icc_profile"])


@pytest.mark.parametrize(
    "icc",
    [
        b"no profile",
        gamma_profile(b"GRAY"),
        cmyk_profile(),
        gamma_profile(b"RGB ")[:300],
        profile(b"RGB ", {}),
    ],
    ids=["broken", "grey", "inks", "cut off", "empty"],
)
def test_profiles_that_do_not_fit_are_ignored(color_image, tmp_path, icc, in_color):
    color_image.save(tmp_path / "x.png", icc_profile=icc)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))
    write_photo(in_color(photo), tmp_path / "y.png")
    assert "sRGB" in description(Image.open(tmp_path / "y.png").info["icc_profile"])


def test_the_gamma_of_a_png_is_heeded(tmp_path):
    gamma = (b"gAMA", (100000).to_bytes(4, "big"))
    png_by_hand(tmp_path / "x.png", np.full((8, 8, 1), 20000, np.uint16), gamma)
    pixels = read_photo(tmp_path / "x.png").pixels
    expected = srgb_of_linear(np.array(20000 / 65535)) * 65535
    np.testing.assert_allclose(pixels, expected, atol=20)


def test_grey_photos_get_the_color_of_their_profile_twin(tmp_path):
    write_photo(
        Photo(np.full((8, 8), 90, np.uint8), profile=LARGE_SPACES["Adobe RGB"][0]),
        tmp_path / "x.png",
    )
    written = np.asarray(Image.open(tmp_path / "x.png")) / 255.0
    expected = in_adobe_rgb(np.full(3, 90 / 255.0))
    np.testing.assert_allclose(written[0, 0], expected, atol=1 / 255)


def description(icc: bytes) -> str:
    return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
