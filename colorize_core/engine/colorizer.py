"""``Colorizer``: a network that is loaded once and colorizes photograph after photograph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from colorize_core.color.tone import FULL, tonal_range, within_border
from colorize_core.engine.detail import CLOSER
from colorize_core.engine.device import pick_device
from colorize_core.engine.hints import HintError, rasterize_hints
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.prediction import Prediction
from colorize_core.engine.resize import bicubic
from colorize_core.models.fusing import fuse
from colorize_core.models.loading import load_model
from colorize_core.models.registry import no_hints
from colorize_core.photo import Photo, image_of_photo, photo_of_image, read_photo
from colorize_core.photo.depth import as_depth

HintsAt = Callable[[tuple[int, int]], Tensor | None]
_SMALLEST = 64  # short side that the network sees of a smaller photo, unless told otherwise
_LONGEST = 4  # the long side the network sees is at most this many short sides


class Colorizer:
    """Colorizes photographs.

    Args:
        model: a registered name, or the path of weights.
        device: ``auto`` takes a GPU where there is one.

    Raises:
        ValueError: there is no such model or device, or its weights cannot be used.
        FileNotFoundError: the model's weights are not there; the message says what to do.

    Example:
        >>> Colorizer()("grandmother.jpg").save("grandmother-colorized.png")  # doctest: +SKIP
    """

    def __init__(self, model: str | Path = "lite", device: str = "auto") -> None:
        self.device = pick_device(device)
        self.model = load_model(model)
        self.network = fuse(self.model.network.eval()).to(
            self.device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]
        )

    def __call__(
        self,
        photo: str | Path | Image.Image | np.ndarray,
        options: ColorizeOptions | None = None,
    ):
        """Colorize one photo at its own size; its lightness stays as it is.

        Args:
            photo: a path, a Pillow image, or an array ``(H, W)``, ``(H, W, 1)`` or
                ``(H, W, 3)``: uint8, or floating point in 0..1.
            options: what to choose; the model and the device are this colorizer's own.

        Returns:
            For a path or an image, a Pillow image (RGB, or RGBA where there was alpha); for an
            array, uint8 ``(H, W, 3)``.

        Raises:
            PhotoError: the photo cannot be read.
            HintError: a hint is outside the photo, or the model takes none.
            ValueError: the array has another shape, type or range.
        """
        if isinstance(photo, np.ndarray):
            colorized = self.colorize(photo_of_array(photo), options)
            return as_depth(colorized.pixels, np.uint8)
        read = photo_of_image(photo) if isinstance(photo, Image.Image) else read_photo(photo)
        return image_of_photo(
            self.colorize(read, options, in_place=not isinstance(photo, Image.Image))
        )

    def colorize(
        self, photo: Photo, options: ColorizeOptions | None = None, in_place: bool = False
    ) -> Photo:
        """Colorize a photo that has been read; its depth, alpha and metadata come along.

        Args:
            photo: what :func:`~colorize_core.photo.read_photo` gives.
            options: what to choose; the model and the device are this colorizer's own.
            in_place: whether the photo's own pixels may be painted over, which saves the memory
                of another picture.
        """
        options = options or ColorizeOptions()
        pixels = photo.pixels
        prediction = self.predict(photo, options)
        usable = pixels.ndim == 3 and pixels.flags.c_contiguous and pixels.flags.writeable
        picture = prediction.picture(
            options.temperature,
            options.saturation,
            pixels.dtype,
            out=pixels if in_place and usable else None,
        )
        return replace(photo, pixels=picture)

    def predict(
        self, photo: Photo | np.ndarray, options: ColorizeOptions | None = None
    ) -> Prediction:
        """Look at a photo once; the result can be rendered with any temperature and saturation."""
        options = options or ColorizeOptions()
        if isinstance(photo, np.ndarray):
            photo = photo_of_array(photo)
        size = photo.size
        return self.look(
            lightness_of_pixels(photo.pixels),
            options.size,
            lambda seen_size: rasterize_hints(options.hints, size, seen_size),
            options.detail,
            options.as_is,
        )

    @torch.inference_mode()
    def look(
        self,
        lightness: np.ndarray,
        short_side: int | None,
        hints_at: HintsAt,
        detail: bool = False,
        as_is: bool = False,
    ) -> Prediction:
        """Look at a lightness, whatever it was made from.

        Args:
            lightness: L in 0..100, float32 ``(H, W)``.
            short_side: in pixels, at which the network sees it; None takes the model's own, or the
                photo's where that is smaller.
            hints_at: called with the height and width at which the network sees it; gives the
                hints at that size, ``(1, 3, h, w)``, or None.
            detail: whether to take a closer look too, where the photo is large enough.
            as_is: whether the network is shown the lightness as it is, not stretched.

        Raises:
            HintError: there are hints but the model takes none.
            ValueError: the network's answer is not finite.
        """
        height, width = lightness.shape
        # A photo that was blown up has a blur that no network knows.
        own_size = max(_SMALLEST, min(self.model.size, height, width))
        short_side = short_side or own_size
        seen, closer = seen_at(lightness, short_side), None
        tones = FULL if as_is else tonal_range(within_border(seen[0, 0].numpy()))
        output = self._output(tones.stretch(seen), hints_at)
        closer_side = min(CLOSER * short_side, height, width)
        if detail and closer_side > short_side:
            closer = self._output(tones.stretch(seen_at(lightness, closer_side)), hints_at)
        return Prediction(output, lightness, self.model.temperature, closer)

    def _output(self, seen: Tensor, hints_at: HintsAt) -> Tensor:
        """The network's output for a photo that it sees at this size, ``(1, 1, h, w)``."""
        size = (seen.shape[2], seen.shape[3])
        hints = hints_at(size)
        if hints is not None and not self.network.takes_hints:
            raise HintError(no_hints(self.model.name))
        down, across = (side // self.network.stride for side in size)
        return self._forward(seen, hints)[..., :down, :across]

    def _forward(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        multiple = self.network.multiple
        padding = (0, -lightness.shape[3] % multiple, 0, -lightness.shape[2] % multiple)
        lightness = F.pad(lightness, padding, mode="replicate").to(self.device)
        if hints is not None:
            hints = F.pad(hints, padding).to(self.device)
        output = self.network(lightness.contiguous(memory_format=torch.channels_last), hints)
        output = output.float().cpu()
        if not torch.stack(torch.aminmax(output)).isfinite().all():
            raise ValueError(
                f"the model {self.model.name} answers with numbers that are not finite: its "
                "weights are damaged, or its training went wrong; nothing is written"
            )
        return output


def seen_at(lightness: np.ndarray, short_side: int) -> Tensor:
    """L ``(H, W)`` with a short side of so many pixels, ``(1, 1, h, w)``, in 0..100."""
    size = network_size(lightness.shape, short_side)
    return bicubic(torch.from_numpy(lightness)[None, None], size).clamp_(0.0, 100.0)


def network_size(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """Height and width at which the network sees a photo: aspect kept, multiples of 4.

    Photos more than four times as long as wide are squeezed along their length, because seeing
    them in full would cost any amount of memory.
    """
    height, width = size
    scale = short_side / min(size)
    longest = _LONGEST * short_side
    return (
        max(4, round(min(height * scale, longest) / 4) * 4),
        max(4, round(min(width * scale, longest) / 4) * 4),
    )


def photo_of_array(array: np.ndarray) -> Photo:
    """Check an array and take it as a photo.

    Raises:
        ValueError: it has another shape, type or range than :class:`Colorizer` takes.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or not array.size:
        raise ValueError(f"expected an array (H, W), (H, W, 1) or (H, W, 3); got {array.shape}")
    if array.dtype == np.uint8:
        return Photo(array)
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"expected uint8, or floating point in 0..1; got {array.dtype}")
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
        raise ValueError("expected floating point values within 0..1")
    return Photo(array.astype(np.float32))
