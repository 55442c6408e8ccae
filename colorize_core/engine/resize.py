"""Lightness at the networks' size and at the guide's."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

_GAP = 2  # times the size, at which bicubic begins; Pillow's thumbnails do the same


def bicubic(lightness: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize, bicubic and antialiased; by areas first where the photo is much larger.

    Args:
        lightness: ``(N, C, H, W)``; or colours, channel by channel.
        size: height and width of the result.
    """
    height, width = (_GAP * side for side in size)
    if lightness.shape[2] > height and lightness.shape[3] > width:
        lightness = areas(lightness, (height, width))
    return F.interpolate(lightness, size, mode="bicubic", antialias=True, align_corners=False)


def areas(lightness: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize by means of areas where both sides shrink, else linear and antialiased.

    Args:
        lightness: ``(N, C, H, W)``; or colours, channel by channel.
        size: height and width of the result.
    """
    count, channels, height, width = lightness.shape
    if height < size[0] or width < size[1]:
        return F.interpolate(lightness, size, mode="bilinear", antialias=True, align_corners=False)
    # Rows first, with columns as channels: several are averaged at once, by all threads.
    columns = lightness.reshape(-1, height, 1, width).permute(0, 3, 1, 2)
    rows = F.adaptive_avg_pool2d(columns, (size[0], 1)).permute(0, 2, 3, 1)
    planes = F.adaptive_avg_pool2d(rows.reshape(-1, 1, size[0], width), size)
    return planes.view(count, channels, *size)
