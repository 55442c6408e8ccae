"""All files of visitors, each with an owner: uploads, open photos, and everything made from them.

Each lies in a folder with a secret name. The folder belongs to a visit and goes with it. A request
can name only files in folders of its own visit.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradio_demo.refusals import Refusal
from gradio_demo.temporary import new_folder, remove_folder, remove_loose_files
from gradio_demo.tokens import Tokens

_REMEMBERED = 10_000  # visits that have ended, to which nothing is given any more
_LONGEST_NAME = 80  # characters of a file's name in a message


@dataclass(slots=True)
class _Owned:
    """A folder; ``visit`` is None until somebody claims it."""

    visit: str | None
    touched: float = field(default_factory=time.monotonic)


class Visits:
    """Folders by visit.

    Args:
        idle_minutes: after which an untouched folder is deleted.
        keep_minutes: after which the folders of a page that is gone are deleted.

    Attributes:
        folder: parent of all of them.
        when_ended: called with each ended visit.
        when_handed_on: called with a visit and the one in its place after a reload.
        when_swept: called after each look for old folders.
    """

    def __init__(self, idle_minutes: float, keep_minutes: float = 0.0) -> None:
        self.idle_minutes = idle_minutes
        self.keep_minutes = keep_minutes
        self.folder = new_folder()
        self.when_ended: list[Callable[[str], None]] = []
        self.when_handed_on: list[Callable[[str, str], None]] = []
        self.when_swept: list[Callable[[], None]] = []
        self._owned: dict[Path, _Owned] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._tokens = Tokens()
        self._closed = False
        self._lock = threading.Lock()

    def new_folder(self, visit: str | None) -> Path:
        """Make a folder of a visit's, with a secret name.

        Args:
            visit: None leaves it to be claimed, see :meth:`claim`.

        Raises:
            Refusal: the visit has ended.
        """
        with self._lock:
            self._check_goes_on(visit)
            folder = self.folder / secrets.token_hex(16)
            folder.mkdir(mode=0o700)
            self._owned[folder] = _Owned(visit)
            return folder

    def file(self, named: Any, visit: str | None) -> Path:
        """Look up a file named by a request.

        Args:
            named: whatever the request says.
            visit: of the request; None sees files of no visit.

        Raises:
            Refusal: it is none of this visit's.
        """
        path = self._inside(named)
        with self._lock:
            self._of_visit(path, visit).touched = time.monotonic()
        if not path.is_file():
            raise self._gone(path)
        return path

    def claim(self, named: Any, visit: str) -> None:
        """Have a visit own a file named by it, if nobody does.

        Raises:
            Refusal: see :meth:`file`; or the visit has ended.
        """
        path = self._inside(named)
        with self._lock:
            self._check_goes_on(visit)
            owned = self._of_visit(path, visit)
            owned.visit, owned.touched = visit, time.monotonic()

    def serve(self, named: str) -> None:
        """Check that an address leads to a file of somebody's; knowing its name is enough.

        Raises:
            Refusal: it does not.
        """
        path = self._inside(named)
        self.touch(path)
        if not path.is_file():
            raise self._gone(path)

    @contextlib.contextmanager
    def writing(self, target: Path) -> Iterator[None]:
        """Guard the writing of a file: if its visit ends meanwhile, it goes at once.

        Raises:
            Refusal: it lies outside of all folders, or the visit has ended.
        """
        folder = self._folder_of(self._inside(target))
        self.touch(target)
        yield
        with self._lock:
            if folder in self._owned:
                return
        shutil.rmtree(folder, ignore_errors=True)
        if self._closed:
            remove_folder(self.folder)
        raise _ended()

    def touch(self, path: Path) -> None:
        """Keep the folder of a file for another while.

        Raises:
            Refusal: it was put away.
        """
        with self._lock:
            owned = self._owned.get(self._folder_of(path))
            if owned is None:
                raise self._gone(path)
            owned.touched = time.monotonic()

    def drop(self, folder: Path) -> None:
        """Delete a folder before its visit ends."""
        with self._lock:
            self._owned.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)

    def begin(self, visit: str, token: str | None = None) -> None:
        """Begin a visit, or let one go on.

        Args:
            visit: the number of its page.
            token: of its window. What the window's page before owned is handed on to this one.
        """
        with self._lock:
            self._ended.pop(visit, None)
            before = self._tokens.take(token, visit)
            if before is None:
                return
            for owned in self._owned.values():
                if owned.visit == before:
                    owned.visit = visit
        for told in self.when_handed_on:
            told(before, visit)

    def seconds_kept(self, visit: str) -> float:
        """Tell how long a visit is kept once its page is gone: only one that can come back."""
        with self._lock:
            owns = any(owned.visit == visit for owned in self._owned.values())
            return 60.0 * self.keep_minutes if owns and self._tokens.has(visit) else 0.0

    def end(self, visit: str) -> None:
        """Delete all files of a visit, and give it none any more."""
        with self._lock:
            self._ended[visit] = None
            while len(self._ended) > _REMEMBERED:
                self._ended.popitem(last=False)
            folders = [folder for folder, owned in self._owned.items() if owned.visit == visit]
        for folder in folders:
            self.drop(folder)
        remove_loose_files()
        for told in self.when_ended:
            told(visit)

    def has_ended(self, visit: str) -> bool:
        """Tell whether a visit has ended and not begun again."""
        with self._lock:
            return visit in self._ended

    def put_away_old(self) -> None:
        """Delete folders that nobody has touched for long."""
        oldest = time.monotonic() - 60.0 * self.idle_minutes
        with self._lock:
            old = [folder for folder, owned in self._owned.items() if owned.touched < oldest]
        for folder in old:
            self.drop(folder)
        remove_loose_files()
        for told in self.when_swept:
            told()

    def clear(self) -> None:
        """Delete everything, for good."""
        with self._lock:
            self._closed = True
            self._owned.clear()
        remove_folder(self.folder)

    def __contains__(self, folder: Path) -> bool:
        return folder in self._owned

    def _inside(self, named: Any) -> Path:
        """Resolve a path in one of the folders.

        Raises:
            Refusal: it leads to anywhere else.
        """
        try:
            path = Path(named).resolve()
            inside = path.relative_to(self.folder)
        except (TypeError, ValueError, OSError, RuntimeError):
            inside = None
        if inside is None or len(inside.parts) < 2:
            raise Refusal(f"{shown_name(named)}: not a file of this visit; send it first")
        return path

    def _folder_of(self, path: Path) -> Path:
        return self.folder / path.relative_to(self.folder).parts[0]

    def _of_visit(self, path: Path, visit: str | None) -> _Owned:
        owned = self._owned.get(self._folder_of(path))
        if owned is None:
            raise self._gone(path)
        if owned.visit not in (None, visit):
            raise Refusal(f"{shown_name(path)}: not a file of this visit; send it first")
        return owned

    def _check_goes_on(self, visit: str | None) -> None:
        if self._closed or visit in self._ended:
            raise _ended()

    def _gone(self, path: Path) -> Refusal:
        return Refusal(
            f"{shown_name(path)}: deleted after {self.idle_minutes:g} idle minutes; send it again"
        )


def shown_name(named: Any) -> str:
    """Make a file's name fit for a message, whatever a request gave for one."""
    name = str(named).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def _ended() -> Refusal:
    return Refusal("This visit has ended; open the page again.")
