"""The pixels: lightness and alpha stay, colours are the engine's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from workers import colorized, grey_layer, sent

from colorize_core.color.d50 import ab_for_d50
from colorize_core.color.kernels import load_kernels
from colorize_core.color.lab import lightness_of_bytes, rgb_to_lab
from colorize_core.engine import ColorizeOptions, Colorizer, strips
from colorize_core.engine.hints import painted_hints
from colorize_core.photo import Photo
from colorize_core.worker.caller import WorkerConnection
from colorize_core.worker.failures import TellingError
from colorize_core.worker.layer import colorize_layer
from colorize_core.worker.wire import GREY, LAB, RGB

_D50 = np.array([0.96420288, 1.0, 0.82490540])
_D50_LUMINANCE = np.array([0.2224884, 0.7169037, 0.0606079])  # of linear sRGB, in ICC's profile


def no_step(share: float, text: str) -> None:
    pass


def rgb_of_d50(lab: np.ndarray) -> np.ndarray:
    """sRGB of Lab for D50 by the textbook (CIE 15, inverse of ICC's matrix), not clipped."""
    y = (lab[..., 0] + 16) / 116
    bent = np.stack((y + lab[..., 1] / 500, y, y - lab[..., 2] / 200), -1).astype(np.float64)
    xyz = np.where(bent**3 > 216 / 24389, bent**3, (116 * bent - 16) * 27 / 24389) * _D50
    matrix = np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    )
    linear = xyz @ matrix.T
    return np.where(
        linear > 0.0031308, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055, 12.92 * linear
    )


def recolored(colorizer: Colorizer, lab: np.ndarray, painted=None, **options) -> np.ndarray:
    result = lab.copy()
    chosen = ColorizeOptions(**options)
    pixels = np.ascontiguousarray(lab[..., ::3])
    for rows, strip in colorize_layer(colorizer, pixels, painted, chosen, LAB, no_step):
        result[rows] = strip
    return result


def bytes_of_layer(colorizer: Colorizer, grey: np.ndarray, **options) -> np.ndarray:
    """What a host of 8 bits is given for a grey layer: sRGB, uint8 ``(H, W, 3)``."""
    pixels, chosen = np.dstack((grey, grey)), ColorizeOptions(**options)
    made = colorize_layer(colorizer, pixels, None, chosen, RGB, no_step)
    return np.concatenate([strip for _, strip in made])[..., :3]


@pytest.fixture
def photo() -> np.ndarray:
    """A grey photo with an edge, uint8 ``(60, 80)``."""
    down, across = np.mgrid[0:60, 0:80]
    return (40 + 2 * across + (down > 30) * 50).astype(np.uint8)


@pytest.fixture
def layer(photo: np.ndarray) -> np.ndarray:
    """The same photo as a layer."""
    lab = np.zeros((*photo.shape, 4), np.float32)
    lab[..., 0] = lightness_of_bytes(photo)
    lab[..., 3] = 1.0
    return lab


def test_lightness_and_alpha_stay_to_the_byte(worker: WorkerConnection, lite_weights: Path):
    lab = grey_layer(50, 40)
    lab[0, 0, 0], lab[0, 1, 0] = 104.0, -0.5  # floating point images go beyond white and black
    result = colorized(worker, lite_weights, lab)
    assert result[..., 0].tobytes() == lab[..., 0].tobytes()
    assert result[..., 3].tobytes() == lab[..., 3].tobytes()
    assert np.abs(result[..., 1:3]).mean() > 5


def test_values_that_are_no_numbers_do_not_spread(colorizer: Colorizer):
    lab = grey_layer(50, 40)
    lab[3, 4, 0], lab[3, 5, 0] = np.nan, np.inf
    result = recolored(colorizer, lab)
    assert np.isnan(result[3, 4, 0])
    assert np.isfinite(result[..., 1:3]).all()


def test_colors_are_the_engines_own(colorizer: Colorizer, photo: np.ndarray, layer: np.ndarray):
    ours = rgb_of_d50(recolored(colorizer, layer, saturation=0.3))
    engines = colorizer.colorize(Photo(photo), ColorizeOptions(saturation=0.3)).pixels / 255.0
    assert np.abs(ours - engines).mean() < 0.01
    assert np.abs(ours - engines).max() < 0.04


