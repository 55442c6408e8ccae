"""Settings of a studio, and limits for its visitors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from colorize_core.worker.home import home_folder


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a studio.

    Attributes:
        models: registered names or paths of weights; the first is chosen at the start.
        device: on which they run: ``auto``, ``cpu``, ``cuda``, ...
        most_bytes: of one uploaded file.
        most_total: bytes of all visitors' files together; None takes half of the free disk.
        most_pixels: of one photo.
        most_files: of one folder.
        most_in_tray: photos of one visitor side by side.
        most_like: photos that the colours of one are copied from.
        photo_seconds: for one photo, from its turn until it is written; then it is given up.
        film_seconds: that a film may last.
        preview_pixels: of the pictures on the page; the file to download has all pixels.
        most_waiting: requests in the queue; more are refused.
        most_visitors: with an open photo at the same time; beyond that, the photo idle for
            longest is put away.
        idle_minutes: after which an untouched photo and all files made from it are deleted.
        keep_minutes: for a page to come back after it was closed or cut off; then everything
            of its visit is deleted.
        data: folder of the game's answers, kept for good.
    """

    models: tuple[str, ...] = ("lite",)
    device: str = "auto"
    most_bytes: int = 100 * 2**20
    most_total: int | None = None
    most_pixels: int = 100_000_000
    most_files: int = 200
    most_in_tray: int = 24
    most_like: int = 6
    photo_seconds: float = 180.0
    film_seconds: float = 120.0
    preview_pixels: int = 800_000
    most_waiting: int = 64
    most_visitors: int = 64
    idle_minutes: float = 30.0
    keep_minutes: float = 5.0
    data: Path = field(default_factory=home_folder)
