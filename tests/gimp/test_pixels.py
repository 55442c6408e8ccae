"""Every kind of image through the real plug-in, compared with the engine's own result."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from host import Host

from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.worker.layer import colorize_layer
from colorize_core.worker.wire import LAB

WIDTH, HEIGHT = 48, 32
# How far a and b may be from the engine's result by the image's own precision, in units of Lab.
# GIMP converts to L a little differently from one start to the next, and where a colour has to be
# brought into the gamut that decides over the last halving: 2^-12 of the chroma.
ROUNDING = {"U8": 2.5, "U1": 0.1, "HA": 0.2, "FL": 0.1}


class Case(NamedTuple):
    """An image and what is asked of it."""

    base: str = "rgb"
    precision: str = "U8_NON_LINEAR"
    alpha: bool = False
    output: str = "new-layer"
    extra: str = ""


CASES = {
    "rgb 8 bit": Case(),
    "rgb 8 bit linear": Case(precision="U8_LINEAR"),
    "rgb 16 bit": Case(precision="U16_NON_LINEAR"),
    "rgb 16 bit linear": Case(precision="U16_LINEAR", alpha=True),
    "rgb 16 bit float": Case(precision="HALF_LINEAR"),
    "rgb 32 bit float": Case(precision="FLOAT_LINEAR"),
    "rgb 32 bit float non-linear": Case(precision="FLOAT_NON_LINEAR", alpha=True),
    "grey 8 bit": Case(base="gray"),
    "grey 8 bit alpha": Case(base="gray", alpha=True),
    "grey 16 bit": Case(base="gray", precision="U16_NON_LINEAR"),
    "grey 32 bit float": Case(base="gray", precision="FLOAT_LINEAR"),
    "indexed": Case(base="indexed"),
    "indexed alpha": Case(base="indexed", alpha=True),
    "profile": Case(precision="FLOAT_LINEAR", extra="profile"),
    "profile 8 bit": Case(extra="profile"),
    "colour only": Case(precision="U16_NON_LINEAR", output="color-layer"),
    "in place": Case(output="in-place", alpha=True),
    "in place grey": Case(base="gray", output="in-place"),
    "in place indexed": Case(base="indexed", output="in-place"),
    "in place float": Case(precision="FLOAT_LINEAR", output="in-place"),
    "offset": Case(extra="offset", alpha=True),
    "in a group": Case(extra="group"),
    "larger than the canvas": Case(extra="large"),
    "smaller than the canvas": Case(extra="small"),
    "mask and opacity": Case(extra="mask"),
    "text": Case(extra="text", alpha=True),
}

SCRIPT = """
result = {}
for name, (base, precision, alpha, output, extra) in cases.items():
    image, layer = make_image(base, precision, alpha=alpha)
    parent = None
    if extra == "profile":
        image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
        write(layer, ramp(48, 32, alpha))
    elif extra == "offset":
        layer.set_offsets(7, -5)
    elif extra == "group":
        parent = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(parent, None, 0)
        image.reorder_item(layer, parent, 0)
    elif extra == "large":
        image.resize(20, 16, -3, -4)
    elif extra == "small":
        image.resize(90, 80, 11, 12)
    elif extra == "mask":
        layer.set_opacity(40.0)
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
    elif extra == "text":
        layer = Gimp.TextLayer.new(image, "grey", Gimp.context_get_font(), 40.0, Gimp.Unit.pixel())
        image.insert_layer(layer, None, 0)
        grey = Gegl.Color.new("black")  # which has no room for colours
        grey.set_rgba(0.5, 0.5, 0.5, 1.0)
        assert layer.set_color(grey)
    keep(layer, name + ".before")
    position = image.get_item_position(layer)
    done, message, shown = colorize(image, [layer], model=weights, output=output)
    assert done, (name, message)
    keep(layer, name + ".after")
    keep(shown, name + ".shown")
    result[name] = {
        "about": about(image),
        "size": [layer.get_width(), layer.get_height()],
        "offsets": [list(item.get_offsets())[1:] for item in (layer, shown)],
        "same": shown == layer,
        "parents": [item.get_parent() == parent for item in (layer, shown)],
        "positions": [position, image.get_item_position(shown)],
        "mode": shown.get_mode().value_nick,
        "opacity": shown.get_opacity(),
        "masked": shown.get_mask() is not None,
        "selected": [item == shown for item in image.get_selected_layers()],
    }
    image.delete()
