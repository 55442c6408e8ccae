"""A layer that takes too long is an error as any other, and the next one is colorized."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from workers import grey_layer

from colorize_core.engine import limit
from colorize_core.worker.jobs import ColoredRows, Job, Jobs
from colorize_core.worker.wire import LAB


def last_event(jobs: Jobs, weights: Path) -> dict:
    layer = np.ascontiguousarray(grey_layer(64, 48)[..., [0, 3]])
    job = Job(layer, LAB, None, {"model": str(weights)})
    jobs._work(job)
    while True:
        event = job.events.get(timeout=60)
        if not isinstance(event, ColoredRows) and event["reply"] != "progress":
            return event


def test_the_next_layer_goes_on(lite_weights: Path, monkeypatch: pytest.MonkeyPatch):
    jobs = Jobs()
    with monkeypatch.context() as patched:
        for name in ("_AT_LEAST", "_A_MEGAPIXEL", "_A_LOOK"):
            patched.setattr(limit, name, 0.0)
        event = last_event(jobs, lite_weights)
    assert event["reply"] == "error"
    assert event["message"].format_map(event["fields"]).startswith("not done after")
    assert last_event(jobs, lite_weights)["reply"] == "result"
    assert (jobs.failed, jobs.done) == (1, 1)
