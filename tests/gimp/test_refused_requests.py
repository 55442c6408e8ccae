"""Requests that cannot succeed: what GIMP's user is told, and that the image stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from host import Host

from colorize_core import __version__
from colorize_core.worker.home import Engine
from gimp_plugin import installation

ONE = """
image, layer = make_image("gray", "U8_NON_LINEAR", width=side, height=side)
before = about(image)
done, message, _ = colorize(image, [layer], **choices)
result = {"done": done, "message": message, "unchanged": about(image) == before}
image.delete()
"""

REFUSALS = """
result = {}


def refused(name, image, layers, **choices):
    before = about(image)
    done, message, _ = colorize(image, layers, **choices)
    result[name] = {"done": done, "message": message, "unchanged": about(image) == before}
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

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("no such model", image, [layer], model="rembrandt")

image, layer = make_image("gray", "U8_NON_LINEAR")
refused("broken weights", image, [layer], model=broken)
"""


@pytest.fixture(scope="module")
def refusals(host: Host) -> dict:
    """What the user was told about each request that cannot succeed."""
    broken = host.folder / "broken.safetensors"
    broken.write_bytes(b"no weights")
    return host.evaluate(REFUSALS, broken=str(broken))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("empty", "the layer is empty"),
        ("group", "“people” is a group: select the layers in it"),
        ("mask", "Only layers can be colorized"),
        ("only hints", "No layer to colorize"),
        ("grey hints", "choose Image > Mode > RGB and paint them again"),
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


def test_without_an_engine_the_user_is_told_to_install_it(host):
    missing = Engine(Path("/nowhere/python"), host.folder / "nowhere", __version__)
    installation.install(host.plugins, missing)
    try:
        answer = host.evaluate(ONE, side=32, choices={})
    finally:
        installation.install(host.plugins, host.engine)
    assert not answer["done"]
    assert answer["unchanged"]
    assert "run install.py" in answer["message"]


def test_a_plugin_that_was_not_set_up_says_so(host):
    note = host.plugins / installation.NAME / installation.NOTE
    note.write_text(json.dumps({"python": sys.executable}))
    try:
        answer = host.evaluate(ONE, side=32, choices={})
    finally:
        installation.install(host.plugins, host.engine)
    assert "run install.py again" in answer["message"]
