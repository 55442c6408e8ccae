"""A visitor's tray: photos side by side, each with its own choices."""

from __future__ import annotations

from pathlib import Path

from gradio_demo.open_photo import OpenPhoto
from gradio_demo.refusals import Refusal


class Tray:
    """Photos of one visitor: one is open, and of the others little more than the choices is kept.

    Args:
        photo: the first one, which is open.

    Attributes:
        photos: in the order in which they came.
        pictures: small ones of them, by their folders, as the page last saw them.
        archive: folder of the last file made of the whole tray.
    """

    def __init__(self, photo: OpenPhoto) -> None:
        self.photos = [photo]
        self.pictures: dict[Path, str] = {}
        self.archive: Path | None = None
        self._open = photo

    @property
    def open(self) -> OpenPhoto:
        """The photo that the page shows."""
        return self._open

    def replace(self, photo: OpenPhoto) -> OpenPhoto:
        """Put another photo in place of the open one, and return the latter."""
        before = self._open
        self.photos[self.photos.index(before)] = self._open = photo
        self.pictures.pop(before.folder, None)
        return before

    def add(self, photo: OpenPhoto) -> None:
        """Put a photo beside the others."""
        self.tidy()
        self.photos.append(photo)

    def show(self, number: int) -> None:
        """Open one of the photos.

        Raises:
            Refusal: there is none of this number.
        """
        self._open = self._at(number)
        self.tidy()

    def take_out(self, number: int) -> OpenPhoto:
        """Remove a photo and return it; if it was open, its neighbour is then.

        Raises:
            Refusal: there is none of this number.
        """
        photo = self._at(number)
        self.photos.remove(photo)
        self.pictures.pop(photo.folder, None)
        if photo is self._open and self.photos:
            self._open = self.photos[min(number, len(self.photos) - 1)]
        return photo

    def tidy(self) -> None:
        """Lay all photos aside but the open one."""
        for photo in self.photos:
            if photo is not self._open and not photo.is_aside:
                photo.lay_aside()

    def _at(self, number: int) -> OpenPhoto:
        if type(number) is not int or number not in range(len(self.photos)):
            raise Refusal(f"there is no photo {number} in the tray")
        return self.photos[number]
