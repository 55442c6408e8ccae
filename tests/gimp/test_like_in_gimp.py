"""Colours like those of another layer, or of another open image."""

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
from gimp_plugin import installation

SIZE = (48, 32)
LIKENESS = 8.0

SCRIPT = """
import sys

result = {}


def paint(layer):
    colors = ((200, 40, 40), (40, 160, 60), (50, 60, 200), (220, 190, 40))
    write(layer, b"".join(bytes((*colors[2 * (y // 16) + x // 24], 255))
                          for y in range(32) for x in range(48)), "R'G'B'A u8")


def called(name, image, layers, **choices):
    done, message, shown = colorize(image, layers, model=weights, **choices)
    assert done, (name, message)
    keep(shown, name)
    memory = json.loads(bytes(shown.get_parasite("colorize").get_data()))
    result[name] = [memory["like"], memory["likeness"]]
    return shown


def refused(name, image, layers, **choices):
    before = fingerprint(image)
    done, message, _ = colorize(image, layers, model=weights, **choices)
    result[name] = {"done": done, "message": message, "unchanged": fingerprint(image) == before}


image, layer = make_image("rgb", "FLOAT_LINEAR")
keep(layer, "before")
aunt = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 48, 32, "aunt")
paint(aunt)
keep(aunt, "aunt", "R'G'B'A u8")
called("none", image, [layer])
like_aunt = called("layer", image, [layer], like=aunt, likeness=likeness)
called("none again", image, [layer])

other, shown = make_image("rgb", "U8_NON_LINEAR", alpha=True)
paint(shown)
other.clean_all()
like_other = called("image", image, [layer], **{"like-image": other, "likeness": likeness})
result["other"] = len(other.get_layers()) == 1 and not other.is_dirty()

refused("itself", image, [layer], like=layer)
grey, _ = make_image("gray", "U8_NON_LINEAR")
refused("grey", image, [layer], **{"like-image": grey})
bare = add_layer(image, Gimp.ImageType.RGB_IMAGE, 48, 32, "bare")
write(bare, ramp(48, 32, False))
refused("bare", image, [layer], like=bare)

# What the dialog begins with, where it is opened on a result.
sys.path.insert(0, plugin)
import likes


def remembered(shown):
    config = Gimp.get_pdb().lookup_procedure("plug-in-colorize").create_config()
    likes.remember(config, shown, all_of_it=True)
    return likes.chosen(config), likes.missed(config, shown)


grey.delete()
result["remembered"] = [remembered(like_aunt)[0] == aunt, remembered(like_other)[0] == other]
result["offered"] = [one.get_name() for one in likes.offered(image, layer)]
image.remove_layer(aunt)
other.delete()
result["missed"] = [remembered(like_aunt), remembered(like_other)]
image.delete()
"""


@pytest.fixture(scope="module")
def outcomes(host: Host, lite_weights) -> dict[str, Any]:
    """What became of every call, all of them in one run of GIMP."""
    weights = host.folder / "weights.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    plugin = str(host.plugins / installation.NAME)
    return host.evaluate(SCRIPT, weights=str(weights), likeness=LIKENESS, plugin=plugin)


def expected(colorizer: Colorizer, host: Host, **options) -> np.ndarray:
    """The engine's own result for what lay in the layer."""
    given = np.ascontiguousarray(pixels(host, "before", SIZE)[..., ::3])
    chosen = ColorizeOptions(**options)
    with torch.inference_mode():
        looked = look_at_layer(colorizer, given, None, chosen, lambda *_: None)
        strips = color_layer(looked, chosen, LAB, lambda *_: None)
        return np.concatenate([strip for _, strip in strips])


@pytest.mark.parametrize("name", ["layer", "image"])
def test_the_colors_are_those_of_the_engine_with_that_reference(name, host, outcomes, colorizer):
    aunt = np.fromfile(host.folder / "aunt", np.uint8).reshape(SIZE[1], SIZE[0], 4)
    wanted = expected(colorizer, host, like=(aunt,), likeness=LIKENESS)
    assert np.abs(pixels(host, name, SIZE) - wanted).max() < 0.3
    assert np.abs(wanted - expected(colorizer, host)).max() > 3


@pytest.mark.parametrize("name", ["none", "none again"])
def test_without_one_all_is_as_before(name, host, outcomes, colorizer):
    assert np.abs(pixels(host, name, SIZE) - expected(colorizer, host)).max() < 0.3


def test_the_layer_remembers_what_its_colors_are_like(outcomes):
    like, likeness = outcomes["layer"]
    assert like["layer"] == "aunt"
    assert likeness == LIKENESS
    assert outcomes["none"][0] is None
    assert outcomes["image"][0]["image"]


def test_called_again_it_is_found_or_named(outcomes):
    assert outcomes["remembered"] == [True, True]
    assert outcomes["missed"] == [[None, "aunt"], [None, "[Untitled]"]]


def test_what_was_made_of_the_layer_is_not_offered_for_it(outcomes):
    assert outcomes["offered"] == ["bare", "aunt", "[Untitled]"]


def test_the_other_image_is_not_touched(outcomes):
    assert outcomes["other"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("itself", "“photo” cannot have its own colours"),
        ("grey", "is in greyscale: it has no colours to copy"),
        ("bare", "the photo to copy colours from has none: choose one that is in colour"),
    ],
)
def test_what_has_no_colors_is_refused(name, told, outcomes):
    assert not outcomes[name]["done"]
    assert told in outcomes[name]["message"]
    assert outcomes[name]["unchanged"]
