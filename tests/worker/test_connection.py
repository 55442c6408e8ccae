"""A caller's side: what it sends, and which results it believes."""

from __future__ import annotations

import json
import multiprocessing.connection
import threading

import numpy as np
import pytest
from workers import grey_layer, sent

from colorize_core.worker import wire
from colorize_core.worker.caller import WorkerConnection, WorkerError, connect_or_start
from colorize_core.worker.connection import Strip
from colorize_core.worker.home import Engine
from colorize_core.worker.wire import (
    receive_pixels,
    send_pixels,
)


def test_pixels_arrive_as_they_were_sent():
    pixels = np.random.default_rng(0).bytes(3 * wire.CHUNK + 5)
    ours, theirs = multiprocessing.connection.Pipe()
    sender = threading.Thread(target=send_pixels, args=(ours, pixels))
    sender.start()
    assert receive_pixels(theirs, len(pixels)) == pixels
    sender.join()
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b"123"], "125 bytes fewer than 4 x 4 pixels"),
        ([], "128 bytes fewer"),
        ([bytes(100), bytes(29)], "1 bytes more"),
    ],
)
def test_pixels_of_the_wrong_length_are_not_worked_on(engine: Engine, parts: list, reason: str):
    with connect_or_start(engine) as other, pytest.raises(ValueError, match=reason):
        other.colorize((4, 4), parts)
    with connect_or_start(engine) as worker:
        assert worker.status()["failed"] == 0


def test_painted_pixels_of_the_wrong_length_are_not_sent(worker: WorkerConnection):
    with pytest.raises(ValueError, match="painted"):
        worker.colorize((4, 4), [bytes(128)], {}, b"123")


def strip(row: int, rows: int, pixels: bytes) -> list[bytes]:
    return [json.dumps({"reply": "strip", "row": row, "rows": rows}).encode(), pixels]


RESULT = [b'{"reply": "result"}']


def answered(engine: Engine, messages: list[bytes]) -> list[Strip]:
    """What the caller makes of a worker's messages about a layer of 2 x 3 pixels."""
    ours, theirs = multiprocessing.connection.Pipe()
    worker = WorkerConnection.__new__(WorkerConnection)
    worker.engine, worker._connection = engine, ours
    for message in [b'{"reply": "ready"}', *messages]:
        theirs.send_bytes(message)
    try:
        return worker.colorize((2, 3), [bytes(48)])
    finally:
        ours.close()
        theirs.close()


def test_rows_come_strip_by_strip_and_may_begin_anew(engine: Engine):
    begun = strip(0, 2, bytes(64)) + strip(0, 1, b"a" * 32) + strip(1, 2, b"b" * 64)
    assert answered(engine, begun + RESULT) == [(0, 1, b"a" * 32), (1, 2, b"b" * 64)]


@pytest.mark.parametrize(
    "messages",
    [
        RESULT,
        strip(0, 2, bytes(64)) + RESULT,
        strip(1, 2, bytes(64)) + RESULT,
        strip(0, 4, bytes(128)) + RESULT,
        strip(0, 0, b"") + RESULT,
        strip(0, 3, bytes(97)) + RESULT,
        strip(0, 2, bytes(64)) + strip(1, 2, bytes(64)) + RESULT,
    ],
)
def test_a_result_that_is_not_whole_is_never_shown(engine: Engine, messages: list):
    with pytest.raises(WorkerError) as caught:
        answered(engine, messages)
    assert caught.value.kind == "gone"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"model": "nosuch"}, "no model named 'nosuch'"),
        ({"model": "/nowhere/weights.safetensors"}, "no such file"),
        ({"temperature": 7}, "temperature must be"),
        ({"saturation": "much"}, "not supported|saturation"),
        ({"sharpness": 1}, "no option sharpness"),
    ],
)
def test_a_wrong_option_is_explained(worker: WorkerConnection, options: dict, reason: str):
    with pytest.raises(WorkerError, match=reason) as caught:
        worker.colorize((8, 8), sent(grey_layer(8, 8)), options)
    assert caught.value.kind == "options"
    assert worker.status()["failed"] == 1


def test_an_empty_layer_is_explained(worker: WorkerConnection):
    with pytest.raises(WorkerError, match="fully transparent"):
        worker.colorize((8, 8), [bytes(8 * 8 * 8)])


def test_a_host_can_say_an_error_in_another_language(worker: WorkerConnection):
    with pytest.raises(WorkerError) as caught:
        worker.colorize((8, 8), sent(grey_layer(8, 8)), {"model": "/nowhere/{}.safetensors"})
    texts = "the model {model} cannot be used: {reason}", "choose another model"
    assert caught.value.texts == texts
    assert caught.value.fields["model"] == "/nowhere/{}.safetensors"
    reason = "/nowhere/{}.safetensors: no such file"
    assert str(caught.value).startswith(f"{texts[0]}: {texts[1]}".format_map(caught.value.fields))
    assert caught.value.fields["reason"] == reason
