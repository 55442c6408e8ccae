"""The stretches of a film that are done, so that a run that is killed goes on where it was.

Each is one file in a folder beside the output: the encoded frames, and what the next stretch needs
to know of the past. A file is written under another name and renamed, so that it is there whole or
not at all. The folder goes when the output is there.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core.atomic import replacing, write_bytes
from colorize_core.locks import HeldError, locked
from colorize_core.video.encoding import Coded
from colorize_core.video.errors import VideoError

_FOLDER = ".colorize-parts"


class Parts:
    """The folder of what is done.

    Args:
        folder: where.
        job: what the film is made from and how; what was done otherwise does not count.
    """

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self.folder = folder
        self._job = json.dumps(job, sort_keys=True)
        if self._recorded() != self._job:
            for path in folder.iterdir():
                if path.name != "lock":
                    path.unlink()
            write_bytes(folder / "job.json", self._job.encode())

    @property
    def count(self) -> int:
        """How many stretches are done."""
        number = 0
        while self._path(number).exists():
            number += 1
        return number

    def add(self, coded: list[Coded], state: dict[str, np.ndarray]) -> None:
        """Keep a stretch.

        Args:
            coded: its frames, in the encoder's order.
            state: what the next one needs of the past.
        """
        kept = io.BytesIO()
        np.savez(kept, **state)  # type: ignore[arg-type]
        frames = [(one.ticks, one.lasting, one.is_key, len(one.content)) for one in coded]
        heading = json.dumps({"state": kept.tell(), "frames": frames}).encode()
        with replacing(self._path(self.count)) as temporary, open(temporary, "wb") as file:
            file.write(len(heading).to_bytes(8, "little") + heading)
            file.write(kept.getbuffer())
            for one in coded:
                file.write(one.content)

    def state(self) -> dict[str, np.ndarray]:
        """Give what the last stretch left; nothing where there is none."""
        if not self.count:
            return {}
        with open(self._path(self.count - 1), "rb") as file:
            heading = _heading(file)
            with np.load(io.BytesIO(file.read(heading["state"])), allow_pickle=False) as kept:
                return dict(kept)

    def frames(self) -> list[tuple[int, int, bool, int]]:
        """List ticks, length, whether a key, and bytes of all frames, in the encoder's order."""
        found = []
        for number in range(self.count):
            with open(self._path(number), "rb") as file:
                found += [tuple(one) for one in _heading(file)["frames"]]
        return found

    def contents(self) -> Iterator[bytes]:
        """Read the encoded frames, in the same order."""
        for number in range(self.count):
            with open(self._path(number), "rb") as file:
                heading = _heading(file)
                file.seek(heading["state"], io.SEEK_CUR)
                for *_, size in heading["frames"]:
                    yield file.read(size)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.part"

    def _recorded(self) -> str | None:
        with suppress(OSError, UnicodeDecodeError):
            return (self.folder / "job.json").read_text(encoding="utf-8")
        return None


@contextmanager
def parts_for(target: Path, job: dict[str, Any]) -> Iterator[Parts]:
    """Open the folder of an output's parts; it goes when the block succeeds.

    Args:
        target: the output.
        job: what it is made from and how.

    Raises:
        VideoError: another process is at work on it.
        OSError: the folder cannot be made.
    """
    folder = target.with_name(f".{target.name[:100]}{_FOLDER}")
    folder.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with locked(folder / "lock", refusal=f"{target}: is being made by"):
            parts = Parts(folder, job)
            yield parts
            done = True
    except HeldError as error:
        raise VideoError(str(error)) from None
    finally:
        # A run that was stopped leaves what it has done; one that has done nothing, nothing.
        if done or not any(folder.glob("*.part")):
            shutil.rmtree(folder, ignore_errors=True)


def _heading(file: Any) -> dict[str, Any]:
    return json.loads(file.read(int.from_bytes(file.read(8), "little")))
