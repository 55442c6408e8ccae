"""Provenance of a photo, in the words that its file carries."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path

from colorize_core import __version__
from colorize_core.engine.hints import Hint
from colorize_core.engine.mask import Mask
from colorize_core.engine.options import ColorizeOptions
from colorize_core.photo.photo import Made

# What makes no difference to the colours, or is said apart.
_NOT_SAID = {"provenance"}


def made_with(options: ColorizeOptions, name: str, weights: Path) -> Made:
    """Tell how photos are made with options and a network's weights.

    Args:
        options: of the photo.
        name: of the network.
        weights: the file that they are in.
    """
    return Made(name, weights_hash(weights), settings_of(options), version=__version__)


def settings_of(options: ColorizeOptions) -> str:
    """Give the options that are not as they are by default, always in the same words."""
    said = []
    for field in fields(options):
        value = getattr(options, field.name)
        if field.name in _NOT_SAID or value in (field.default, (), None):
            continue
        if isinstance(value, Mask):
            value = hashlib.sha256(repr(value).encode()).hexdigest()[:16]
        elif not isinstance(value, (bool, int, float, str)):
            told = [_rounded(one) if isinstance(one, Hint) else one for one in value]
            value = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
        said.append(field.name if value is True else f"{field.name}={value}")
    return " ".join(said)


def signed(settings: str) -> str:
    """Say beside the settings that a file is signed."""
    return f"{settings} signed".lstrip()


def _rounded(hint: Hint) -> Hint:
    """Round a hint to thousandths of a pixel: doors come to its numbers by different sums."""
    radius = None if hint.radius is None else round(float(hint.radius), 3)
    return replace(hint, x=round(float(hint.x), 3), y=round(float(hint.y), 3), radius=radius)


def weights_hash(path: Path) -> str:
    """Give the SHA-256 of a file of weights; measured once, unless it changes.

    Raises:
        FileNotFoundError: there is no such file.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise FileNotFoundError(f"{path}: no such file") from error
    return _hash(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _hash(path: Path, _size: int, _time: int) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return f"sha256:{total.hexdigest()}"
