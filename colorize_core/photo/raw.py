"""Camera raw: recognized, so that nobody is given the small preview inside instead."""

from __future__ import annotations

from pathlib import Path

from colorize_core.photo.kinds import RAW_SUFFIXES
from colorize_core.photo.photo import PhotoError

_DNG_VERSION = 50706
_PHOTOMETRIC = 262
_SENSOR_PHOTOMETRICS = {32803, 34892}  # colour filter array, linear raw


def refuse_raw(path: Path) -> None:
    """Refuse files whose suffix is that of camera raw.

    Raises:
        PhotoError: with advice on what to do.
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        raise raw_error(path)


def is_raw_tiff(tags) -> bool:
    """Whether a TIFF's tags, a mapping by their numbers, say that it holds a sensor's values."""
    return _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in _SENSOR_PHOTOMETRICS


def raw_error(path: Path | None = None) -> PhotoError:
    """The error, with the file where it is known."""
    return PhotoError(
        (f"{path}: " if path else "") + "camera raw is not read; develop it first, in darktable, "
        "RawTherapee or your camera's own program, and colorize the 16-bit TIFF that it exports"
    )
