"""Colorize: plausible colour for black-and-white photographs.

    >>> from colorize_core import colorize
    >>> colorize("grandmother.jpg").save("grandmother-colorized.jpg")  # doctest: +SKIP

The names below are imported when they are first used, so that ``import colorize_core`` costs
nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import os

    import numpy as np
    import torch
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from colorize_core.color import lab_to_rgb, rgb_to_lab
    from colorize_core.engine import ColorizeOptions, Colorizer, Hint, HintError, Prediction
    from colorize_core.engine.inputs import Same, SomeFile, SomeValues
    from colorize_core.engine.options import OptionValues
    from colorize_core.models import Eccv16, Lite, ResNetRegressor, Siggraph17
    from colorize_core.photo import Photo, PhotoError, PhotoImage, read_photo, write_photo

__version__ = "0.1.0"
__all__ = [
    "ColorizeOptions",
    "Colorizer",
    "Eccv16",
    "Hint",
    "HintError",
    "Lite",
    "Photo",
    "PhotoError",
    "PhotoImage",
    "Prediction",
    "ResNetRegressor",
    "Siggraph17",
    "colorize",
    "lab_to_rgb",
    "read_photo",
    "rgb_to_lab",
    "write_photo",
]

_HOMES = {
    "ColorizeOptions": "colorize_core.engine",
    "Colorizer": "colorize_core.engine",
    "Eccv16": "colorize_core.models",
    "Hint": "colorize_core.engine",
    "HintError": "colorize_core.engine",
    "Lite": "colorize_core.models",
    "Photo": "colorize_core.photo",
    "PhotoError": "colorize_core.photo",
    "PhotoImage": "colorize_core.photo",
    "Prediction": "colorize_core.engine",
    "ResNetRegressor": "colorize_core.models",
    "Siggraph17": "colorize_core.models",
    "lab_to_rgb": "colorize_core.color",
    "read_photo": "colorize_core.photo",
    "rgb_to_lab": "colorize_core.color",
    "write_photo": "colorize_core.photo",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


@overload
def colorize(
    image: SomeValues,
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> NDArray[np.uint8]: ...


@overload
def colorize(
    image: Same,
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> Same: ...


@overload
def colorize(
    image: SomeFile,
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> PhotoImage: ...


@overload
def colorize(
    image: list[SomeValues] | tuple[SomeValues, ...],
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> list[NDArray[np.uint8]]: ...


@overload
def colorize(
    image: list[Same] | tuple[Same, ...],
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> list[Same]: ...


@overload
def colorize(
    image: list[SomeFile] | tuple[SomeFile, ...],
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> list[PhotoImage]: ...


def colorize(
    image: Any,
    options: ColorizeOptions | None = None,
    *,
    model: str | os.PathLike[str] = "lite",
    device: str | torch.device = "auto",
    **values: Unpack[OptionValues],
) -> Any:
    """Colorize a photo, or a list of them, with a network that is loaded for this call alone.

    To load it once, make a :class:`Colorizer` and call that: it takes and gives the same.

    Args:
        image: a path, a Pillow image, an array, a tensor, a :class:`Photo`, the bytes of a file, a
            file that is open in binary, or a list of these; see :class:`Colorizer`.
        options: what to choose.
        model: a registered name, or the path of weights.
        device: ``auto`` takes a GPU where there is one.
        values: single options by name, such as ``saturation=0.8``.

    Returns:
        The same kind of thing in colour; for paths, bytes and files a Pillow image.

    Raises:
        PhotoError: the photo cannot be read.
        ValueError: the model, the device, a hint, an option or an array cannot be used.
        FileNotFoundError: the model's weights are not there.
        TypeError: it is none of what is taken, or there is no such option.
    """
    from colorize_core.engine import Colorizer
    from colorize_core.engine.options import chosen

    options = chosen(options, values)  # told before a network is loaded
    return Colorizer(model, device)(image, options)
