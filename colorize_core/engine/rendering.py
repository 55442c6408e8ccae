"""From ab at the network's stride to the pixels of a picture, strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.gamut import fit_gamut
from colorize_core.color.kernels import kernels_for
from colorize_core.color.lab import bytes_of_rgb, lab_to_rgb
from colorize_core.engine.upsample import between, lines_over_lightness, upsampler
from colorize_core.photo.depth import as_depth, full_scale

Paint = Callable[[slice], None]


def painter(ab: Tensor, lightness: np.ndarray, picture: np.ndarray) -> Paint:
    """What upsamples ab, fits it into the gamut and fills any rows of a picture.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: the photo's L, finite, in 0..100, float32 ``(H, W)``.
        picture: contiguous ``(H, W, 3)``, to be filled: uint8, uint16 or float32.

    Returns:
        What fills the rows it is called with; any thread may call it.
    """
    kernels = kernels_for(lightness.size)
    if kernels is None:
        return _with_torch(ab, lightness, picture)
    return _compiled(kernels, ab, lightness, picture)


def _with_torch(ab: Tensor, lightness: np.ndarray, picture: np.ndarray) -> Paint:
    whole = torch.from_numpy(lightness)
    upsampled = upsampler(ab, whole)

    def paint(rows: slice) -> None:
        lab = torch.cat((whole[None, None, rows], upsampled(rows)), 1)
        rgb = lab_to_rgb(fit_gamut(lab))
        if picture.dtype == np.uint8:
            picture[rows] = bytes_of_rgb(rgb)
        else:
            picture[rows] = as_depth(rgb[0].permute(1, 2, 0).numpy(), picture.dtype)

    return paint


def _compiled(kernels: ModuleType, ab: Tensor, lightness: np.ndarray, picture: np.ndarray) -> Paint:
    lines = compiled_lines(ab, lightness)
    rounding = 0.5 if np.issubdtype(picture.dtype, np.integer) else 0.0
    scale = np.float32(full_scale(picture.dtype)), np.float32(rounding)

    def paint(rows: slice) -> None:
        strip = np.ascontiguousarray(lightness[rows])
        kernels.render(strip, *lines(rows), False, scale, picture[rows])

    return paint


def compiled_lines(ab: Tensor, lightness: np.ndarray) -> Callable[[slice], tuple]:
    """What the kernels want to know of ab, for any rows.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: the photo's L, finite, in 0..100, float32 ``(H, W)``.
    """
    height, width = lightness.shape
    lines = lines_over_lightness(ab, torch.from_numpy(lightness))[0].contiguous().numpy()
    before, share = between(lines.shape[2], width, torch.arange(width))
    columns = before.int().numpy(), share.numpy()
    return lambda rows: (lines, height, rows.start, *columns)
