"""One layer sits for the dialog: a thread talks to the worker, the dialog never waits.

Of what is asked for faster than it can be done, only the last counts. GIMP's own functions are
called by the dialog's thread alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from colorize_core.worker.answers import Reference
from colorize_core.worker.caller import WorkerConnection, WorkerError, connect_or_start
from colorize_core.worker.home import Engine

from texts import told  # lies beside this file

Tell = Callable[[str, Any], None]  # called in the thread: what, and its value


class View(NamedTuple):
    """All of a layer that the network is to see.

    Attributes:
        key: equal where nothing has changed.
        size: width and height.
        pixels: rows from the top, in the format.
        form: the format.
        paint: hints of the same size, R'G'B'A u8.
        like: a photo to copy colours from.
        options: model, as_is, hints and likeness.
    """

    key: tuple[Any, ...]
    size: tuple[int, int]
    pixels: list[bytes]
    form: str
    paint: bytes | None
    like: Reference | None
    options: dict[str, Any]


class Sitting:
    """A worker's attention to one layer.

    Args:
        engine: what is connected to.
        tell: gets ``models``, ``looked``, ``picture``, ``colors``, ``thumbnails``, ``busy`` and
            ``error``.

    Attributes:
        seen: key of the view that was looked at last; None where that did not work out.
    """

    def __init__(self, engine: Engine, tell: Tell) -> None:
        self._engine = engine
        self._tell = tell
        self._worker: WorkerConnection | None = None
        self.seen: tuple[Any, ...] | None = None
        self._wanted: dict[str, Any] = {}
        self._change = threading.Condition()
        self._ends = False
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def ask(self, what: str, value: Any) -> None:
        """Ask for a ``look`` at a View, a ``picture``, ``thumbnails`` or ``colors``."""
        with self._change:
            if what == "look":  # all else was asked about the view before
                self._wanted.clear()
            self._wanted[what] = value
            self._change.notify()

    def end(self) -> None:
        """Finish what was begun, and ask for nothing more; :attr:`thread` ends then."""
        with self._change:
            self._ends = True
            self._wanted = {name: self._wanted[name] for name in ("look",) if name in self._wanted}
            self._change.notify()

    def begin_render(self, options: dict[str, Any], form: str) -> WorkerConnection | None:
        """Have what was looked at last coloured, to be taken from the connection that is given.

        To be called when the thread has ended.

        Returns:
            None where nothing was looked at, or the worker has gone since.
        """
        if self._worker is None or self.seen is None:
            self.close()
            return None
        try:
            self._worker.begin_render(options, form)
        except WorkerError:
            self.close()
        return self._worker

    def close(self) -> None:
        """Hang up."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._wanted and not self._ends:
                    self._change.wait()
                if not self._wanted:
                    return
                what = next(
                    name
                    for name in ("look", "picture", "colors", "thumbnails")
                    if name in self._wanted
                )
                value = self._wanted.pop(what)
            try:
                self._do(what, value)
            except WorkerError as error:
                if error.kind in ("gone", "silent", "stopped"):
                    self.close()
                self._tell("error", told(error))
            except Exception as error:
                self.close()
                self._tell("error", f"{type(error).__name__}: {error}")

    def _do(self, what: str, value: Any) -> None:
        if what == "look":
            self.seen = None
            self._tell("busy", True)
            if self._worker is None:
                self._worker = connect_or_start(self._engine)
                self._tell("models", self._worker.models())
            view: View = value
            looked = self._worker.look(
                view.size,
                view.pixels,
                view.options,
                view.paint,
                form=view.form,
                like=view.like,
            )
            self.seen = view.key
            self._tell("looked", looked)
        elif self._worker is None or self.seen is None:
            return  # its error was told
        elif what == "picture":
            size, options = value
            self._tell("picture", self._worker.preview(size, options))
        elif what == "thumbnails":
            size, options = value
            first = self._worker.preview(size, options, alternatives=True)
            others = range(1, first.alternatives + 1)
            rest = [self._worker.preview(size, {**options, "alternative": n}) for n in others]
            self._tell("thumbnails", [first, *rest])
        else:
            self._tell("colors", (value, self._worker.colors(*value)))
