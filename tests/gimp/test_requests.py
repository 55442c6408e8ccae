"""Selections, painted hints, several layers, and what the user is told when something is wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from host import Host
from test_pixels import engines_own, pixels

from colorize_core.color import rgb_to_lab
from colorize_core.worker.caller import connect
from gimp_plugin import installation

SIZE = (48, 32)
RED = (200, 30, 40)

RESULTS = """
result = {}

# A selection limits the result, and the network sees the whole layer all the same.
for output in ("new-layer", "in-place"):
    image, layer = make_image("rgb", "FLOAT_LINEAR")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 8, 20, 12)
    keep(layer, f"selected {output}.before")
    done, message, shown = colorize(image, [layer], model=weights, output=output)
    assert done, message
    keep(shown, f"selected {output}.shown")
    if shown.get_mask():
        keep(shown.get_mask(), "mask", "Y float")
    result[output] = {
        "masked": shown.get_mask() is not None,
        "selection": list(Gimp.Selection.bounds(image))[1:],
    }
    image.delete()

# A mask that the layer has already holds on.
image, layer = make_image("rgb", "U8_NON_LINEAR")
image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 24, 32)
layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
image.select_rectangle(Gimp.ChannelOps.REPLACE, 12, 0, 36, 32)
done, message, shown = colorize(image, [layer], model=weights)
assert done, message
keep(shown.get_mask(), "both masks", "Y float")
result["selection after"] = list(Gimp.Selection.bounds(image))[1:]
image.delete()

# Paint on a layer of hints that lies elsewhere and has another size.
image, layer = make_image("gray", "FLOAT_LINEAR")
hints = add_layer(image, Gimp.ImageType.GRAYA_IMAGE, 30, 20, "hints")
image.convert_rgb()
hints.set_offsets(12, 6)
clear, red = bytes(4), bytes((*paint, 255))
write(hints, b"".join(red if 4 <= x < 10 and 5 <= y < 9 else clear
                      for y in range(20) for x in range(30)), "R'G'B'A u8")
keep(layer, "hinted.before")
done, message, shown = colorize(image, [layer, hints], model=weights, hints=hints)
assert done, message
keep(shown, "hinted.shown")
result["hints"] = {"visible": hints.get_visible(), **about(image)}
image.delete()

# Who has just painted the hints has their layer selected.
image, layer = make_image("rgb", "U8_NON_LINEAR")
hints = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 48, 32, "hints")
write(hints, b"".join(red if x == y == 9 else clear for y in range(32) for x in range(48)),
      "R'G'B'A u8")
done, message, shown = colorize(image, [hints], model=weights, hints=hints)
assert done, message
result["hints selected"] = shown.get_name()
image.delete()

