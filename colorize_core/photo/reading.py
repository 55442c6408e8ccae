"""Reading photographs into sRGB: every format that Pillow knows, and deep PNG and TIFF."""

from __future__ import annotations

import importlib
import io
import os
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from colorize_core.photo import jpeg, png, tiff_reading
from colorize_core.photo.addresses import refuse_address
from colorize_core.photo.claims import MOST_PIXELS, check_image, check_webp
from colorize_core.photo.depth import without_color
from colorize_core.photo.directories import guard_pillow
from colorize_core.photo.metadata import kept_info, orientation_of
from colorize_core.photo.photo import Photo, PhotoError, SeveralPagesError
from colorize_core.photo.pixels import make_photo, whole_numbers
from colorize_core.photo.profiles import profile_of_chromaticities
from colorize_core.photo.raw import refuse_raw

_HEAD = 32  # bytes that tell formats apart
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_SEVERAL_IN_ONE = ("MPO", "HEIF")  # stereo pairs and bursts: the first is the photograph
# What Python says of a value that a decoder did not expect, in its own words.
_OF_PYTHON = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, struct.error)
_SRGB_GAMMA = 0.45455
_SRGB_CHROMATICITY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)

guard_pillow()


class Pages:
    """The photographs of a file, each read when its turn comes.

    All but TIFF hold one.
    """

    def __init__(self, path: Path, numbers: tuple[int, ...]) -> None:
        self.path = path
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Photo]:
        for place, number in enumerate(self._numbers, 1):
            with _naming(self.path, f"page {place}: " if len(self) > 1 else ""):
                photo = _read(self.path, number)
            yield photo


def read_pages(path: str | os.PathLike[str]) -> Pages:
    """Look at a file that may hold several photographs.

    Thumbnails and masks are no pages. Read errors of a page come up when it is its turn.

    Raises:
        PhotoError: the file is missing, empty, damaged, camera raw or no photograph.
    """
    refuse_address(path)
    path = Path(path)
    with _naming(path):
        if path.stat().st_size == 0:
            raise PhotoError("the file is empty")
        refuse_raw(path)
        numbers = tiff_reading.page_numbers(path) if tiff_reading.is_tiff(_head(path)) else (0,)
    return Pages(path, numbers)


def read_photo(path: str | os.PathLike[str]) -> Photo:
    """Read a file that holds one photograph.

    It comes upright, in sRGB, in its own depth, with all that it carries: see :class:`Photo`.

    Raises:
        PhotoError: the file is missing, empty, truncated, animated, camera raw or no photograph,
            or it has several pages.
    """
    pages = read_pages(path)
    if len(pages) > 1:
        raise SeveralPagesError(f"{path}: has {len(pages)} pages")
    return next(iter(pages))


def photo_of_image(image: Image.Image) -> Photo:
    """A Pillow image of any mode as a :class:`Photo`.

    Raises:
        PhotoError: it has several frames, or values whose scale is unknown.
    """
    _refuse_frames(image)
    image.load()
    return _photo_of(image, *_pixels(image))


def _photo_of(image: Image.Image, pixels: np.ndarray, alpha: np.ndarray | None) -> Photo:
    """Pixels of an image and what it says of them."""
    profile = image.info.get("icc_profile") or _profile_of_gamma(image)
    photo = make_photo(pixels, alpha, kept_info(image), profile, orientation_of(image))
    if not image.info.get("icc_profile"):
        photo.profile = None  # a bare power is no space to write 8 bits in
    return photo


def _read(path: Path, number: int) -> Photo:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # at twice as many Pillow refuses
    head = _head(path)
    if tiff_reading.is_tiff(head):
        return tiff_reading.read_page(path, number, _pixels)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        _open_heif()
    if head.startswith(jpeg.START):
        return _jpeg(path)
    check_webp(path, head)
    with Image.open(path) as image:
        check_image(image, path)
        if png.is_deep(head):
            return _deep_png(path, image)
        if image.format == "PNG" and image.mode in ("L", "LA", "RGB", "RGBA"):
            plain = _plain_png(path, image)
            if plain is not None:
                return plain
        photo = photo_of_image(image)
    if image.format == "WEBP" and _is_lossless_webp(path):
        photo.info["lossless"] = True
    return photo


