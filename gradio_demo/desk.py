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
_REMEMBERED = 10_000  # visitors
_NOTHING = "No photo is open. If one was, the studio has been restarted since; open it again."
_CROWDED = "Your photo was put away to make room for other visitors. Open it again."
_GONE = "Your photo was put away: its page was closed, or cut off, for too long. Open it again."
_ELSEWHERE = "Your photo is open in another window, or in this one after a reload."


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
        self.visits = Visits(settings.idle_minutes, settings.keep_minutes)
        self.visits.when_ended.append(self._forget)
        self.visits.when_handed_on.append(self._hand_on)
        self.workshop = Workshop(engines, settings, self.visits)
        self._photos: OrderedDict[str, OpenPhoto] = OrderedDict()
        self._reasons: OrderedDict[str, str] = OrderedDict()
        self._heirs: OrderedDict[str, str] = OrderedDict()
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
            visitor = self._heirs.get(visitor, visitor)  # the page may have been reloaded meanwhile
            self._remove(visitor)
            self._reasons.pop(visitor, None)
            self._photos[visitor] = opened
            while len(self._photos) > self.settings.most_visitors:
                self._remove(next(iter(self._photos)), _CROWDED)
        return opened

    def photo(self, request: gr.Request) -> OpenPhoto:
        """Look up the visitor's open photo, and keep it for another while.

        Raises:
            Refusal: there is none, or it was put away.
        """
        with self._lock:
            visitor = _visitor(request)
            found = self._photos.get(visitor)
            if found is None:
                raise Refusal(self._reasons.get(visitor, _NOTHING))
            self._photos.move_to_end(visitor)
            self.visits.touch(found.path)
            return found

    def reason(self, request: gr.Request) -> str:
        """Tell once why a photo of the visitor's was put away; empty where none was."""
        with self._lock:
            return self._reasons.pop(_visitor(request), "")

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

    def put_away(self, request: gr.Request) -> None:
        """Delete the visitor's photo and files at once."""
        visitor = _visitor(request)
        with self._lock:
            self._remove(visitor)
        self.visits.end(visitor)
        self.visits.begin(visitor)

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
                    self._remove(visitor, self._idle)

    def _remove(self, visitor: str, reason: str = "") -> None:
        photo = self._photos.pop(visitor, None)
        if photo is not None:
            self.visits.drop(photo.folder)
            if reason:
                _remember(self._reasons, visitor, reason)

    def _forget(self, visitor: str) -> None:
        with self._lock:
            self._remove(visitor, _GONE)

    def _hand_on(self, before: str, visitor: str) -> None:
        """Give a reloaded page the photo of the page before, or the reason why it is gone."""
        with self._lock:
            _remember(self._heirs, before, visitor)
            self._heirs.pop(visitor, None)
            photo, reason = self._photos.pop(before, None), self._reasons.pop(before, "")
            if visitor in self._photos:
                if photo is not None:
                    self.visits.drop(photo.folder)
            elif photo is not None:
                self._photos[visitor] = photo
            elif reason:
                _remember(self._reasons, visitor, reason)
            if photo is not None:
                _remember(self._reasons, before, _ELSEWHERE)

    @property
    def _idle(self) -> str:
        minutes = f"{self.settings.idle_minutes:g} idle minutes"
        return f"Your photo was put away after {minutes}. Open it again."

    def _sweep(self) -> None:
        pause = min(_SWEEPS, 20.0 * self.settings.idle_minutes)
        while not self._closed.wait(pause):
            self.put_away_old()
            give_back_memory()


def _remember(notes: OrderedDict[str, str], visitor: str, note: str) -> None:
    """Note something of a visitor; only the last ones are kept."""
    notes[visitor] = note
    notes.move_to_end(visitor)
    while len(notes) > _REMEMBERED:
        notes.popitem(last=False)


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
