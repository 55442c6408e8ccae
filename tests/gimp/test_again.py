"""The filter called on its own result, which remembers how it was made; dabs; alternatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from host import Host
from test_pixels import pixels

from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.worker.layer import color_layer, look_at_layer
from colorize_core.worker.wire import LAB

SIZE = (48, 32)
DABS = [{"x": 10, "y": 8, "color": "#c02020", "radius": 4}]

SCRIPT = """
from gi.repository import Gio

result = {}


def note(name, image, shown, message=None):
    keep(shown, name)
    result[name] = {
        "layers": [layer.get_name() for layer in every_layer(image.get_layers())],
        "shown": shown.get_name(),
        "mode": shown.get_mode().value_nick,
        "selection": list(Gimp.Selection.bounds(image))[1:],
    }


def called(image, layers, **choices):
    done, message, shown = colorize(image, layers, model=weights, **choices)
    assert done, message
    return shown


image, layer = make_image("rgb", "FLOAT_LINEAR")
keep(layer, "before")
first = called(image, [layer])
note("first", image, first)
assert called(image, [first], saturation=0.3) == first
note("again", image, first)
assert called(image, [first], output="color-layer") == first
note("colour only", image, first)
assert called(image, [first]) == first
note("whole again", image, first)

image.select_rectangle(Gimp.ChannelOps.REPLACE, 40, 20, 8, 8)
assert called(image, [first], saturation=0.6) == first
note("selection", image, first)
Gimp.Selection.none(image)

file = Gio.File.new_for_path(os.environ["HOME"] + "/kept.xcf")
assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
image.delete()
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
first = image.get_layers()[0]
assert called(image, [first], saturation=0.3) == first
note("from a file", image, first)
image.remove_layer(image.get_layers()[1])
assert called(image, [first], saturation=0.7) == first
note("without its source", image, first)
image.delete()

image, layer = make_image("rgb", "FLOAT_LINEAR")
assert called(image, [layer], output="in-place") == layer
assert called(image, [layer], saturation=0.3) == layer
note("in place", image, layer)
image.delete()

image, layer = make_image("gray", "FLOAT_LINEAR")
note("dabs, before", image, layer)
note("dabs", image, called(image, [layer], dabs=dabs))
image.delete()

image, layer = make_image("rgb", "FLOAT_LINEAR")
note("alternative", image, called(image, [layer], alternative=1))
image.delete()

image, layer = make_image("rgb", "FLOAT_LINEAR")
first = called(image, [layer])
first.set_lock_content(True)
before = fingerprint(image)
done, message, _ = colorize(image, [first], model=weights)
result["locked"] = [done, message, fingerprint(image) == before]
"""


@pytest.fixture(scope="module")
def outcomes(host: Host, lite_weights) -> dict[str, Any]:
    """What became of every call, all of them in one run of GIMP."""
    import json

    weights = host.folder / "weights.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    return host.evaluate(SCRIPT, weights=str(weights), dabs=json.dumps(DABS))


def expected(
    colorizer: Colorizer, host: Host, before: str = "before", alternative: int = 0, **options
) -> np.ndarray:
    """The engine's own result for what lay in the layer."""
    lab = pixels(host, before, SIZE)
    chosen = ColorizeOptions(**options)
    given = np.ascontiguousarray(lab[..., ::3])
    looked = look_at_layer(colorizer, given, None, chosen, lambda *_: None)
    with torch.inference_mode():
        strips = color_layer(looked, chosen, LAB, lambda *_: None, alternative)
        return np.concatenate([strip for _, strip in strips])


@pytest.mark.parametrize(
    ("name", "saturation"),
    [
        ("first", 1.0),
        ("again", 0.3),
        ("whole again", 1.0),
        ("selection", 0.6),
        ("from a file", 0.3),
        ("without its source", 0.7),
    ],
)
def test_the_result_is_changed_in_place(name, saturation, host, outcomes, colorizer):
    assert outcomes[name]["shown"] == "photo colorized"
    source = [] if name == "without its source" else ["photo"]
    assert outcomes[name]["layers"] == ["photo colorized", *source]
    assert outcomes[name]["mode"] == "normal"
    shown = pixels(host, name, SIZE)
    assert np.abs(shown - expected(colorizer, host, saturation=saturation)).max() < 0.3


def test_another_output_changes_the_mode_alone(outcomes):
    assert outcomes["colour only"]["mode"] == "lch-color"
    assert outcomes["colour only"]["layers"] == ["photo colorized", "photo"]


def test_the_selection_stays(outcomes):
    assert outcomes["selection"]["selection"][-4:] == [40, 20, 48, 28]


def test_a_layer_that_was_replaced_is_its_own_source(host, outcomes, colorizer):
    assert outcomes["in place"]["layers"] == ["photo"]
    shown = pixels(host, "in place", SIZE)
    assert np.abs(shown - expected(colorizer, host, saturation=0.3)).max() < 0.3


def test_dabs_color_a_grey_image_as_the_engines_hints(host, outcomes, colorizer):
    assert outcomes["dabs"]["layers"] == ["photo colorized", "photo"]
    wanted = expected(colorizer, host, "dabs, before", hints=DABS)
    assert np.abs(pixels(host, "dabs", SIZE) - wanted).max() < 0.3
    assert np.abs(wanted - expected(colorizer, host, "dabs, before")).max() > 3


def test_an_alternative_is_the_engines_own(host, outcomes, colorizer):
    wanted = expected(colorizer, host, alternative=1)
    assert np.abs(pixels(host, "alternative", SIZE) - wanted).max() < 0.3
    assert np.abs(wanted - expected(colorizer, host)).max() > 3


def test_a_locked_result_is_refused(outcomes):
    done, message, unchanged = outcomes["locked"]
    assert not done
    assert "The pixels of “photo colorized” are locked" in message
    assert unchanged