"""


@pytest.fixture(scope="module")
def outcomes(host: Host, lite_weights) -> dict[str, Any]:
    """What became of every case, all of them in one run of GIMP."""
    weights = host.folder / "weights.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    cases = {name: tuple(case) for name, case in CASES.items()}
    return host.evaluate(SCRIPT, cases=cases, weights=str(weights))


def pixels(host: Host, file: str, size: tuple[int, int]) -> np.ndarray:
    """L, a, b and alpha, float32 ``(H, W, 4)``, that the script kept."""
    width, height = size
    return np.fromfile(host.folder / file, np.float32).reshape(height, width, 4)


def engines_own(
    colorizer: Colorizer, lab: np.ndarray, painted: np.ndarray | None = None
) -> np.ndarray:
    result, options = lab.copy(), ColorizeOptions()
    pixels = np.ascontiguousarray(lab[..., ::3])
    for rows, strip in colorize_layer(colorizer, pixels, painted, options, LAB, lambda *_: None):
        result[rows] = strip
    return result


@pytest.mark.parametrize("name", CASES)
def test_pixels_are_the_engines_own(name, host, outcomes, colorizer):
    case, size = CASES[name], outcomes[name]["size"]
    before = pixels(host, f"{name}.before", size)
    shown = pixels(host, f"{name}.shown", size)
    expected = engines_own(colorizer, before)
    seen = before[..., 3] > 0  # GIMP may forget the colour of what is clear
    assert np.abs(expected[seen][:, 1:3]).mean() > 3, "the expected colours are too pale to tell"
    away = np.abs(shown - expected)[seen]
    tolerance = ROUNDING[case.precision[:2]]
    assert np.quantile(away[:, 1:3], 0.99) < tolerance
    assert away[:, 1:3].max() < 4 * tolerance
    np.testing.assert_allclose(shown[..., 3], before[..., 3], atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_lightness_stays_at_the_images_own_precision(name, host, outcomes):
    size = outcomes[name]["size"]
    before = pixels(host, f"{name}.before", size)
    shown = pixels(host, f"{name}.shown", size)
    seen = before[..., 3] > 0
    precision = CASES[name].precision
    most = {"U8": 0.6, "U1": 0.005, "HA": 0.06, "FL": 0.001}[precision[:2]]
    # In linear light half a step of the darkest tones is 903.3 / 2 / 255 of L, or 257 times less.
    most = {"U8_LINEAR": 1.8, "U16_LINEAR": 0.007}.get(precision, most)
    assert np.abs(shown - before)[seen][:, 0].max() < most


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].output != "in-place"])
def test_the_original_layer_is_not_touched(name, host, outcomes):
    size = outcomes[name]["size"]
    np.testing.assert_allclose(
        pixels(host, f"{name}.after", size), pixels(host, f"{name}.before", size), atol=1e-3
    )


@pytest.mark.parametrize("name", CASES)
def test_the_result_lies_where_it_belongs(name, outcomes):
    outcome = outcomes[name]
    assert outcome["about"]["type"] == "rgb"
    assert outcome["offsets"][0] == outcome["offsets"][1]
    assert outcome["parents"] == [True, True]
    assert outcome["positions"][0] == outcome["positions"][1]
    assert outcome["selected"] == [True]
    assert outcome["same"] == (CASES[name].output == "in-place")
    assert outcome["mode"] == ("lch-color" if CASES[name].output == "color-layer" else "normal")


def test_a_mask_and_opacity_are_taken_over(outcomes):
    assert outcomes["mask and opacity"]["masked"]
    assert outcomes["mask and opacity"]["opacity"] == pytest.approx(40.0, abs=0.01)


def test_the_new_layer_is_named_after_the_old_one(outcomes):
    assert outcomes["rgb 8 bit"]["about"]["layers"] == ["photo colorized", "photo"]
