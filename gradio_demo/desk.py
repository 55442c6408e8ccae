"""The desk: each visitor's open photos, kept apart from everybody else's and put away in time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from gradio_demo.budget import Budget
from gradio_demo.engines import Engines
from gradio_demo.memory import give_back_memory, share_memory
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.refusals import Refusal
from gradio_demo.settings import Settings
from gradio_demo.tray import Tray
from gradio_demo.visits import Visits
from gradio_demo.workshop import Workshop, link_or_copy

_SWEEPS = 30.0  # seconds at most between looking for what has become old
_REMEMBERED = 10_000  # visitors
_NOTHING = "No photo is open. If one was, the studio has been restarted since; open it again."
_CROWDED = "Your photo was put away to make room for other visitors. Open it again."
_IDLE = "Your photo was put away after {:g} idle minutes. Open it again."
_GONE = "Your photo was put away: its page was closed, or cut off, for too long. Open it again."
_ELSEWHERE = "Your photo is open in another window, or in this one after a reload."


class Desk:
    """Open photos by visitor.

    Args:
        engines: at work for all visitors.
        settings: the limits.

    Attributes:
        visits: owners of all files.
        budget: the room for them.
        workshop: reads photos, looks at them and writes them.
    """

    def __init__(self, engines: Engines, settings: Settings) -> None:
        self.settings = settings
        self.visits = Visits(settings.idle_minutes, settings.keep_minutes)
        self.budget = Budget(self.visits.folder, settings.most_total)
        self.visits.when_ended.append(self._forget)
        self.visits.when_handed_on.append(self._hand_on)
        self.workshop = Workshop(engines, settings, self.visits)
        self._trays: OrderedDict[str, Tray] = OrderedDict()
        self._reasons: OrderedDict[str, str] = OrderedDict()
        self._heirs: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        share_memory()
        threading.Thread(target=self._sweep, name="desk", daemon=True).start()

    def __len__(self) -> int:
        return len(self._trays)

    @property
    def photos(self) -> list[OpenPhoto]:
        """The photos of all visitors."""
        with self._lock:
            return [photo for tray in self._trays.values() for photo in tray.photos]

    def open(self, uploaded: str | Path, request: gr.Request, model: str = "") -> OpenPhoto:
        """Open a file for a visitor, in place of the photo open before.

        Raises:
            Refusal: it is none of the visitor's files, or too large.
            PhotoError: it cannot be read.
        """
        opened = self._read(uploaded, request, model)
        with self._lock:
            visitor, tray = self._tray_for(request)
            if tray is not None:
                self._trays.move_to_end(visitor)
                self.visits.drop(tray.replace(opened).folder)
            else:
                self._begin(visitor, opened)
        return opened

    def add(
        self,
        uploaded: str | Path,
        request: gr.Request,
        model: str = "",
        choices: dict[str, Any] | None = None,
        like: Sequence[Path] = (),
    ) -> OpenPhoto:
        """Put a file into a visitor's tray, beside the photo that is open, if one is.

        Args:
            uploaded: the file.
            request: of the visitor.
            model: a name of the engines.
            choices: made for it another time, see :meth:`OpenPhoto.written`.
            like: the visitor's files of photos to copy colours from, as it was chosen then.

        Raises:
            Refusal: the tray is full, or see :meth:`open`.
            PhotoError: it cannot be read.
            ValueError: the choices make no sense.
        """
        with self._lock:
            self._check_room(self._tray_for(request)[1])
        opened = self._read(uploaded, request, model, choices, like)
        try:
            with self._lock:
                visitor, tray = self._tray_for(request)
                self._check_room(tray)
                if tray is not None:
                    tray.add(opened)
                else:
                    self._begin(visitor, opened)
        except Refusal:
            self.visits.drop(opened.folder)
            raise
        return opened

    def tray(self, request: gr.Request) -> Tray:
        """Look up the visitor's tray, and keep it for another while.

        Raises:
            Refusal: there is none, or it was put away.
        """
        with self._lock:
            visitor = _visitor(request)
            found = self._trays.get(visitor)
            if found is None:
                raise Refusal(self._reasons.get(visitor, _NOTHING))
            self._trays.move_to_end(visitor)
            for photo in found.photos:
                self.visits.touch(photo.path)
            return found

    def photo(self, request: gr.Request) -> OpenPhoto:
        """Look up the visitor's open photo, and keep it for another while.

        Raises:
            Refusal: there is none, or it was put away.
        """
        return self.tray(request).open

    def show(self, request: gr.Request, number: int) -> None:
        """Open another photo of the visitor's tray, and lay the others aside.

        Raises:
            Refusal: there is none of this number.
        """
        tray = self.tray(request)
        with self._lock:
            tray.show(number)

    def take_out(self, request: gr.Request, number: int) -> None:
        """Delete one photo of the visitor's tray.

        Raises:
            Refusal: there is none of this number.
        """
        tray = self.tray(request)
        with self._lock:
            self.visits.drop(tray.take_out(number).folder)
            if not tray.photos:
                self._trays.pop(_visitor(request), None)

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
            self._trays.clear()
        self.visits.clear()

    def put_away_old(self) -> None:
        """Put away photos that nobody has touched for long."""
        self.visits.put_away_old()
        with self._lock:
            for visitor, tray in list(self._trays.items()):
                if tray.open.folder not in self.visits:
                    self._remove(visitor, _IDLE.format(self.settings.idle_minutes))

    def _read(
        self,
        uploaded: str | Path,
        request: gr.Request,
        model: str,
        choices: dict[str, Any] | None = None,
        like: Sequence[Path] = (),
    ) -> OpenPhoto:
        """Open a visitor's file in a folder of its own."""
        visitor = _visitor(request)
        source = self.visits.file(uploaded, visitor)
        folder = self.visits.new_folder(visitor)
        path = folder / source.name
        try:
            link_or_copy(source, path)
            model = model or self.workshop.engines.names[0]
            opened = OpenPhoto(self.workshop, folder, path, model)
            if choices is not None:
                opened.restore(choices, like)
            self.visits.touch(path)  # unless the visit has ended meanwhile
        except BaseException:
            self.visits.drop(folder)
            raise
        return opened

    def _tray_for(self, request: gr.Request) -> tuple[str, Tray | None]:
        """Find whose tray a photo goes to, and the tray; the page may have been reloaded since."""
        visitor = self._heirs.get(_visitor(request), _visitor(request))
        return visitor, self._trays.get(visitor)

    def _begin(self, visitor: str, opened: OpenPhoto) -> None:
        self._reasons.pop(visitor, None)
        self._trays[visitor] = Tray(opened)
        while len(self._trays) > self.settings.most_visitors:
            self._remove(next(iter(self._trays)), _CROWDED)

    def _check_room(self, tray: Tray | None) -> None:
        most = self.settings.most_in_tray
        if tray is not None and len(tray.photos) >= most:
            raise Refusal(f"The tray is full: it takes {most} photos. The tab Folder takes more.")

    def _remove(self, visitor: str, reason: str = "") -> None:
        tray = self._trays.pop(visitor, None)
        if tray is not None:
            for photo in tray.photos:
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
            tray, reason = self._trays.pop(before, None), self._reasons.pop(before, "")
            if visitor in self._trays:
                for photo in tray.photos if tray else ():
                    self.visits.drop(photo.folder)
            elif tray is not None:
                self._trays[visitor] = tray
            elif reason:
                _remember(self._reasons, visitor, reason)
            if tray is not None:
                _remember(self._reasons, before, _ELSEWHERE)

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
