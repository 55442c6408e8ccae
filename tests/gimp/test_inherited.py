"""What a new layer takes over from its source, and what it must not: locks, invisibility."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from host import Host
from test_pixels import engines_own, pixels

SCRIPT = """
def lock(layer, *what):
    for name in what:
        getattr(layer, f"set_lock_{name}")(True)


def masked(layer, kind=Gimp.AddMaskType.WHITE):
    layer.add_mask(layer.create_mask(kind))


def half_selected(layer):
    layer.get_image().select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 24, 32)


def mask_off(layer):
    masked(layer, Gimp.AddMaskType.BLACK)
    layer.set_apply_mask(False)
    half_selected(layer)


cases = {
    "locked": lambda layer, group: lock(layer, "content", "alpha", "position", "visibility"),
    "locked group": lambda layer, group: lock(group, "content", "position", "visibility"),
    "hidden": lambda layer, group: layer.set_visible(False),
    "hidden and locked": lambda layer, group: (layer.set_visible(False), lock(layer, "visibility")),
    "clear": lambda layer, group: layer.set_opacity(0.0),
    "mask shown": lambda layer, group: (masked(layer), layer.set_show_mask(True)),
    "mask edited": lambda layer, group: (masked(layer), layer.set_edit_mask(True)),
    "mask off": lambda layer, group: mask_off(layer),
    "text": None,
}
result = {}
for base, names in wanted.items():
    for case, prepare in ((name, cases[name]) for name in names):
        image, layer = make_image(base, "U8_NON_LINEAR", alpha=True)
        if prepare:
            group = Gimp.GroupLayer.new(image, "group")
            image.insert_layer(group, None, 0)
            image.reorder_item(layer, group, 0)
            prepare(layer, group)
        else:
            font = Gimp.context_get_font()
            layer = Gimp.TextLayer.new(image, "grey", font, 40.0, Gimp.Unit.pixel())
            image.insert_layer(layer, None, 0)
            masked(layer)
        name = f"{case}, {base}"
        keep(layer, name + ".before")
        before = state(layer)
        done, message, shown = colorize(image, [layer], model=weights)
        if done:
            keep(shown, name + ".shown")
        result[name] = {
            "done": done,
            "message": message,
            "kept": state(layer) == before,
            "size": [layer.get_width(), layer.get_height()],
            "shown": done and state(shown),
            "edits mask": done and shown.get_edit_mask(),
            "in": done and shown.get_parent() == layer.get_parent(),
        }
        if case == "mask off":
            keep(shown.get_mask(), name + ".mask", "Y float")
        image.delete()
"""
WANTED = {
    "gray": (
        *("locked", "locked group", "hidden", "hidden and locked", "clear"),
        *("mask shown", "mask edited", "mask off", "text"),
    ),
    "rgb": ("locked", "locked group", "mask off"),
}
NAMES = [f"{case}, {base}" for base, cases in WANTED.items() for case in cases]


@pytest.fixture(scope="module")
def outcomes(host: Host, lite_weights) -> dict[str, Any]:
    """What became of every case, all of them in one run of GIMP."""
    weights = host.folder / "weights.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    return host.evaluate(SCRIPT, weights=str(weights), wanted=WANTED)


@pytest.mark.parametrize("name", NAMES)
def test_the_colors_are_there_and_seen_and_the_source_is_as_it_was(name, host, outcomes, colorizer):
    outcome = outcomes[name]
    assert outcome["done"], outcome["message"]
    assert outcome["kept"]
    shown = outcome["shown"]
    assert shown["visible"]
    assert shown["opacity"] == 100.0
    assert not any(shown["locks"])
    before = pixels(host, f"{name}.before", outcome["size"])
    expected = engines_own(colorizer, before)
    seen = before[..., 3] > 0.5
    away = np.abs(pixels(host, f"{name}.shown", outcome["size"]) - expected)[seen]
    assert np.quantile(away, 0.99) < 2.5


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("mask", "text"))])
def test_a_mask_is_taken_over_but_not_shown_or_edited(name, outcomes):
    assert outcomes[name]["shown"]["mask"] == [True, False]
    assert not outcomes[name]["edits mask"]


@pytest.mark.parametrize("base", sorted(WANTED))
def test_a_mask_that_is_off_does_not_limit_the_selection(base, host, outcomes):
    mask = np.fromfile(host.folder / f"mask off, {base}.mask", np.float32).reshape(32, 48)
    inside = np.zeros((32, 48))
    inside[:, :24] = 1.0
    np.testing.assert_allclose(mask, inside, atol=0.01)
