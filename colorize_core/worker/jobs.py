"""The queue of a worker: layers wait for their turn, one thread colorizes them."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from colorize_core.worker.answers import N_
from colorize_core.worker.failures import TellingError, explain, failure, lacks_memory, unusable

if TYPE_CHECKING:  # it brings PyTorch, which is loaded when callers are let in already
    from colorize_core.worker.layer import Looked

log = logging.getLogger(__name__)

_MODELS_KEPT = 2
_STOPPING = N_("the colorize worker is stopping")
_STOPPED = N_("the colorize worker was stopped")
_AGAIN = N_("try again")
_OPTIONS = {
    *("model", "temperature", "saturation", "size", "as_is", "hints", "likeness", "alternative"),
}


class State(Enum):
    """The state of a worker."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    STOPPING = "stopping"


class CancelledError(Exception):
    """An end of work: nobody waits for its result any more."""


@dataclass(frozen=True, slots=True)
class ColoredRows:
    """Some rows of a result: the number of the first one, and pixels, ``(rows, W, 4)``."""

    row: int
    pixels: np.ndarray


@dataclass
class Job:
    """A layer to look at, to colorize, or both, and its caller's choices.

    Attributes:
        pixels: L and alpha, float32 ``(H, W, 2)``, or grey sRGB and alpha, uint8.
        result: format of the result; empty where the layer is only to be looked at.
        painted: colour hints, uint8 ``(H, W, 4)``.
        options: the caller's choices, unchecked.
        looked: the layer as the network sees it: given before, or what the job has found.
        like: a photo whose colours are copied, sRGB and alpha, uint8 ``(h, w, 4)``.
        events: rows and messages for the caller; the last one is a ``result`` or an ``error``.
        clock: the time that it has, once work on it begins.
    """

    pixels: np.ndarray
    result: str
    painted: np.ndarray | None
    options: dict[str, Any]
    looked: Looked | None = None
    like: np.ndarray | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    events: queue.SimpleQueue[dict[str, Any] | ColoredRows] = field(
        default_factory=queue.SimpleQueue
    )
    clock: Any = None

    def report(self, share: float, text: str) -> None:
        """Tell the caller of the progress; CancelledError if it has gone."""
        self.check()
        self.events.put({"reply": "progress", "share": share, "text": text})

    def check(self, *_: object) -> None:
        """Raise CancelledError if the caller has gone, TimeLimitError if the time is up."""
        if self.cancelled.is_set():
            raise CancelledError
        if self.clock is not None:
            self.clock.check()


