"""The desk: each visitor's open photo, kept apart from everybody else's and put away in time."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import gradio as gr

from gradio_demo.engines import Engines
from gradio_demo.memory import give_back_memory, share_memory
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.refusals import Refusal
from gradio_demo.settings import Settings
from gradio_demo.visits import Visits
from gradio_demo.workshop import Workshop

_SWEEPS = 30.0  # seconds at most between looking for what has become old


class Desk:
    """Open photos by visitor.

    Args:
        engines: at work for all visitors.
        settings: the limits.

    Attributes:
        visits: owners of all files.
        workshop: reads photos, looks at them and writes them.
    """

    def __init__(self, engines: Engines, settings: Settings) -> None:
        self.settings = settings
        self.visits = Visits(settings.idle_minutes)
        self.visits.when_ended.append(self._forget)
        self.workshop = Workshop(engines, settings, self.visits)
        self._photos: OrderedDict[str, OpenPhoto] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        share_memory()
        threading.Thread(target=self._sweep, name="desk", daemon=True).start()

    def __len__(self) -> int:
        return len(self._photos)

    def open(self, uploaded: str | Path, request: gr.Request, model: str = "") -> OpenPhoto:
        """Open a file for a visitor, in place of the photo open before.

        Raises:
            Refusal: it is none of the visitor's files, or too large.
            PhotoError: it cannot be read.
        """
        visitor = _visitor(request)
        source = self.visits.file(uploaded, visitor)
        folder = self.visits.new_folder(visitor)
        path = folder / source.name
        try:
            _link_or_copy(source, path)
            model = model or self.workshop.engines.names[0]
            opened = OpenPhoto(self.workshop, folder, path, model)
            self.visits.touch(path)  # unless the visit has ended meanwhile
        except BaseException:
            self.visits.drop(folder)
            raise
        with self._lock:
            self._remove(visitor)
            self._photos[visitor] = opened
            while len(self._photos) > self.settings.most_visitors:
                self._remove(next(iter(self._photos)))
        return opened

    def photo(self, request: gr.Request) -> OpenPhoto:
        """Look up the visitor's open photo, and keep it for another while.

        Raises:
            Refusal: there is none, or it was put away.
        """
        with self._lock:
            found = self._photos.get(_visitor(request))
            if found is None:
                raise Refusal(
                    "No photo is open. Open one; if you had, it was put away after "
                    f"{self.settings.idle_minutes:g} idle minutes, or because more than "
                    f"{self.settings.most_visitors} visitors came."
                )
            self._photos.move_to_end(_visitor(request))
            self.visits.touch(found.path)
            return found

    def file(self, named: Any, request: gr.Request) -> Path:
        """Look up a file named by a request, if it is one of its visit's.

        Raises:
            Refusal: there is none, or it is not the visitor's.
        """
        if not named:
            raise Refusal("a photo is needed; with gradio_client: handle_file(path)")
        return self.visits.file(named, request.session_hash)

    def private_folder(self, request: gr.Request) -> Path:
        """Make a folder of the visitor's, with a secret name.

        Raises:
            Refusal: the visit has ended.
        """
        return self.visits.new_folder(request.session_hash)

    def clear(self) -> None:
        """Put everything away, for good."""
        self._closed.set()
        with self._lock:
            self._photos.clear()
        self.visits.clear()

    def put_away_old(self) -> None:
        """Put away photos that nobody has touched for long."""
        self.visits.put_away_old()
        with self._lock:
            for visitor, photo in list(self._photos.items()):
                if photo.folder not in self.visits:
                    del self._photos[visitor]

    def _remove(self, visitor: str) -> None:
        photo = self._photos.pop(visitor, None)
        if photo is not None:
            self.visits.drop(photo.folder)

    def _forget(self, visitor: str) -> None:
        with self._lock:
            self._remove(visitor)

    def _sweep(self) -> None:
        pause = min(_SWEEPS, 20.0 * self.settings.idle_minutes)
        while not self._closed.wait(pause):
            self.put_away_old()
            give_back_memory()


def _visitor(request: gr.Request) -> str:
    if not request.session_hash:
        raise Refusal("This request belongs to no visit; open the page, or use a gradio client.")
    return request.session_hash


def _link_or_copy(source: Path, target: Path) -> None:
    """Keep a file out of the way of Gradio's own clean-up."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