def test_eight_bits_are_the_same_colors(
    worker: WorkerConnection, lite_weights: Path, photo: np.ndarray, layer: np.ndarray
):
    layer[..., 3] = np.linspace(0, 1, 256, dtype=np.float32)[photo]
    options = {"model": str(lite_weights)}
    expected = rgb_of_d50(colorized(worker, lite_weights, layer)) * 255.0
    grey = [np.dstack((photo, photo)).tobytes()]
    for answer in (
        worker.colorize((80, 60), sent(layer), options, result=RGB),
        worker.colorize((80, 60), grey, options, form=GREY, result=RGB),
    ):
        result = np.frombuffer(b"".join(strip.pixels for strip in answer), np.uint8)
        result = result.reshape(60, 80, 4)
        assert np.abs(result[..., :3] - expected).max() < 1  # half a step, and rounding
        np.testing.assert_array_equal(result[..., 3], photo)


@pytest.mark.parametrize("choice", ["compiled", "torch"])
def test_a_hosts_bytes_are_the_photos_picture_at_the_luminance_for_d50(
    colorizer: Colorizer, monkeypatch: pytest.MonkeyPatch, choice: str
):
    monkeypatch.setenv("COLORIZE_KERNELS", choice)
    grey = skimage.data.camera()[::4, ::4].copy()
    shown = bytes_of_layer(colorizer, grey, saturation=1.5)
    prediction = colorizer.predict(grey)
    picture = prediction.picture(saturation=1.5, dtype=np.float32).astype(np.float64)
    # Linear light by the standard, whose luminance is brought to what L says: (L + 16) / 116 cubed.
    linear = np.where(picture > 0.04045, ((picture + 0.055) / 1.055) ** 2.4, picture / 12.92)
    lightness = prediction.lightness.astype(np.float64)
    luminance = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness * 27 / 24389)
    linear *= (luminance / np.maximum(linear @ _D50_LUMINANCE, 1e-6))[..., None]
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    expected = 255 * np.where(linear > 0.0031308, curve, linear * 12.92)
    fits = (linear <= 1).all(-1)  # else chroma is given up
    assert fits.mean() > 0.5
    assert np.abs(shown - expected)[fits].max() < 1
    assert np.abs(shown - 255 * picture)[fits].max() > 3  # as it would be for D65


@pytest.mark.parametrize("choice", ["compiled", "torch"])
def test_without_colors_a_hosts_bytes_are_the_picture_to_the_byte(
    colorizer: Colorizer, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, choice: str
):
    monkeypatch.setenv("COLORIZE_KERNELS", choice)
    shown = bytes_of_layer(colorizer, photo, saturation=0.0)
    np.testing.assert_array_equal(shown, colorizer.predict(photo).picture(saturation=0.0))
    np.testing.assert_array_equal(shown, np.dstack((photo,) * 3))


@pytest.mark.usefixtures("one_way")
def test_grey_bytes_are_the_same_as_their_lightness(
    worker: WorkerConnection, lite_weights: Path, photo: np.ndarray, layer: np.ndarray
):
    options, grey = {"model": str(lite_weights)}, [np.dstack((photo, photo | 255)).tobytes()]
    strips = worker.colorize((80, 60), grey, options, form=GREY)
    result = np.frombuffer(b"".join(strip.pixels for strip in strips), np.float32)
    np.testing.assert_array_equal(result.reshape(60, 80, 4), colorized(worker, lite_weights, layer))


def test_every_color_is_within_srgb(colorizer: Colorizer, layer: np.ndarray):
    rgb = rgb_of_d50(recolored(colorizer, layer, saturation=4.0))
    assert rgb.min() > -0.01
    assert rgb.max() < 1.01