class Jobs:
    """The queue and the thread that works on it.

    Attributes:
        state: the worker's.
        done: layers colorized so far; ``cancelled`` and ``failed`` the others.
        device: in words, once it is known.
        warm: set once the engine is loaded, or cannot be. Until then no other thread may import of
            it: two that import the same packages at a time can find them half there.
    """

    def __init__(self) -> None:
        self.state = State.STARTING
        self.done = self.cancelled = self.failed = 0
        self.device = ""
        self.warm = threading.Event()
        self.last_active = time.monotonic()
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._pending: set[int] = set()
        self._lock = threading.Lock()
        self._colorizers: dict[Any, Any] = {}
        self._current: Job | None = None
        self._expects_more = False

    @property
    def pending(self) -> int:
        """Jobs that wait or are being worked on."""
        return len(self._pending)

    @property
    def work(self) -> str:
        """What is being done, in words; empty where there is nothing to do."""
        job = self._current
        if job is None:
            return ""
        height, width = job.pixels.shape[:2]
        return f"{'colorizing' if job.result else 'looking at'} {width} x {height} pixels"

    @property
    def models(self) -> list[str]:
        """The models that are loaded."""
        return [str(key[0]) for key in list(self._colorizers)]

    def add(self, job: Job) -> None:
        """Queue a job; refused with an ``error`` event where the worker is stopping."""
        with self._lock:
            if self.state is State.STOPPING:
                job.events.put(failure("stopped", _STOPPING, _AGAIN))
                return
            self._pending.add(id(job))
        self._waiting.put(job)

    def start_stopping(self, only_if: Callable[[], bool] = lambda: True) -> bool:
        """Take no more jobs and drop the current one if a condition holds; tell whether so."""
        with self._lock:
            if not only_if():
                return False
            self.state = State.STOPPING
            if self._current is not None:
                self._current.cancelled.set()
        return True

    def run(self) -> None:
        """Work on jobs until the process ends."""
        try:
            self._warm_up()
        except Exception:  # said again, to the caller, by the first job
            log.exception("the engine cannot be loaded")
        self.warm.set()
        self._rest()
        while True:
            job = self._waiting.get()
            with self._lock:
                if self.state is not State.STOPPING:
                    self.state = State.BUSY
                else:
                    job.cancelled.set()
                self._current = job
            self._work(job)
            with self._lock:
                self._pending.discard(id(job))
                self._current = None
            del job
            self._rest()

    def _rest(self) -> None:
        with self._lock:
            self.last_active = time.monotonic()
            if self.state is not State.STOPPING:
                self.state = State.IDLE

    def _warm_up(self) -> None:
        from colorize_core.engine.device import describe_device, pick_device

        self.device = describe_device(pick_device("auto"))
        log.info("ready on %s", self.device)

    def _work(self, job: Job) -> None:
        height, width = job.pixels.shape[:2]
        started = time.monotonic()
        try:
            self._colorize(job)
        except CancelledError:
            self.cancelled += 1
            log.info("%d x %d cancelled", width, height)
            job.events.put(failure("stopped", _STOPPED, _AGAIN))
        except Exception as error:
            self.failed += 1
            log.exception("%d x %d failed", width, height)
            job.events.put(explain(error))
        else:
            self.done += bool(job.result)
            what = "in" if job.result else "looked at in"
            log.info("%d x %d %s %.2f s", width, height, what, time.monotonic() - started)
            job.events.put({"reply": "result"})
            if not self._expects_more:
                self._expect_more()

    def _expect_more(self) -> None:
        """Load what makes the next calls faster, now that nobody waits for the first one."""
        self._expects_more = True
        from colorize_core.color.kernels import begin_loading

        begin_loading()

    def _colorize(self, job: Job) -> None:
        job.check()
        if not job.pixels[..., 1].any():
            advice = N_("choose one that is not fully transparent")
            raise TellingError(N_("the layer is empty"), advice)
        job.report(0.0, N_("Loading the model"))
        from colorize_core.engine.limit import Clock
        from colorize_core.engine.options import ColorizeOptions

        unknown = job.options.keys() - _OPTIONS
        if unknown:
            raise ValueError(f"there is no option {', '.join(sorted(unknown))}")
        values = dict(job.options)
        model, alternative = values.pop("model", "lite"), values.pop("alternative", 0)
        options = ColorizeOptions(**values, like=() if job.like is None else (job.like,))
        job.clock = Clock()
        job.clock.allow(job.pixels.shape[0] * job.pixels.shape[1], options.size)
        try:
            self._look_on("auto", job, model, options)
        except (RuntimeError, MemoryError) as error:
            if not self._is_accelerated() or not lacks_memory(error):
                raise
            log.warning("the device's memory is too small, computing on the CPU: %s", error)
            job.report(0.0, N_("The GPU's memory is too small: computing on the CPU"))
            self._look_on("cpu", job, model, options)
        if job.result:
            self._color(job, options, alternative)

    def _look_on(self, device: str, job: Job, model: str, options: Any) -> None:
        """Have the network look, unless it has looked before."""
        if job.looked is not None:
            return
        import torch

        from colorize_core.worker.layer import look_at_layer

        colorizer = self._colorizer(model, device)
        # The network takes seconds at large sizes: look at each of its layers.
        hooks = [
            module.register_forward_pre_hook(job.check) for module in colorizer.network.modules()
        ]
        try:
            with torch.inference_mode():
                job.looked = look_at_layer(colorizer, job.pixels, job.painted, options, job.report)
        finally:
            for hook in hooks:
                hook.remove()

    def _color(self, job: Job, options: Any, alternative: int) -> None:
        from colorize_core.worker.layer import color_layer

        assert job.looked is not None
        for rows, strip in color_layer(job.looked, options, job.result, job.report, alternative):
            job.events.put(ColoredRows(rows.start, strip))

    def _colorizer(self, model: str, device: str) -> Any:
        """Find the colorizer of a model, or load it: also where its file has changed."""
        from colorize_core.engine import Colorizer

        path = Path(model)
        if model.startswith("~"):
            path = path.expanduser()
            model = str(path)
        key = (model, device, path.stat().st_mtime_ns if path.is_file() else 0)
        if key not in self._colorizers:
            try:
                loaded = Colorizer(model, device)
            except (ValueError, FileNotFoundError) as error:
                raise unusable(model, error) from error
            while len(self._colorizers) >= _MODELS_KEPT:
                self._colorizers.pop(next(iter(self._colorizers)))
            self._colorizers[key] = loaded
        return self._colorizers[key]

    def _is_accelerated(self) -> bool:
        return any(colorizer.device.type != "cpu" for colorizer in self._colorizers.values())
