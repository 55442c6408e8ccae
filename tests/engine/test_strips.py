"""Rows by strips: all of them, in order, whatever the threads do."""

import threading
import time
from typing import Any

import pytest
import torch

from colorize_core.engine.strips import by_strips

LARGE = (1300, 1000)


@pytest.mark.parametrize("size", [LARGE, (3, 300_000), (1, 1), (5, 7)])
def test_every_row_comes_once_and_in_order(size):
    seen = [row for rows, _ in by_strips(lambda rows: rows, *size) for row in range(size[0])[rows]]
    assert seen == list(range(size[0]))


def test_results_are_those_of_their_rows_though_threads_differ_in_speed():
    def work(rows):
        time.sleep(0.03 if rows.start == 0 else 0.0)
        return rows.start

    results = list(by_strips(work, *LARGE))
    assert len(results) > 3
    assert all(rows.start == start for rows, start in results)


def test_what_goes_wrong_in_a_thread_is_raised():
    def work(rows):
        if rows.start:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        list(by_strips(work, *LARGE))


def test_no_thread_runs_far_ahead():
    done = []
    strips: Any = by_strips(lambda rows: done.append(rows), 100_000, 1000)
    next(strips)
    time.sleep(0.3)
    assert len(done) < 20
    strips.close()


def test_threads_leave_torchs_own_threads_to_others():
    before = torch.get_num_threads()
    within = {result for _, result in by_strips(lambda rows: torch.get_num_threads(), *LARGE)}
    assert within == {1}
    assert torch.get_num_threads() == before


def test_work_is_without_gradients():
    assert all(
        result for _, result in by_strips(lambda _: torch.is_inference_mode_enabled(), *LARGE)
    )


def test_several_callers_share_the_threads():
    results = []
    callers = [
        threading.Thread(target=lambda: results.append(len(list(by_strips(id, *LARGE)))))
        for _ in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=60)
    assert results == results[:1] * 8
