"""A photo as a Pillow image that remembers what its pixels cannot hold."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_core.atomic import write_bytes
from colorize_core.photo.photo import Photo
from colorize_core.photo.reading import photo_of_image
from colorize_core.photo.writing import WRITABLE_SUFFIXES, image_of_photo, write_photo

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "AVIF": ".avif"}
_PILLOW_TAKES = ("exif", "icc_profile", "xmp", "dpi", "comment")


class PhotoImage(Image.Image):
    """A photo as a Pillow image: 8 bits, sRGB, RGB or RGBA where there is alpha.

    ``info`` holds EXIF, XMP, ICC profile and resolution as Pillow's own images have them.
    :meth:`save` writes them, and the photo's own depth and colour space, which Pillow's pixels
    cannot hold: a photo of 16 bits is saved with 16 bits. Copies are plain images of Pillow's.
    """

    _photo: Photo | None = None  # its pixels only where they are deeper than the image's

    @classmethod
    def of(cls, photo: Photo) -> PhotoImage:
        """Make the image of a photo, grey or in colour."""
        image = cls()
        vars(image).update(vars(image_of_photo(photo)))
        image.info.update(photo.info)
        is_deep = photo.pixels.dtype != np.uint8
        image._photo = photo if is_deep else replace(photo, pixels=photo.pixels[:0], alpha=None)
        return image

    @property
    def photo(self) -> Photo:
        """What is saved: the photo in its own depth, or in 8 bits once the image was changed."""
        own = self._photo
        if own is not None and own.pixels.size and self._shows(own):
            return replace(own, info=self._carried())
        plain = self.copy()
        if own is None:  # of pickle
            return photo_of_image(plain)
        plain.info = {}
        now = photo_of_image(plain)
        return replace(own, pixels=now.pixels, alpha=now.alpha, info=self._carried())

    def _carried(self) -> dict[str, Any]:
        return {str(name): value for name, value in self.info.items()}

    def _shows(self, photo: Photo) -> bool:
        """Tell whether the pixels are still those of a photo; Pillow does not report changes."""
        shown = image_of_photo(photo)
        return (self.mode, self.size) == (shown.mode, shown.size) and np.array_equal(
            np.asarray(self), np.asarray(shown)
        )

    def save(
        self,
        fp: str | bytes | os.PathLike[str] | os.PathLike[bytes] | IO[bytes],
        format: str | None = None,  # noqa: A002 - Pillow's name
        **params: Any,
    ) -> None:
        """Save with all that the photo carries, in its own depth and colour space.

        JPEG is written with quality 95 and colour at full resolution. With ``params``, and in
        formats that Colorize does not write, it is Pillow that saves: 8 bits, EXIF, XMP, ICC
        profile and resolution along.

        Args:
            fp: a path, whose file is replaced, or a file that is open to write bytes.
            format: as Pillow names it; None goes by the suffix.
            params: of Pillow's encoder.

        Raises:
            PhotoError: the file cannot be written; one that was there is as it was.
        """
        path = None if hasattr(fp, "write") else Path(os.fsdecode(fp))  # type: ignore[arg-type]
        suffix = path.suffix.lower() if path else ""
        if format:
            suffix = _SUFFIXES.get(format.upper(), "")
        if params or suffix not in WRITABLE_SUFFIXES:
            super().save(fp, format, **self._for_pillow(suffix) | params)
        elif path is not None and path.suffix.lower() == suffix:
            write_photo(self.photo, path, overwrite=True)
        else:
            self._save_as(suffix, fp)

    def _for_pillow(self, suffix: str) -> dict[str, Any]:
        """Collect what Pillow is to write beside the pixels, as it wants it."""
        kept = {name: self.info[name] for name in _PILLOW_TAKES if name in self.info}
        if suffix == ".png" and "xmp" in kept:
            texts = PngInfo()
            texts.add_itxt("XML:com.adobe.xmp", kept["xmp"].decode("utf-8", "replace"))
            kept["pnginfo"] = texts
        return kept

    def _save_as(self, suffix: str, fp: Any) -> None:
        """Save to an open file, or to a path whose suffix names no format or another."""
        with TemporaryDirectory(prefix="colorize-") as folder:
            written = Path(folder, f"photo{suffix}")
            write_photo(self.photo, written)
            if hasattr(fp, "write"):
                fp.write(written.read_bytes())
            else:
                write_bytes(Path(os.fsdecode(fp)), written.read_bytes())
