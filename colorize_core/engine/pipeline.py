"""Photographs in a pipeline: while the network looks at one, others are read and written.

A few threads take photo after photo through all three stages: decoders, PyTorch, kernels and
encoders let go of Python's lock. Each photo has a share of the cores only: that takes less time
than one after the other with all of them, because threads that share a photo wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition, Event, Lock

import torch

from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.framing import find_frames
from colorize_core.engine.hints import read_hints
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.limit import Clock, TimeLimitError, within
from colorize_core.engine.making import signed
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.own_colors import is_in_color
from colorize_core.engine.reruns import outcome_of_existing
from colorize_core.engine.splitting import parts_of, write_parts
from colorize_core.engine.tasks import BatchOptions, Outcome, Task
from colorize_core.photo import ExistsError, Photo, PhotoError, read_pages, write_pages
from colorize_core.photo.limits import check_target
from colorize_core.photo.photo import MemoryShortError
from colorize_core.photo.signing import Seal
from colorize_core.processes import Processes, is_stopping
from colorize_core.remedies import remedy_of
from colorize_core.threads import cores, in_order

_PHOTOS_AT_ONCE = 3  # memory is that of so many photos
_BEFORE_THE_NETWORK = 2.5  # of those, most of the time; the rest is read or written, by one thread
_A_WAIT = 0.5  # seconds
_AHEAD = 2  # tasks per thread or process that are handed out before the first of them is done


class StoppedError(Exception):
    """An end of the batch before this photo was done."""


@dataclass(slots=True)
class _Found:
    """The findings about a file while it was colorized.

    Attributes:
        warnings: what was wrong with it.
        in_color: whether a page was in colour already.
    """

    warnings: list[str] = field(default_factory=list)
    in_color: bool = False


class FileColorizer:
    """A colorizer of files; several threads may call it at the same time.

    Args:
        options: for every photo.
        batch: how to go about the files.

    Raises:
        ValueError: the model or the device cannot be used.
        FileNotFoundError: the model has no weights.
    """

    def __init__(self, options: ColorizeOptions, batch: BatchOptions) -> None:
        self.options = options
        self.batch = batch
        self.colorizer = Colorizer(batch.model, batch.device)
        self.stopping = Event()
        self._reading = Lock()
        self._places = Condition()
        self._busy = self._want_alone = 0  # photos that are being worked on, that must be alone

    def __call__(self, task: Task) -> Outcome:
        """Colorize one photo; its failure is told by the outcome.

        Where there is no memory for it beside the others, it waits until it is alone.
        """
        clock = Clock(self.batch.time_limit, _file_size(task.source))
        try:
            try:
                return self._work(task, clock)
            except MemoryShortError:
                return self._work(task, clock, alone=True)
        except TimeLimitError as error:
            self._reading = Lock()  # it may hold the old one for ever
            return Outcome(task.source, task.target, f"{task.source}: {error}", remedy_of(error))
        except ExistsError:  # somebody else has made it meanwhile
            return outcome_of_existing(task, self.options, self.batch)
        except PhotoError as error:
            return Outcome(task.source, task.target, str(error), remedy_of(error))
        except StoppedError:
            return Outcome(task.source, task.target, f"{task.source}: stopped")
        except (ValueError, MemoryError, RuntimeError, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else "not enough memory"
            return Outcome(task.source, task.target, f"{task.source}: {reason}")

    def _work(self, task: Task, clock: Clock, alone: bool = False) -> Outcome:
        with clock.stopped(), self._places:
            self._want_alone += alone  # who comes later waits, lest this one never has its turn
            try:
                self._places.wait_for(lambda: not self._busy if alone else not self._want_alone)
            except BaseException:
                self._want_alone -= alone
                raise
            self._busy += 1
        try:
            return within(clock, lambda: self._run(task, clock))
        finally:
            with self._places:
                self._want_alone -= alone
                self._busy -= 1
                self._places.notify_all()

    def _run(self, task: Task, clock: Clock) -> Outcome:
        """Take a photo from file to file."""
        if task.target.exists() and not self.batch.overwrite:
            raise ExistsError(f"{task.target}: exists already")
        options = self.options
        if self.batch.hints:
            options = replace(options, hints=read_hints(self.batch.hints, task.source.name))
        pages = read_pages(task.source, self.batch.damaged)
        found = _Found()
        colorized = self._colorized(pages, options, clock, task, found)
        parts: tuple[Path, ...] = ()
        seal = Seal(self.batch.sign, task.source) if self.batch.sign else None
        if self.batch.split:
            parts = write_parts(colorized, task, self.batch.overwrite, seal)
        else:
            write_pages(colorized, task.target, self.batch.overwrite, len(pages), seal)
        warnings = tuple(found.warnings)
        return Outcome(
            task.source, task.target, warnings=warnings, in_color=found.in_color, parts=parts
        )

    def _colorized(
        self,
        photos: Iterable[Photo],
        options: ColorizeOptions,
        clock: Clock,
        task: Task,
        found: _Found,
    ) -> Iterator[Photo]:
        """Give pages in colour, or the photographs on them, read and colorized one by one."""
        pages = iter(photos)
        while True:
            with self._turn_to_read(clock):
                self._check()
                page = next(pages, None)
            if page is None:
                return
            self._check()
            check_target(page.size, task.target)
            found.warnings += page.warnings
            found.in_color |= is_in_color(page.pixels)
            clock.allow(page.size[0] * page.size[1], options.size)
            frames = find_frames(lightness_of_pixels(page.pixels)) if self.batch.split else []
            page = self.colorizer.colorize(page, options, in_place=True)
            page.info["quality"] = self.batch.quality
            if page.made is not None:
                name, size = task.source.name, _file_size(task.source)
                page.made = replace(page.made, source=name, source_bytes=size)
                if self.batch.sign:
                    page.made = replace(page.made, settings=signed(page.made.settings))
            yield from parts_of(page, frames)

    @contextmanager
    def _turn_to_read(self, clock: Clock) -> Iterator[None]:
        with clock.stopped():
            while not (lock := self._reading).acquire(timeout=_A_WAIT):
                pass  # who reads may have been given up, and another lock be the one that counts
        try:
            yield
        finally:
            lock.release()

    def _check(self) -> None:
        if self.stopping.is_set() or is_stopping():
            raise StoppedError


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # said where it is read
        return 0


def in_threads(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Generator[Outcome, None, None]:
    """Do tasks in this process, a few at a time; give the outcomes in their order."""
    colorize = FileColorizer(options, batch)
    if len(tasks) <= 1:
        yield from map(colorize, tasks)
        return
    at_once = min(_PHOTOS_AT_ONCE, len(tasks))
    threads = torch.get_num_threads()
    each = max(1, round(threads / _BEFORE_THE_NETWORK))
    try:
        with ThreadPoolExecutor(at_once, "photos", lambda: torch.set_num_threads(each)) as pool:
            try:
                yield from _in_order(pool, colorize, tasks, _AHEAD * at_once)
            finally:
                colorize.stopping.set()
    finally:
        torch.set_num_threads(threads)  # threads that start later take what was set last


def in_processes(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Generator[Outcome, None, None]:
    """Do tasks in several processes, a photo at a time each; give the outcomes in their order."""
    jobs = min(batch.jobs, len(tasks))
    with Processes(jobs, _start_process, options, batch, threads_each(jobs)) as pool:
        yield from _in_order(pool, _in_process, tasks, _AHEAD * jobs)


def threads_each(jobs: int) -> int:
    """Share the cores out: PyTorch's threads of each of several processes."""
    return max(1, cores() // jobs)


def _in_order(
    pool: Executor, work: Callable[[Task], Outcome], tasks: Iterable[Task], ahead: int
) -> Iterator[Outcome]:
    """Give outcomes in the order of tasks; hand out only so many of them in advance."""
    begun = in_order(lambda task: _submit(pool, work, task), tasks, ahead)
    with closing(begun):
        for task, future in begun:
            yield _outcome(task, future)


def _submit(pool: Executor, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
    try:
        return pool.submit(work, task)
    except BrokenProcessPool as error:
        failed: Future[Outcome] = Future()
        failed.set_exception(error)
        return failed


def _outcome(task: Task, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        reason = f"{task.source}: a process ended unexpectedly, perhaps out of memory"
        return Outcome(task.source, task.target, reason)


_colorize: FileColorizer | None = None


def _start_process(options: ColorizeOptions, batch: BatchOptions, threads: int) -> None:
    global _colorize
    torch.set_num_threads(threads)
    _colorize = FileColorizer(options, batch)


def _in_process(task: Task) -> Outcome:
    assert _colorize is not None
    return _colorize(task)
