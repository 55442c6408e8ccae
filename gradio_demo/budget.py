"""The room on the disk that all visitors' files may take together."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.types import Message, Receive

from gradio_demo.refusals import Refusal

_STEP = 8 * 2**20  # bytes for which room is asked at once where no length was said


class Budget:
    """A limit for the files in a folder, and those on their way to it.

    Args:
        folder: with all files of visitors.
        most: bytes; None takes half of what is free on the disk.
    """

    def __init__(self, folder: Path, most: int | None = None) -> None:
        self.folder = folder
        self.most = shutil.disk_usage(folder).free // 2 if most is None else most
        self._coming: dict[Path, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def coming(self, folder: Path) -> Iterator[None]:
        """Count files on their way to a folder by what is reserved, then by what is there."""
        with self._lock:
            self._coming[folder] = 0
        try:
            yield
        finally:
            with self._lock:
                del self._coming[folder]

    def reserve(self, folder: Path, size: int) -> None:
        """Reserve room for so many bytes more in a folder that files are on their way to.

        Raises:
            Refusal: there is not enough.
        """
        with self._lock:
            used = _bytes_in(self.folder, self._coming) + sum(self._coming.values())
            if used + size > self.most:
                raise Refusal(
                    "There is no room for it now: the photos of all visitors take "
                    f"{used / 2**20:.3g} of the {self.most / 2**20:.3g} MB of this studio "
                    "(--most-total-megabytes raises that); try again later"
                )
            self._coming[folder] += size

    def counting(self, folder: Path, length: int, receive: Receive) -> Receive:
        """Make a ``receive`` that reserves room for what comes beyond the length that was said.

        Its error is that of :meth:`reserve`.
        """
        left = length

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            while left < 0:
                self.reserve(folder, _STEP)
                left += _STEP
            return message

        return counted


def _bytes_in(folder: Path, without: dict[Path, int]) -> int:
    """Add up the files in a folder, each once however many names it has."""
    sizes: dict[tuple[int, int], int] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) not in without]
        for name in names:
            try:
                found = Path(place, name).lstat()
            except OSError:  # it has just gone
                continue
            sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())