def test_strips_put_together_are_the_whole(
    colorizer: Colorizer, layer: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    whole = recolored(colorizer, layer)
    monkeypatch.setattr(strips, "_STRIP_PIXELS", 80 * 7)
    np.testing.assert_allclose(recolored(colorizer, layer), whole, atol=0.001)


@pytest.mark.parametrize("primary", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_srgbs_primaries_have_their_publishedab_for_d50(primary: tuple):
    # Lab for D50 of sRGB's primaries, as colour management shows them (ICC sRGB profile).
    published = {
        (1, 0, 0): (54.29, 80.81, 69.89),
        (0, 1, 0): (87.82, -79.29, 80.99),
        (0, 0, 1): (29.57, 68.30, -112.03),
    }[primary]
    ab = ab_for_d50(torch.tensor(primary, dtype=torch.float32)[None, :, None, None])
    assert ab.flatten().tolist() == pytest.approx(published[1:], abs=0.3)


def test_greys_stay_grey():
    linear = torch.linspace(0, 1, 50).expand(1, 3, 1, 50)
    assert ab_for_d50(linear).abs().max() < 0.02


def test_painted_pixels_keep_their_color(colorizer: Colorizer, layer: np.ndarray):
    layer[..., 0] = 55.0
    painted = np.zeros((60, 80, 4), np.uint8)
    painted[20:30, 10:40] = (200, 60, 70, 255)
    rgb = rgb_of_d50(recolored(colorizer, layer, painted))[20:30, 10:40]
    result, wanted = (
        rgb_to_lab(np.ascontiguousarray(colors))[..., 1:]
        for colors in (rgb, np.array([[[200, 60, 70]]]) / 255.0)
    )
    # The hue and chroma are the paint's; the white points differ a little.
    assert np.abs(result - wanted).max() < 4


def test_paint_changes_its_surroundings_too(colorizer: Colorizer, layer: np.ndarray):
    painted = np.zeros((60, 80, 4), np.uint8)
    painted[20:30, 10:20] = (200, 60, 70, 255)
    changed = recolored(colorizer, layer, painted) - recolored(colorizer, layer)
    around = np.abs(changed[15:35, 5:25, 1:3])
    around[5:15, 5:15] = 0
    assert around.max() > 1


@pytest.mark.usefixtures("one_way")
def test_a_layer_without_paint_changes_nothing(colorizer: Colorizer, layer: np.ndarray):
    clear = np.zeros((60, 80, 4), np.uint8)
    clear[..., 0] = 255
    np.testing.assert_array_equal(recolored(colorizer, layer, clear), recolored(colorizer, layer))


def test_paint_for_a_model_without_hints_is_refused(eccv16_weights: Path, layer: np.ndarray):
    painted = np.full((60, 80, 4), 255, np.uint8)
    with pytest.raises(TellingError, match="takes no colour hints"):
        recolored(Colorizer(eccv16_weights, "cpu"), layer, painted, size=32)


def test_a_painted_layer_becomes_the_networks_hints():
    painted = np.zeros((80, 120, 4), np.uint8)
    painted[40:60, 60:80] = (255, 0, 0, 255)
    hints = painted_hints(painted, (40, 60))
    assert hints is not None
    assert hints.shape == (1, 3, 40, 60)
    assert hints[0, 2].sum() == 100
    assert hints[0, 2, 20:30, 30:40].all()
    red = rgb_to_lab(np.array([[1.0, 0.0, 0.0]]))[0, 1:]
    np.testing.assert_allclose(hints[0, :2, 25, 35], red, atol=0.01)
    assert not hints[0, :2, :20].any()


def test_the_finest_stroke_is_still_a_hint():
    painted = np.zeros((2000, 3000, 4), np.uint8)
    painted[1000, 700] = (0, 0, 255, 40)
    hints = painted_hints(painted, (256, 384))
    assert hints is not None
    assert hints[0, 2].nonzero().tolist() == [[128, 89]]


@pytest.mark.usefixtures("one_way")
def test_the_worker_gives_what_the_engine_gives(
    worker: WorkerConnection, colorizer: Colorizer, lite_weights: Path, layer: np.ndarray
):
    painted = np.zeros((60, 80, 4), np.uint8)
    painted[20:30, 10:20] = (200, 60, 70, 255)
    chosen = {"temperature": 0.5, "saturation": 1.5, "size": 64}
    result = colorized(worker, lite_weights, layer, painted, **chosen)
    expected = recolored(colorizer, layer, painted, **chosen)
    np.testing.assert_allclose(result, expected, atol=0.01)


def test_progress_goes_up_to_all_of_it(worker: WorkerConnection, lite_weights: Path):
    seen: list[float] = []
    worker.colorize(
        (300, 2000),
        sent(grey_layer(300, 2000)),
        {"model": str(lite_weights)},
        progress=lambda share, text: seen.append(share),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3


def test_memory_does_not_grow_with_requests(worker: WorkerConnection, lite_weights: Path):
    def resident() -> float:
        lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    load_kernels()  # so that the worker finds them compiled: to compile takes memory for a while
    lab = grey_layer(200, 160)
    for _ in range(20):
        colorized(worker, lite_weights, lab, size=64)
    before = resident()
    for _ in range(100):
        colorized(worker, lite_weights, lab, size=64)
    assert resident() - before < 50
