"""Reading photographs into sRGB: every format that Pillow knows, and deep PNG and TIFF."""

from __future__ import annotations

import importlib
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from PIL import Image, ImageFile, UnidentifiedImageError

from colorize_core.photo import jpeg, jpeg2000, jpegxl, png, tiff_reading
from colorize_core.photo.addresses import refuse_address
from colorize_core.photo.checked_opening import check_opened
from colorize_core.photo.checked_reading import read_jpeg, read_png
from colorize_core.photo.claims import MOST_PIXELS, check_webp
from colorize_core.photo.directories import guard_pillow
from colorize_core.photo.photo import HeicMissingError, Photo, PhotoError, SeveralPagesError
from colorize_core.photo.pillow_reading import photo_of_image, stored_pixels
from colorize_core.photo.raw import refuse_raw

__all__ = ["Pages", "photo_of_image", "read_pages", "read_photo"]

_HEAD = 32  # bytes that tell formats apart
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
# What is not for people: names of code, numbers of errors.
_OF_DECODERS = re.compile(r"[<>_{}]|0x|error|tiff|array|buffer|literal|\bNone\b", re.IGNORECASE)

guard_pillow()
for _decoders in ("PIL", "imagecodecs"):  # as tifffile: what matters raises
    logging.getLogger(_decoders).setLevel(logging.CRITICAL)
_lenient = Lock()  # one at a time has Pillow overlook what is missing


class Pages:
    """The photographs of a file, each read when its turn comes.

    All but TIFF hold one.
    """

    def __init__(
        self, path: Path, numbers: tuple[tiff_reading.PageNumber, ...], damaged: bool = False
    ) -> None:
        self.path = path
        self._numbers = numbers
        self._damaged = damaged

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Photo]:
        for place, number in enumerate(self._numbers, 1):
            with _naming(self.path, f"page {place}: " if len(self) > 1 else ""):
                photo = _read(self.path, number, self._damaged)
            yield photo


def read_pages(path: str | os.PathLike[str], damaged: bool = False) -> Pages:
    """Look at a file that may hold several photographs.

    Thumbnails and masks are no pages. Read errors of a page come up when it is its turn.

    Args:
        path: of the file.
        damaged: whether to take what there is of a photo that is damaged, with a warning.

    Raises:
        PhotoError: the file is missing, empty, damaged, camera raw or no photograph.
    """
    refuse_address(path)
    path = Path(path)
    with _naming(path):
        if path.stat().st_size == 0:
            raise PhotoError("the file is empty")
        refuse_raw(path)
        numbers: tuple[tiff_reading.PageNumber, ...] = (0,)
        if tiff_reading.is_tiff(_head(path)):
            numbers = tiff_reading.page_numbers(path)
    return Pages(path, numbers, damaged)


def read_photo(path: str | os.PathLike[str], damaged: bool = False) -> Photo:
    """Read a file that holds one photograph.

    It comes upright, in sRGB, in its own depth, with all that it carries: see :class:`Photo`.

    Args:
        path: of the file.
        damaged: whether to take what there is of a photo that is damaged, with a warning.

    Raises:
        PhotoError: the file is missing, empty, truncated, animated, camera raw or no photograph,
            or it has several pages.
    """
    pages = read_pages(path, damaged)
    if len(pages) > 1:
        raise SeveralPagesError(f"{path}: has {len(pages)} pages")
    return next(iter(pages))


def _read(path: Path, number: tiff_reading.PageNumber, damaged: bool) -> Photo:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # at twice as many Pillow refuses
    head = _head(path)
    if tiff_reading.is_tiff(head):
        return tiff_reading.read_page(path, number, stored_pixels, damaged)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        _open_heif()
    if head.startswith(jpeg.START):
        return read_jpeg(path, damaged)
    if head.startswith(png.SIGNATURE):
        return read_png(path, damaged)
    if jpeg2000.is_jpeg2000(head):
        return jpeg2000.read(path, damaged)
    if jpegxl.is_jpegxl(head):
        return jpegxl.read(path)
    check_webp(path, head)
    try:
        photo = _by_pillow(path)
    except OSError as error:
        if not damaged or error.strerror or isinstance(error, UnidentifiedImageError):
            raise
        photo = _by_pillow(path, damaged)
    if photo.info.pop("format", None) == "WEBP" and _is_lossless_webp(path):
        photo.info["lossless"] = True
    return photo


def _by_pillow(path: Path, damaged: bool = False) -> Photo:
    with Image.open(path) as image:
        check_opened(image, path)
        if not damaged:
            photo = photo_of_image(image)
        else:
            with _lenient:
                ImageFile.LOAD_TRUNCATED_IMAGES = True
                try:
                    photo = photo_of_image(image)
                finally:
                    ImageFile.LOAD_TRUNCATED_IMAGES = False
            photo.warnings += ("is damaged: not all of its rows are in order",)
        photo.info["format"] = image.format
    return photo


def _is_lossless_webp(path: Path) -> bool:
    """Tell whether the first picture in a WebP is stored without loss."""
    with path.open("rb") as file:
        file.seek(12)
        while len(chunk := file.read(8)) == 8:
            if chunk[:4] in (b"VP8L", b"VP8 "):
                return chunk[:4] == b"VP8L"
            length = int.from_bytes(chunk[4:], "little")
            file.seek(length + length % 2, 1)
    return False


def _open_heif() -> None:
    """Teach Pillow to read HEIC.

    Raises:
        HeicMissingError: the package for it is not installed.
    """
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        raise HeicMissingError("HEIC needs a package that is not installed: pillow-heif") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _too_many_pixels(error: Image.DecompressionBombError) -> str:
    pixels = re.search(r"\d+", str(error))
    claimed = f"has {int(pixels[0]) / 1e6:.0f} megapixels" if pixels else "is too large"
    return f"{claimed}; at most {MOST_PIXELS // 10**6} are read"


@contextmanager
def _naming(path: Path, page: str = "") -> Iterator[None]:
    """Turn whatever goes wrong into an error that names the file, and the page of several."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata; what matters raises
            yield
    except PhotoError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{path}: {page}{error}") from None
    except UnidentifiedImageError:
        raise PhotoError(f"{path}: {page}not a photograph that can be read") from None
    except Image.DecompressionBombError as error:
        raise PhotoError(f"{path}: {page}{_too_many_pixels(error)}") from None
    except MemoryError:
        raise PhotoError(f"{path}: {page}too large for this computer's memory") from None
    except OSError as error:
        if error.strerror:
            raise PhotoError(f"{path}: {error.strerror}") from error
        raise PhotoError(f"{path}: {page}{_damage(error)}") from error
    except Exception as error:  # broken files bring decoders to raise nearly anything
        raise PhotoError(f"{path}: {page}{_damage(error)}") from error


def _damage(error: Exception) -> str:
    """Say in plain words that a file is damaged: a decoder's own message tells nobody anything."""
    said = str(error).partition("\n")[0]
    if said.startswith(("image file is truncated", "Truncated File Read")):
        return "is truncated: it ends before the picture does"
    if not isinstance(error, ValueError) or not said or _OF_DECODERS.search(said):
        return "damaged: cannot be decoded"
    return f"damaged ({said})"