def _jpeg(path: Path) -> Photo:
    content = path.read_bytes()
    is_whole = jpeg.is_whole(content)
    with Image.open(io.BytesIO(content)) as image:
        check_image(image, path)
        if is_whole and image.mode in ("L", "RGB"):
            return _photo_of(image, jpeg.decode(content), None)
        return photo_of_image(image)


def _deep_png(path: Path, image: Image.Image) -> Photo:
    content = path.read_bytes()
    pixels, alpha = png.decode(content)
    _refuse_frames(image)
    said = _reading_less(content, image)
    profile = said.info.get("icc_profile") or _profile_of_gamma(said)
    return make_photo(without_color(pixels), alpha, kept_info(said), profile, orientation_of(said))


def _plain_png(path: Path, image: Image.Image) -> Photo | None:
    """A photo that libpng decodes as Pillow does, in half the time; None if Pillow must."""
    content = path.read_bytes()
    said = _reading_less(content, image)
    if said is image:
        return None
    try:
        return _photo_of(said, *png.decode(content))
    except RuntimeError:  # Pillow knows what is wrong, or overlooks it
        return None


def _reading_less(content: bytes, image: Image.Image) -> Image.Image:
    """A PNG that says all that an image does, whose pixels need not be read for it."""
    dot = png.without_pixels(content)
    return image if dot is None else Image.open(io.BytesIO(dot))


def _refuse_frames(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in _SEVERAL_IN_ONE:
        raise PhotoError(f"has {frames} frames; only still photographs are colorized")


def _pixels(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """The pixels of an image as they are stored, and its alpha."""
    if image.mode in _DEEP_MODES or image.mode == "F":
        return _deep_pixels(image), None
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    is_grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = image.convert("LA" if is_grey else "RGBA")
        pixels = np.asarray(image)
        colors = pixels[..., 0] if is_grey else pixels[..., :3]
        return np.ascontiguousarray(colors), np.ascontiguousarray(pixels[..., -1])
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("L" if is_grey else "RGB")
    return np.asarray(image), None


def _deep_pixels(image: Image.Image) -> np.ndarray:
    """Grey of more than 8 bits, uint16, or float32 in 0..1."""
    values = np.asarray(image)
    if image.mode == "F" and not np.isfinite(values).all():
        raise PhotoError("has pixels that are not finite numbers")
    low, high = values.min(), values.max()
    white = 1 if image.mode == "F" else 65535
    if low < 0 or high > white:
        raise PhotoError(f"has values in {low:g}..{high:g}; expected 0..{white}")
    if image.mode == "F":
        return values.astype(np.float32)
    return whole_numbers(values.astype(np.uint16), white)


def _profile_of_gamma(image: Image.Image) -> bytes | None:
    """The profile that a PNG's ``gAMA`` and ``cHRM`` describe; None where it is that of sRGB."""
    gamma = image.info.get("gamma")
    if not gamma or "srgb" in image.info:
        return None
    chromaticity = image.info.get("chromaticity", _SRGB_CHROMATICITY)
    is_srgb = np.allclose(chromaticity, _SRGB_CHROMATICITY, atol=2e-3)
    if abs(gamma - _SRGB_GAMMA) < 0.01 and is_srgb:
        return None
    try:
        white, primaries = tuple(chromaticity[:2]), tuple(chromaticity[2:])
        return profile_of_chromaticities(1.0 / gamma, white, primaries)
    except (RuntimeError, ValueError):
        return None


def _is_lossless_webp(path: Path) -> bool:
    """Whether the first picture in a WebP is stored without loss."""
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
        PhotoError: the package for it is not installed.
    """
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        raise PhotoError(
            "HEIC needs a package that is not installed: pip install pillow-heif"
        ) from None


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
    """That a file is damaged, and what its decoder says of it where that tells anybody anything."""
    said = str(error).partition("\n")[0]
    if not said or isinstance(error, _OF_PYTHON) or said.startswith("decoder error"):
        return "damaged: cannot be decoded"
    return said if isinstance(error, OSError) else f"damaged ({said})"