# Several layers at once.
image, layer = make_image("rgb", "U8_NON_LINEAR")
other = add_layer(image, Gimp.ImageType.RGBA_IMAGE, 20, 20, "other")
write(other, ramp(20, 20, False))
done, message, shown = colorize(image, [layer, other], model=weights)
result["several"] = {
    "done": done,
    "selected": [item.get_name() for item in image.get_selected_layers()],
    **about(image),
}
image.delete()
"""

ONE = """
image, layer = make_image("gray", "U8_NON_LINEAR", width=side, height=side)
before = about(image)
done, message, _ = colorize(image, [layer], **choices)
result = {"done": done, "message": message, "unchanged": about(image) == before}
image.delete()
"""


@pytest.fixture(scope="module")
def weights(host: Host, lite_weights) -> str:
    """The random weights, where GIMP sees them."""
    file = host.folder / "weights.safetensors"
    file.write_bytes(lite_weights.read_bytes())
    return str(file)


@pytest.fixture(scope="module")
def results(host: Host, weights: str) -> dict:
    """What became of the requests that must succeed, all in one run of GIMP."""
    return host.evaluate(RESULTS, weights=weights, paint=RED)


def test_a_selection_becomes_the_mask_of_the_new_layer(host, results, colorizer):
    assert results["new-layer"]["masked"]
    mask = np.fromfile(host.folder / "mask", np.float32).reshape(32, 48)
    inside = np.zeros((32, 48))
    inside[8:20, 10:30] = 1.0
    np.testing.assert_array_equal(mask, inside)
    shown = pixels(host, "selected new-layer.shown", SIZE)
    expected = engines_own(colorizer, pixels(host, "selected new-layer.before", SIZE))
    assert np.abs(shown - expected).max() < 0.2  # under the mask the layer is whole


def test_in_place_nothing_changes_outside_the_selection(host, results, colorizer):
    before = pixels(host, "selected in-place.before", SIZE)
    shown = pixels(host, "selected in-place.shown", SIZE)
    inside = np.zeros((32, 48), bool)
    inside[8:20, 10:30] = True
    np.testing.assert_allclose(shown[~inside], before[~inside], atol=1e-3)
    away = np.abs(shown - engines_own(colorizer, before))[inside]
    assert away.max() < 0.2


def test_the_selection_stays(results):
    assert results["new-layer"]["selection"] == results["in-place"]["selection"]
    assert results["new-layer"]["selection"][-4:] == [10, 8, 30, 20]
    assert results["selection after"][-4:] == [12, 0, 48, 32]


def test_a_mask_that_was_there_and_the_selection_both_hold(host, results):
    mask = np.fromfile(host.folder / "both masks", np.float32).reshape(32, 48)
    inside = np.zeros((32, 48))
    inside[:, 12:24] = 1.0
    np.testing.assert_allclose(mask, inside, atol=0.01)


def test_painted_pixels_keep_their_color_and_the_rest_is_the_engines(host, results, colorizer):
    before = pixels(host, "hinted.before", SIZE)
    shown = pixels(host, "hinted.shown", SIZE)
    painted = np.zeros((32, 48, 4), np.uint8)
    painted[11:15, 16:22] = (*RED, 255)
    expected = engines_own(colorizer, before, painted)
    assert np.abs(shown - expected).max() < 0.2
    alone = engines_own(colorizer, before)
    assert np.abs(shown - alone)[..., 1:3].max() > 10
    _, a, b = rgb_to_lab(torch.tensor(RED).view(1, 3, 1, 1) / 255.0).flatten().tolist()
    hue = np.degrees(np.arctan2(shown[11:15, 16:22, 2], shown[11:15, 16:22, 1]))
    # Hints are sRGB, so D65; what comes back is D50: the hue angles of a red differ by a little.
    assert np.abs(hue - np.degrees(np.arctan2(b, a))).max() < 12


def test_the_layer_of_hints_is_hidden_and_not_colorized(results):
    assert not results["hints"]["visible"]
    assert results["hints"]["layers"] == ["hints", "photo colorized", "photo"]


def test_with_the_hints_selected_the_layer_below_is_meant(results):
    assert results["hints selected"] == "photo colorized"


def test_several_layers_get_a_new_one_each(results):
    several = results["several"]
    assert several["done"]
    assert several["layers"] == ["other colorized", "other", "photo colorized", "photo"]
    assert sorted(several["selected"]) == ["other colorized", "photo colorized"]


@contextlib.contextmanager
def signalled_when_busy(host: Host, number: signal.Signals) -> Iterator[list[int]]:
    """The worker is sent a signal once it works; gives its number then."""
    signalled: list[int] = []

    def signal_when_busy() -> None:
        deadline = time.monotonic() + 120
        while not signalled and time.monotonic() < deadline:
            worker = connect(host.engine)
            if worker is not None:
                with worker:
                    if worker.status()["state"] == "busy":
                        os.kill(worker.pid, number)
                        signalled.append(worker.pid)
            time.sleep(0.02)

    thread = threading.Thread(target=signal_when_busy)
    thread.start()
    yield signalled
    thread.join()


def test_a_worker_killed_in_mid_request_costs_a_message_and_nothing_else(host, weights):
    with signalled_when_busy(host, signal.SIGKILL) as killed:
        answer = host.evaluate(ONE, side=1600, choices={"model": weights})
    assert killed
    assert not answer["done"]
    assert answer["unchanged"]
    assert "ended in the middle of its work" in answer["message"]
    assert host.evaluate(ONE, side=32, choices={"model": weights})["done"]


def test_a_worker_that_falls_silent_is_told_and_how_to_end_it(host, weights):
    wire = host.plugins / installation.NAME / "colorize_core/worker/wire.py"
    patient = wire.read_text()
    wire.write_text(patient.replace("SILENCE_SECONDS = 60.0", "SILENCE_SECONDS = 4.0"))
    try:
        with signalled_when_busy(host, signal.SIGSTOP) as stopped:
            answer = host.evaluate(ONE, side=1600, choices={"model": weights})
        os.kill(stopped[0], signal.SIGKILL)
    finally:
        wire.write_text(patient)
    assert not answer["done"]
    assert answer["unchanged"]
    assert "does not answer any more" in answer["message"]
    assert f"worker stop” in a terminal, or end process {stopped[0]}" in answer["message"]
    assert host.evaluate(ONE, side=32, choices={"model": weights})["done"]


def test_a_model_may_lie_in_the_users_home(host, weights):
    answer = host.evaluate(ONE, side=32, choices={"model": "~/weights.safetensors"})
    assert answer["done"], answer["message"]


def test_two_gimps_at_once_share_the_worker(host, weights):
    second = host.another()
    answers: list[dict] = []

    def ask(gimp: Host) -> None:
        answers.append(gimp.evaluate(ONE, side=600, choices={"model": weights}))

    threads = [threading.Thread(target=ask, args=(gimp,)) for gimp in (host, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["done"] for answer in answers] == [True, True]
    worker = connect(host.engine)
    assert worker is not None
    with worker:
        assert worker.status()["done"] >= 2
