"""A photo that takes too long becomes an error, and the next one has its turn."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from gradio_demo.deadline import Turn, within
from gradio_demo.refusals import Refusal


def never(_: int) -> None:
    raise AssertionError("it ended when it was asked to")


class TestWithin:
    def test_what_a_function_gives_and_raises_comes_through(self):
        assert within(60, lambda: 7, never) == 7
        with pytest.raises(TimeoutError, match="its own"):
            within(60, lambda: (_ for _ in ()).throw(TimeoutError("its own")), never)

    def test_endless_python_is_ended(self):
        threads = []

        def endless() -> None:
            threads.append(threading.current_thread())
            while True:
                try:
                    sum(range(100))
                except Exception:  # as readers of broken files have it
                    continue

        with pytest.raises(Refusal, match=r"longer than 0\.2 seconds"):
            within(0.2, endless, never)
        assert not threads[0].is_alive()

    def test_what_cannot_be_ended_is_left_and_loses_its_turn(self):
        turn, goes_on = Turn(), threading.Event()

        def stuck() -> None:
            with turn:
                goes_on.wait()

        taken = []
        with pytest.raises(Refusal):
            within(0.2, stuck, lambda thread: taken.append(turn.take_from(thread)))
        assert taken == [True]
        with turn:  # at once
            pass
        goes_on.set()

    def test_who_only_waits_takes_nobodys_turn(self):
        turn, taken = Turn(), []
        with turn, pytest.raises(Refusal):
            within(0.2, lambda: turn.__enter__(), lambda _: taken.append(1))
        assert taken == []

    def test_a_turn_can_be_taken_again_by_who_has_it(self):
        turn = Turn()
        with turn, turn:
            pass
        assert within(60, lambda: turn.__enter__(), never) is None


def test_the_queue_goes_on_after_an_engine_that_does_not(start, grey_photo):
    studio = start(photo_seconds=20.0)
    goes_on = threading.Event()
    network = studio.engines.colorizer("lite").network
    network.register_forward_pre_hook(lambda *_: goes_on.wait() and None)
    program = Client(studio.url, verbose=False)
    studio.desk.workshop.settings = replace(studio.settings, photo_seconds=1.0)
    started = time.monotonic()
    with pytest.raises(AppError, match="This took longer than 1 seconds"):
        program.predict(handle_file(grey_photo), api_name="/colorize")
    assert time.monotonic() - started < 60
    studio.desk.workshop.settings = studio.settings
    assert program.predict(handle_file(grey_photo), x=1, y=1, api_name="/palette")
    states, _ = program.predict([handle_file(grey_photo)], api_name="/folder")
    assert [state["state"] for state in states] == ["done"]
    goes_on.set()
