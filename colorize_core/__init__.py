"""Colorize: plausible colour for black-and-white photographs.

    >>> from colorize_core import colorize
    >>> colorize("grandmother.jpg").save("grandmother-colorized.png")  # doctest: +SKIP

The names below are imported when they are first used, so that ``import colorize_core`` costs
nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from colorize_core.engine import ColorizeOptions, Colorizer, Hint, Prediction
    from colorize_core.photo import PhotoError

__version__ = "0.1.0"
__all__ = ["ColorizeOptions", "Colorizer", "Hint", "PhotoError", "Prediction", "colorize"]

_HOMES = {
    "ColorizeOptions": "colorize_core.engine",
    "Colorizer": "colorize_core.engine",
    "Hint": "colorize_core.engine",
    "Prediction": "colorize_core.engine",
    "PhotoError": "colorize_core.photo",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def colorize(photo: Any, **options: Any) -> Image.Image:
    """Colorize one photo; for many, make a :class:`Colorizer` once and call it.

    Args:
        photo: a path, a Pillow image or an array.
        options: fields of :class:`ColorizeOptions`.

    Returns:
        The photo in colour: a Pillow image, or for an array an array.
    """
    from colorize_core.engine import ColorizeOptions, Colorizer

    chosen = ColorizeOptions(**options)
    return Colorizer(chosen.model, chosen.device)(photo, chosen)
