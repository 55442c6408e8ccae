"""Requests that cannot succeed: what GIMP's user is told, and that the image stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from host import Host
from safetensors.torch import load_file, save_file

from colorize_core import __version__
from colorize_core.worker.home import Engine
from gimp_plugin import installation

ONE = """
image, layer = make_image("gray", "U8_NON_LINEAR", width=side, height=side)
before = fingerprint(image)
done, message, _ = colorize(image, [layer], **choices)
result = {"done": done, "message": message, "unchanged": fingerprint(image) == before}
image.delete()
"""

REFUSALS = """
result = {}


def refused(name, image, layers, **choices):
    before = fingerprint(image)
    done, message, _ = colorize(image, layers, **choices)
    result[name] = {"done": done, "message": message, "unchanged": fingerprint(image) == before}
    image.delete()


image, layer = make_image("gray", "U8_NON_LINEAR", alpha=True)
write(layer, bytes(16 * 48 * 32))
refused("empty", image, [layer])

image, layer = make_image("gray", "U8_NON_LINEAR")
group = Gimp.GroupLayer.new(image, "people")
image.insert_layer(group, None, 0)
refused("group", image, [group])

image, layer = make_image("gray", "U8_NON_LINEAR")
layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
refused("mask", image, [layer.get_mask()])

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("only hints", image, [layer], hints=layer)

image, layer = make_image("gray", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.GRAYA_IMAGE, 48, 32, "hints")
refused("grey hints", image, [layer], hints=hints)

image, layer = make_image("rgb", "U8_NON_LINEAR")
other, foreign = make_image("rgb", "U8_NON_LINEAR", alpha=True)
refused("hints of another image", image, [layer], hints=foreign)

image, layer = make_image("rgb", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.RGB_IMAGE, 48, 32, "paper")
refused("hints that cannot be clear", image, [layer], hints=hints)

image, layer = make_image("rgb", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 48, 32, "copy")
write(hints, ramp(48, 32, False))
refused("hints that cover all", image, [layer], hints=hints)

image, layer = make_image("rgb", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 48, 32, "hints")
refused("empty hints", image, [layer], hints=hints)

image, layer = make_image("rgb", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 48, 32, "hints")
write(hints, ramp(48, 32, True))
hints.set_offsets(200, 0)
refused("hints elsewhere", image, [layer], hints=hints)

for name, locks in (("locked", "layer"), ("locked group", "group")):
    image, layer = make_image("gray", "U8_NON_LINEAR")
    group = Gimp.GroupLayer.new(image, "people")
    image.insert_layer(group, None, 0)
    image.reorder_item(layer, group, 0)
    {"layer": layer, "group": group}[locks].set_lock_content(True)
    refused(name, image, [layer], output="in-place")

for output in ("new-layer", "in-place"):
    image, layer = make_image("gray", "U8_NON_LINEAR")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 5, 5)
    layer.set_offsets(20, 20)
    refused(f"beside the selection, {output}", image, [layer], output=output)

image, layer = make_image("rgb", "U8_NON_LINEAR")
image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 25, 25)
refused("floating", image, [Gimp.Selection.float(image, [layer], 2, 2)])

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("not finite", image, [layer], model=infinite)

os.environ["HOME"], home = "/elsewhere", os.environ["HOME"]
image, layer = make_image("gray", "U8_NON_LINEAR")
refused("home", image, [layer], model="~/nosuch.safetensors")
os.environ["HOME"] = home

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("no such model", image, [layer], model="rembrandt")

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("broken weights", image, [layer], model=broken)
"""


@pytest.fixture(scope="module")
def refusals(host: Host, lite_weights: Path) -> dict:
    """What the user was told about each request that cannot succeed."""
    broken = host.folder / "broken.safetensors"
    broken.write_bytes(b"no weights")
    infinite = host.folder / "infinite.safetensors"
    tensors = load_file(lite_weights)
    tensors["head.weight"] = torch.full_like(tensors["head.weight"].float(), 1e38)
    save_file(tensors, infinite)
    return host.evaluate(REFUSALS, broken=str(broken), infinite=str(infinite))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("empty", "the layer is empty"),
        ("group", "“people” is a group: select the layers in it"),
        ("mask", "Only layers can be colorized"),
        ("only hints", "No layer to colorize"),
        ("grey hints", "choose Image > Mode > RGB and paint them again"),
        ("hints of another image", "is in another image"),
        ("hints that cannot be clear", "“paper” cannot hold hints: add a transparent layer"),
        ("hints that cover all", "“copy” covers all of “photo”"),
        ("empty hints", "Nothing is painted on “hints” over “photo”"),
        ("hints elsewhere", "Nothing is painted on “hints” over “photo”"),
        ("locked", "The pixels of “photo” are locked by “photo”: unlock them"),
        ("locked group", "The pixels of “photo” are locked by “people”: unlock them"),
        ("beside the selection, new-layer", "The selection lies beside “photo”"),
        ("beside the selection, in-place", "The selection lies beside “photo”"),
        ("floating", "floats: anchor it"),
        ("not finite", "its weights are damaged"),
        ("home", "/nosuch.safetensors: no such file"),
        ("no such model", "no model named 'rembrandt'"),
        ("broken weights", "not a safetensors file"),
    ],
)
def test_refusals_say_what_to_do_and_leave_the_image_alone(refusals, name, told):
    assert not refusals[name]["done"]
    assert told in refusals[name]["message"]
    assert refusals[name]["unchanged"]


def test_refusals_of_the_engine_name_its_log(host, refusals):
    assert str(host.engine.log) in refusals["no such model"]["message"]


def answer_with(engine, host):
    """What becomes of a call where the plug-in is connected to another engine."""
    installation.install(host.plugins, engine)
    try:
        return host.evaluate(ONE, side=32, choices={})
    finally:
        installation.install(host.plugins, host.engine)


def test_without_an_engine_the_user_is_told_to_install_it(host):
    missing = Engine(Path("/nowhere/python"), host.folder / "nowhere", __version__)
    answer = answer_with(missing, host)
    assert not answer["done"]
    assert answer["unchanged"]
    assert "run install.py" in answer["message"]


def test_a_home_that_cannot_be_written_is_named(host):
    file = host.folder / "no folder"
    file.write_text("a file, in which nobody can make a folder, not even root")
    answer = answer_with(Engine(host.engine.python, file, __version__), host)
    assert not answer["done"]
    assert answer["unchanged"]
    assert "the colorize worker cannot start" in answer["message"]
    assert f"make {file} a folder that you can write" in answer["message"]


def test_a_plugin_that_was_not_set_up_says_so(host):
    note = host.plugins / installation.NAME / installation.NOTE
    note.write_text(json.dumps({"python": sys.executable}))
    try:
        answer = host.evaluate(ONE, side=32, choices={})
    finally:
        installation.install(host.plugins, host.engine)
    assert "run install.py again" in answer["message"]
