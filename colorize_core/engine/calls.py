"""The three ways to use a :class:`~.colorizer.Colorizer`: what each takes, and what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from colorize_core.engine.hints import rasterize_hints
from colorize_core.engine.inputs import (
    Same,
    SomeFile,
    SomeImage,
    SomeValues,
    is_read,
    like_given,
    photo_of,
)
from colorize_core.engine.keeping import kept, own_shares
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.options import ColorizeOptions, OptionValues, chosen
from colorize_core.engine.own_colors import is_in_color
from colorize_core.engine.page import HintsAt
from colorize_core.engine.prediction import Prediction
from colorize_core.models.references import References
from colorize_core.photo import Photo, PhotoImage
from colorize_core.photo.photo import Made

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Calls(ABC):
    """A base for colorizers: it takes and gives back any kind of photo."""

    @abstractmethod
    def look(
        self,
        lightness: np.ndarray,
        short_side: int | None,
        hints_at: HintsAt,
        detail: bool = False,
        as_is: bool = False,
        whole: bool = False,
        references: References | None = None,
    ) -> Prediction:
        """Look at a lightness, see :meth:`.Colorizer.look`."""

    @abstractmethod
    def references(self, options: ColorizeOptions) -> References | None:
        """Read the photos whose colours are to be copied, see :meth:`.Colorizer.references`."""

    @abstractmethod
    def made(self, options: ColorizeOptions) -> Made | None:
        """Say how photos are made with options, see :meth:`.Colorizer.made`."""

    @overload
    def __call__(
        self,
        image: SomeValues,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> NDArray[np.uint8]: ...

    @overload
    def __call__(
        self,
        image: Same,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> Same: ...

    @overload
    def __call__(
        self,
        image: SomeFile,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> PhotoImage: ...

    @overload
    def __call__(
        self,
        image: list[SomeValues] | tuple[SomeValues, ...],
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> list[NDArray[np.uint8]]: ...

    @overload
    def __call__(
        self,
        image: list[Same] | tuple[Same, ...],
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> list[Same]: ...

    @overload
    def __call__(
        self,
        image: list[SomeFile] | tuple[SomeFile, ...],
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> list[PhotoImage]: ...

    def __call__(
        self,
        image: Any,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> Any:
        """Colorize at full size and give back the same kind of thing; the lightness stays.

        Args:
            image: see :class:`Colorizer`; tensors may have four dimensions here,
                ``(N, 1, 3 or 4, H, W)``.
            options: what to choose.
            values: single options, by name.

        Returns:
            For paths, files, bytes and Pillow images a Pillow image, RGB, or RGBA where there was
            alpha, that knows the file's EXIF, XMP, ICC profile, resolution and depth, and saves
            them. For an array, uint8 ``(H, W, 3 or 4)``, or uint16 for uint16. For a tensor, one of
            its own type and device, ``(3 or 4, H, W)``; uint8 for bool. For a photo, a photo.

        Raises:
            PhotoError: the photo cannot be read.
            HintError: a hint is outside the photo, or the model takes none.
            ValueError: an array or an option has another shape, type or range, or the mask
                another size.
            TypeError: it is none of what is taken, or there is no such option.
        """
        options = chosen(options, values)
        if isinstance(image, list | tuple):
            return [self(one, options) for one in image]
        if isinstance(image, Tensor) and image.ndim == 4 and len(image):
            return torch.stack([self(one, options) for one in image])
        return like_given(image, self._colorized(photo_of(image), options, is_read(image)))

    @overload
    def colorize(
        self,
        image: SomeImage,
        options: ColorizeOptions | None = None,
        *,
        in_place: bool = False,
        **values: Unpack[OptionValues],
    ) -> Photo: ...

    @overload
    def colorize(
        self,
        image: list[SomeImage] | tuple[SomeImage, ...],
        options: ColorizeOptions | None = None,
        *,
        in_place: bool = False,
        **values: Unpack[OptionValues],
    ) -> list[Photo]: ...

    def colorize(
        self,
        image: Any,
        options: ColorizeOptions | None = None,
        *,
        in_place: bool = False,
        **values: Unpack[OptionValues],
    ) -> Any:
        """Colorize to a photo in its own depth, with its alpha and metadata.

        Args:
            image: see :class:`Colorizer`.
            options: what to choose.
            in_place: whether the photo's own pixels may be painted over, which saves the memory
                of another picture.
            values: single options, by name.

        Raises:
            PhotoError, HintError, ValueError, TypeError: as for a call.
        """
        options = chosen(options, values)
        if isinstance(image, list | tuple):
            return [self.colorize(one, options, in_place=in_place) for one in image]
        return self._colorized(photo_of(image), options, in_place or is_read(image))

    @overload
    def predict(
        self,
        image: SomeImage,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        image: list[SomeImage] | tuple[SomeImage, ...],
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> list[Prediction]: ...

    def predict(
        self,
        image: Any,
        options: ColorizeOptions | None = None,
        **values: Unpack[OptionValues],
    ) -> Any:
        """Look at a photo once; the result can be rendered with any temperature and saturation.

        Args:
            image: see :class:`Colorizer`.
            options: what to choose; temperature and saturation are those of a rendering.
            values: single options, by name.

        Raises:
            PhotoError, HintError, ValueError, TypeError: as for a call.
        """
        options = chosen(options, values)
        if isinstance(image, list | tuple):
            return [self.predict(one, options) for one in image]
        return self._predicted(photo_of(image), options)

    def _colorized(self, photo: Photo, options: ColorizeOptions, in_place: bool) -> Photo:
        pixels = photo.pixels
        shares = own_shares(pixels, options)
        if options.color_photos == "leave" and is_in_color(pixels):
            return replace(photo, pixels=pixels if in_place else pixels.copy())
        prediction = self._predicted(photo, options)
        usable = pixels.ndim == 3 and pixels.flags.c_contiguous and pixels.flags.writeable
        stays = kept(pixels, shares, prediction.frames, options)
        picture = prediction.picture(
            options.temperature,
            options.saturation,
            pixels.dtype,
            out=pixels if in_place and usable else None,
            paint=stays.paint if stays else None,
        )
        if stays:
            stays.put_back(picture)
        return replace(photo, pixels=picture, made=self.made(options))

    def _predicted(self, photo: Photo, options: ColorizeOptions) -> Prediction:
        size = photo.size
        looked = self.look(
            lightness_of_pixels(photo.pixels),
            options.size,
            lambda seen_size: rasterize_hints(options.hints, size, seen_size),
            options.detail,
            options.as_is,
            options.border == "off",
            self.references(options),
        )
        return replace(looked, warmth=options.warmth)
