"""Kinds of input that count as a photo, and results of the same kind."""

from __future__ import annotations

import os
from typing import IO, Any, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from colorize_core.photo import Photo, PhotoImage, SeveralPagesError, photo_of_image, read_photo
from colorize_core.photo.depth import as_depth
from colorize_core.photo.streams import read_bytes, read_open

FileLike: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image
)
ImageLike: TypeAlias = FileLike | Photo | NDArray[Any] | Tensor
# For signatures: what comes back as it was given, what as bytes, and what as a Pillow image.
Same = TypeVar("Same", Photo, Tensor, NDArray[np.uint16])
Values: TypeAlias = NDArray[np.uint8] | NDArray[np.bool_] | NDArray[np.floating[Any]]
SomeValues = TypeVar("SomeValues", bound=Values)
SomeFile = TypeVar("SomeFile", bound=FileLike)
SomeImage = TypeVar("SomeImage", bound=ImageLike)

_TAKEN = (
    "a path, a Pillow image, an array, a tensor, a Photo, the bytes of a file, a file open in "
    "binary, or a list of these"
)
_CHANNELS_FIRST = (1, 3, 4)
_DEPTHS = (np.uint8, np.uint16, np.float32)
_DEPTHS_NAMED = "uint8, uint16 or float32"


def photo_of(image: ImageLike) -> Photo:
    """Take anything that may be a photo as a :class:`~colorize_core.photo.Photo`.

    Raises:
        PhotoError: a file cannot be read.
        ValueError: an array or a tensor has another shape, type or range.
        TypeError: it is none of what is taken.
    """
    if isinstance(image, Photo):
        if image.pixels.dtype not in _DEPTHS:
            raise ValueError(f"expected a Photo of {_DEPTHS_NAMED}; got {image.pixels.dtype}")
        return image
    if isinstance(image, np.ndarray):
        return photo_of_array(image)
    if isinstance(image, Tensor):
        return photo_of_tensor(image)
    if isinstance(image, Image.Image):
        return photo_of_image(image)
    if isinstance(image, str | os.PathLike):
        return _of_one_page(image)
    if isinstance(image, bytes | bytearray | memoryview):
        return read_bytes(image)
    if callable(getattr(image, "read", None)):
        return read_open(image)
    raise TypeError(f"expected {_TAKEN}; got {_kind(image)}")


def _of_one_page(path: str | os.PathLike[str]) -> Photo:
    try:
        return read_photo(path)
    except SeveralPagesError as error:
        advice = "colorize them one by one: for page in colorize_core.photo.read_pages(path)"
        raise SeveralPagesError(f"{error}; {advice}") from None


def is_read(image: ImageLike) -> bool:
    """Tell whether the pixels of a photo of it are nobody else's and may be painted over."""
    return not isinstance(image, Photo | np.ndarray | Tensor | Image.Image)


def like_given(image: ImageLike, photo: Photo) -> Photo | PhotoImage | NDArray[Any] | Tensor:
    """Give a photo back as the kind of thing that it was made from, see :class:`Colorizer`."""
    if isinstance(image, Photo):
        return photo
    if isinstance(image, np.ndarray):
        return _with_alpha(photo, np.uint16 if photo.pixels.dtype == np.uint16 else np.uint8)
    if not isinstance(image, Tensor):
        return PhotoImage.of(photo)
    values = torch.from_numpy(_with_alpha(photo, photo.pixels.dtype)).movedim(2, 0)
    dtype = image.dtype if image.is_floating_point() else values.dtype
    return values.to(image.device, dtype).contiguous()


def photo_of_array(array: np.ndarray) -> Photo:
    """Check an array and take it as a photo.

    Raises:
        ValueError: it has another shape, type or range than :class:`Colorizer` takes.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ValueError(
            f"expected an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); got {array.shape}"
        )
    if not array.size:
        raise ValueError(f"expected an array that is not empty; got {array.shape}")
    values = _in_depth(array)
    if values.ndim == 2:
        return Photo(values)
    if values.shape[2] == 3:
        return Photo(values)
    return Photo(np.ascontiguousarray(values[..., :3]), np.ascontiguousarray(values[..., 3]))


def photo_of_tensor(tensor: Tensor) -> Photo:
    """Check a tensor, ``(H, W)`` or ``(C, H, W)``, and take it as a photo.

    Raises:
        ValueError: it has another shape, type or range than :class:`Colorizer` takes.
    """
    shape = tuple(tensor.shape)
    if tensor.ndim == 2:
        tensor = tensor[None]
    if tensor.ndim == 4 and len(tensor) == 1:
        tensor = tensor[0]
    if tensor.ndim != 3 or tensor.shape[0] not in _CHANNELS_FIRST:
        advice = ""
        if tensor.ndim == 3 and tensor.shape[2] in _CHANNELS_FIRST:
            advice = "; channels come first: permute(2, 0, 1)"
        elif tensor.ndim == 4:
            advice = "; give a batch as a list: list(tensor)"
        raise ValueError(
            f"expected a tensor (H, W), (1, H, W), (3, H, W) or (4, H, W); got {shape}{advice}"
        )
    values = tensor.detach().cpu()
    if values.is_floating_point():
        values = values.float()
    return photo_of_array(np.ascontiguousarray(values.movedim(0, 2).numpy()))


def _in_depth(array: np.ndarray) -> np.ndarray:
    """Convert values of an array in a depth that photos have: uint8, uint16 or float32."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return np.where(array, np.uint8(255), np.uint8(0))
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return array.astype(np.uint16, copy=False)
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(
            "expected values of uint8, uint16 or bool, or floating point in 0..1; "
            f"got {array.dtype}"
        )
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 1):  # nor is what is no number
        raise ValueError(f"expected floating point values within 0..1; got {low:g}..{high:g}")
    return array.astype(np.float32)


def _with_alpha(photo: Photo, dtype: np.dtype | type) -> np.ndarray:
    """Join pixels and alpha, if there is one: ``(H, W, 3)`` or ``(H, W, 4)``."""
    pixels = as_depth(photo.pixels, dtype)
    if photo.alpha is None:
        return pixels
    return np.concatenate((pixels, as_depth(photo.alpha, dtype)[..., None]), 2)


def _kind(image: object) -> str:
    kind = type(image)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
