"""The painter of every door: from ab at the network's stride to the pixels of any strip."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.d50 import ab_for_d50, at_luminance
from colorize_core.color.gamut import fit_gamut
from colorize_core.color.kernels import kernels_for
from colorize_core.color.lab import bytes_of_rgb, linear_of_lab, rgb_to_lab, srgb_of_linear
from colorize_core.engine.upsample import between, lines_over_lightness, upsampler
from colorize_core.photo.depth import as_depth, full_scale

Painter = Callable[[slice, np.ndarray], None]


class Form(Enum):
    """The colours in a strip, and the white point of L.

    Photo files are sRGB, and their L is for D65. Host programs take L from an ICC profile, for
    D50; their colours keep that lightness, as sRGB or as Lab.
    """

    RGB = "sRGB: the first three channels, uint8, uint16 or float32; L is for D65"
    RGB_D50 = "sRGB: the first three channels, uint8, uint16 or float32; L is for D50"
    AB = "a and b of Lab: both channels, float32; L is for D65"
    AB_D50 = "a and b of Lab for D50: the second and third of four channels, float32"

    @property
    def is_for_d50(self) -> bool:
        """Whether L is measured against D50."""
        return self in (Form.RGB_D50, Form.AB_D50)


def painter(
    ab: Tensor, lightness: np.ndarray, form: Form, paint: np.ndarray | None = None
) -> Painter:
    """Make a function to fill strips with colours: ab upsampled and fitted into the gamut.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: the photo's L, finite, in 0..100, float32 ``(H, W)``.
        form: of the strips.
        paint: colours that lie over the predicted ones, sRGB and alpha, uint8 ``(H, W, 4)``; they
            keep their hue and chroma.

    Returns:
        A function of rows and their strip, contiguous ``(rows, W, channels)``, whose colours it
        fills in; other channels stay as they are. Any thread may call it.
    """
    # No kernel gives ab for D65.
    kernels = None if form is Form.AB else kernels_for(lightness.size)
    if kernels is None:
        return _with_torch(ab, lightness, form, paint)
    compiled = _compiled(kernels, ab, lightness, form)
    if paint is None:
        return compiled
    painted = _with_torch(ab, lightness, form, paint)

    def fill(rows: slice, strip: np.ndarray) -> None:
        # Kernels know of no paint: hardly any strip has some.
        (painted if paint[rows, :, 3].any() else compiled)(rows, strip)

    return fill


def beside(photo: Painter, border: Painter, where: np.ndarray) -> Painter:
    """Let one painter fill the photographs on a scan, and another what lies around them.

    Args:
        photo: fills the photographs.
        border: fills the pixels around them.
        where: whether a pixel is around them, bool ``(H, W)``.
    """

    def fill(rows: slice, strip: np.ndarray) -> None:
        photo(rows, strip)
        if where[rows].any():
            around = strip.copy()
            border(rows, around)
            strip[where[rows]] = around[where[rows]]

    return fill


def _compiled(kernels: ModuleType, ab: Tensor, lightness: np.ndarray, form: Form) -> Painter:
    height, width = lightness.shape
    lines = lines_over_lightness(ab, torch.from_numpy(lightness))[0].contiguous().numpy()
    before, share = between(lines.shape[2], width, torch.arange(width))
    columns = before.int().numpy(), share.numpy()

    def fill(rows: slice, strip: np.ndarray) -> None:
        tones = np.ascontiguousarray(lightness[rows])
        upsampling = (tones, lines, height, rows.start, *columns)
        if form is Form.AB_D50:
            kernels.ab_for_d50(*upsampling, strip)
        else:
            kernels.render(*upsampling, form.is_for_d50, _white_and_rounding(strip.dtype), strip)

    return fill


def _white_and_rounding(dtype: np.dtype) -> tuple[np.float32, np.float32]:
    """Give the value of white, and the addend before fractions are cut off."""
    rounding = 0.5 if np.issubdtype(dtype, np.integer) else 0.0
    return np.float32(full_scale(dtype)), np.float32(rounding)


def _with_torch(ab: Tensor, lightness: np.ndarray, form: Form, paint: np.ndarray | None) -> Painter:
    whole = torch.from_numpy(lightness)
    upsampled = upsampler(ab, whole)

    def fill(rows: slice, strip: np.ndarray) -> None:
        tones, colors = whole[None, None, rows], upsampled(rows)
        if paint is not None:
            colors = _with_paint(colors, paint[rows])
        lab = fit_gamut(torch.cat((tones, colors), 1))
        if form is Form.AB:
            strip[:] = _channels_last(lab[:, 1:])
            return
        linear = linear_of_lab(lab)
        if form.is_for_d50:
            linear = at_luminance(linear, tones)
        if form is Form.AB_D50:
            strip[..., 1:3] = _channels_last(ab_for_d50(linear))
        elif strip.dtype == np.uint8:
            strip[..., :3] = bytes_of_rgb(srgb_of_linear(linear))
        else:
            strip[..., :3] = as_depth(_channels_last(srgb_of_linear(linear)), strip.dtype)

    return fill


def _with_paint(ab: Tensor, paint: np.ndarray) -> Tensor:
    """Put paint, ``(H, W, 4)``, over ab, ``(1, 2, H, W)``, as far as it covers."""
    if not paint[..., 3].any():
        return ab
    covering = torch.from_numpy(paint.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    return torch.lerp(ab, rgb_to_lab(covering[:, :3])[:, 1:], covering[:, 3:])


def _channels_last(maps: Tensor) -> np.ndarray:
    """Turn maps of one photo, ``(1, C, H, W)``, into an array ``(H, W, C)``."""
    return maps[0].permute(1, 2, 0).numpy()
