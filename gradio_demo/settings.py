"""What whoever starts the studio may choose, and the limits that every visitor meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from colorize_core.worker.home import home_folder


@dataclass(frozen=True, slots=True)
class Settings:
    """How the studio runs.

    Attributes:
        models: registered names or paths of weights, the first of which is chosen at the start.
        device: on which they run: ``auto``, ``cpu``, ``cuda``, ...
        most_bytes: of one file that is uploaded.
        most_pixels: of one photo.
        most_files: of one folder.
        photo_seconds: for one photo, from its turn until it is written; then it is given up.
        preview_pixels: of what the page shows; the file to download has them all.
        most_waiting: requests in the queue; more are refused.
        most_visitors: whose photos are open at the same time; of more, those who were away
            longest have theirs put away.
        idle_minutes: after which an untouched photo and all files made from it are deleted.
        data: the folder of what is kept for good: the game's answers.
    """

    models: tuple[str, ...] = ("lite",)
    device: str = "auto"
    most_bytes: int = 100 * 2**20
    most_pixels: int = 100_000_000
    most_files: int = 200
    photo_seconds: float = 180.0
    preview_pixels: int = 800_000
    most_waiting: int = 64
    most_visitors: int = 64
    idle_minutes: float = 30.0
    data: Path = field(default_factory=home_folder)
