"""Camera raw: recognized, so that nobody is given the small preview inside instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colorize_core.photo.kinds import RAW_SUFFIXES
from colorize_core.photo.photo import PhotoError

DNG_VERSION, PHOTOMETRIC = 50706, 262
_MOSAIC = 32803  # a colour filter array: each pixel has one of the colours


def refuse_raw(path: Path) -> None:
    """Refuse files whose suffix is that of camera raw.

    Raises:
        PhotoError: with advice on what to do.
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        raise raw_error(path)


def is_raw_tiff(tags: Mapping[int, Any]) -> bool:
    """Tell whether a page's tags, a mapping by their numbers, say that it holds a sensor's mosaic.

    A scanner's DNG holds all colours of each pixel; there is nothing left to develop.
    """
    return tags.get(PHOTOMETRIC) == _MOSAIC


def raw_error(path: Path | None = None) -> PhotoError:
    """Make the error, with the file where it is known."""
    return PhotoError(
        (f"{path}: " if path else "") + "camera raw is not read; develop it first, in darktable, "
        "RawTherapee or your camera's own program, and colorize the 16-bit TIFF that it exports"
    )
