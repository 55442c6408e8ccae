"""A layer that the worker has looked at once: previews, likely colours, alternatives, rendering."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from workers import grey_layer, sent

from colorize_core.worker.caller import WorkerConnection, WorkerError, connect_or_start
from colorize_core.worker.connection import Picture
from colorize_core.worker.home import Engine
from colorize_core.worker.wire import OPAQUE_RGB, RGB

SIZE = (120, 80)


@pytest.fixture
def options(lite_weights: Path) -> dict:
    return {"model": str(lite_weights)}


def looked_at(worker: WorkerConnection, options: dict, hints: bytes | None = None) -> None:
    worker.look(SIZE, sent(grey_layer(*SIZE)), options, hints)


def array(picture: Picture) -> np.ndarray:
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 4)


def joined(strips: list) -> bytes:
    return b"".join(strip.pixels for strip in strips)


@pytest.mark.usefixtures("one_way")
def test_what_was_looked_at_is_rendered_as_if_colorized_at_once(
    worker: WorkerConnection, options: dict
):
    chosen = {"saturation": 1.5, "temperature": 0.5}
    at_once = worker.colorize(SIZE, sent(grey_layer(*SIZE)), {**options, **chosen})
    looked_at(worker, options)
    assert joined(worker.render(chosen)) == joined(at_once)
    assert joined(worker.render({"saturation": 0.5})) != joined(at_once)


def test_what_was_asked_for_is_coloured_while_the_caller_does_something_else(
    engine: Engine, worker: WorkerConnection, options: dict
):
    looked_at(worker, options)
    at_once = worker.render({"saturation": 1.5}, result=RGB)
    worker.begin_render({"saturation": 1.5}, RGB)
    with connect_or_start(engine) as other:
        deadline = time.monotonic() + 60
        while other.status()["done"] < 2:
            assert time.monotonic() < deadline, other.status()
            time.sleep(0.05)
    assert joined(worker.rendered()) == joined(at_once)


def test_what_was_asked_for_and_is_not_wanted_any_more_is_given_up(
    engine: Engine, worker: WorkerConnection, options: dict
):
    looked_at(worker, options)
    worker.begin_render({})
    worker.close()
    with connect_or_start(engine) as other:
        other.look(SIZE, sent(grey_layer(*SIZE)), options)
        assert len(joined(other.render({}, result=RGB))) == 4 * SIZE[0] * SIZE[1]


@pytest.mark.usefixtures("one_way")
def test_without_alpha_three_bytes_a_pixel_come_back(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    with_alpha, opaque = (
        np.frombuffer(joined(worker.render({}, result=form)), np.uint8).reshape(80, 120, channels)
        for form, channels in ((RGB, 4), (OPAQUE_RGB, 3))
    )
    np.testing.assert_array_equal(opaque, with_alpha[..., :3])


@pytest.mark.usefixtures("one_way")
def test_a_preview_is_the_result_made_small(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    whole = np.frombuffer(joined(worker.render({}, result=RGB)), np.uint8).reshape(80, 120, 4)
    small = array(worker.preview((60, 40), {})).astype(float)
    mean = whole.reshape(40, 2, 60, 2, 4).mean((1, 3))
    assert np.abs(small - mean).mean() < 4
    assert np.abs(array(worker.preview((120, 80), {})).astype(int) - whole).max() <= 2


def test_sliders_need_no_forward_pass(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    strong, grey = (array(worker.preview((60, 40), {"saturation": s})) for s in (2.0, 0.0))
    assert np.ptp(grey[..., :3], axis=-1).max() <= 1
    assert np.ptp(strong[..., :3].astype(int), axis=-1).mean() > 10
    even = array(worker.preview((60, 40), {"temperature": 1.0}))
    assert (even != array(worker.preview((60, 40), {"temperature": 0.05}))).any()
    log = worker.engine.log.read_text()
    assert log.count("looked at in") == 1


def test_alternatives_are_counted_shown_and_rendered(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    first = worker.preview((60, 40), {}, alternatives=True)
    assert 1 <= first.alternatives <= 3
    other = worker.preview((60, 40), {"alternative": 1})
    assert other.pixels != first.pixels
    assert joined(worker.render({"alternative": 1})) != joined(worker.render({}))
    with pytest.raises(WorkerError, match="there is no alternative 9"):
        worker.preview((60, 40), {"alternative": 9})
    with pytest.raises(WorkerError, match="there is no alternative 9"):
        worker.render({"alternative": 9})


def test_likely_colors_of_a_place_come_with_their_shares(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    colors = worker.colors(60, 40)
    assert 1 <= len(colors) <= 6
    assert all(len(color) == 7 and color[0] == "#" for color, _ in colors)
    shares = [share for _, share in colors]
    assert shares == sorted(shares, reverse=True)
    with pytest.raises(WorkerError, match="outside the photo"):
        worker.colors(120, 0)


def test_dabs_and_paint_are_seen_in_the_preview(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    plain = array(worker.preview(SIZE, {}))
    dab = {"x": 60, "y": 40, "color": "#c02020", "radius": 6}
    looked_at(worker, {**options, "hints": [dab]})
    assert (array(worker.preview(SIZE, {})) != plain).any()
    paint = np.zeros((80, 120, 4), np.uint8)
    paint[40, 60] = (200, 30, 30, 255)
    looked_at(worker, options, paint.tobytes())
    painted = array(worker.preview((60, 40), {}))[20, 30].astype(int)
    assert painted[0] > painted[1] + 20


def test_each_connection_has_its_own_desk(engine: Engine, worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    with connect_or_start(engine) as other, pytest.raises(WorkerError, match="no layer was looked"):
        other.preview((60, 40), {})
    assert worker.preview((60, 40), {}).width == 60


@pytest.mark.parametrize("size", [(0, 10), (5000, 10), (10, -1)])
def test_previews_of_no_size_or_too_large_are_refused(
    worker: WorkerConnection, options: dict, size: tuple
):
    looked_at(worker, options)
    with pytest.raises(WorkerError, match="a preview's sides"):
        worker.preview(size, {})
    assert worker.preview((6, 4), {}).height == 4


def test_a_failed_look_leaves_the_desk_empty(worker: WorkerConnection, options: dict):
    looked_at(worker, options)
    with pytest.raises(WorkerError, match="no such file"):
        looked_at(worker, {"model": "/nowhere/weights.safetensors"})
    with pytest.raises(WorkerError, match="no layer was looked"):
        worker.preview((60, 40), {})


def test_the_models_are_those_that_have_weights(worker: WorkerConnection):
    models = dict(worker.models())
    assert models["lite"] is True
    assert "resnet" not in models
