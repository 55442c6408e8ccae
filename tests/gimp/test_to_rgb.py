"""Grey images become RGB by a shorter way, and to the byte what GIMP's own makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from host import Host

ROOT = Path(__file__).parents[2]
SCRIPT = """
import random, sys

sys.path[:0] = [plugin, root]
import converting

GRAY, GRAYA = Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE
WIDTH, HEIGHT = 300, 200  # more than one tile


def greys(image, kind, name="photo", parent=None):
    # Every one of 256 greys, most of them once, a few of them nearly everywhere.
    layer = add_layer(image, kind, WIDTH, HEIGHT, name, parent)
    values = [*range(256), *random.Random(7).choices((0, 3, 4, 254, 255), k=WIDTH * HEIGHT - 256)]
    random.Random(8).shuffle(values)
    write(layer, bytes(values), "Y' u8")
    if kind == GRAYA:
        shares = random.Random(9).choices(range(256), k=WIDTH * HEIGHT)
        write(layer, bytes(byte for pair in zip(values, shares) for byte in pair), "Y'A u8")
    return layer


def made(kind):
    precision = "U16_NON_LINEAR" if kind == "16 bit" else "U8_NON_LINEAR"
    base = Gimp.ImageBaseType.RGB if kind == "rgb" else Gimp.ImageBaseType.GRAY
    image = Gimp.Image.new_with_precision(WIDTH, HEIGHT, base, getattr(Gimp.Precision, precision))
    if kind == "rgb":
        add_layer(image, Gimp.ImageType.RGB_IMAGE, WIDTH, HEIGHT)
        return image
    layer = greys(image, GRAY)
    if kind == "profile":
        image.set_color_profile(Gimp.ColorProfile.new_d50_gray_lab_trc())
    elif kind == "alpha in another layer":
        greys(image, GRAYA, "above")
    elif kind == "filter":
        layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:gaussian-blur", ""))
    elif kind == "group":
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        greys(image, GRAY, "inside", group)
    elif kind == "text":
        text = Gimp.TextLayer.new(image, "grey", Gimp.context_get_font(), 40.0, Gimp.Unit.pixel())
        image.insert_layer(text, None, 0)
    elif kind == "mask, mode and place":
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.COPY))
        layer.set_mode(Gimp.LayerMode.MULTIPLY)
        layer.set_opacity(40.0)
        layer.set_offsets(5, -3)
        greys(image, GRAY, "above")
    elif kind == "selection":
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 8, 20, 12)
    return image


def all_of(layer):
    size = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    form = "R'G'B'A u8" if layer.get_image().get_precision() == Gimp.Precision.U8_NON_LINEAR \\
        else "R'G'B'A u16"
    mask = layer.get_mask()
    return {
        **state(layer),
        "exactly": hashlib.sha256(
            layer.get_buffer().get(size, 1.0, form, Gegl.AbyssPolicy.NONE)
        ).hexdigest(),
        "mask's": mask and hashlib.sha256(
            mask.get_buffer().get(size, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
        ).hexdigest(),
        "type": layer.type().value_nick,
        "mode": layer.get_mode().value_nick,
        "spaces": [layer.get_blend_space().value_nick, layer.get_composite_mode().value_nick],
        "filters": len(layer.get_filters()),
        "offsets": list(layer.get_offsets())[1:],
    }


def told(image):
    return {
        **fingerprint(image),
        "all": [all_of(layer) for layer in every_layer(image.get_layers())],
        "palette": image.get_palette() is not None,
        "profile": image.get_color_profile() and image.get_color_profile().get_label(),
    }


result = {}
for kind in kinds:
    image = made(kind)
    before = image.duplicate()
    result[kind] = {"has only greys": converting.has_only_greys_of_8_bits(image)}
    if kind != "rgb":
        assert converting.to_rgb(image)
        before.convert_rgb()
        result[kind] |= {"shown": told(image), "expected": told(before)}
    image.delete()
    before.delete()
"""
SHORT = ("plain", "mask, mode and place", "selection")
LONG = ("rgb", "16 bit", "profile", "alpha in another layer", "filter", "group", "text")


@pytest.fixture(scope="module")
def outcomes(host: Host) -> dict[str, Any]:
    """What became of every kind of image, by both ways, in one run of GIMP."""
    folder = str(host.plugins / "colorize")
    return host.evaluate(SCRIPT, plugin=folder, root=str(ROOT), kinds=(*SHORT, *LONG))


@pytest.mark.parametrize("kind", [kind for kind in (*SHORT, *LONG) if kind != "rgb"])
def test_layers_become_to_the_byte_what_gimp_makes_of_them(kind, outcomes):
    assert outcomes[kind]["shown"]["type"] == "rgb"
    assert not outcomes[kind]["shown"]["palette"]
    assert outcomes[kind]["shown"] == outcomes[kind]["expected"]


@pytest.mark.parametrize("kind", [*SHORT, *LONG])
def test_only_what_a_palette_holds_exactly_goes_by_way_of_one(kind, outcomes):
    assert outcomes[kind]["has only greys"] == (kind in SHORT)
