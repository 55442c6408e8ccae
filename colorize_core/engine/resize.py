"""Pictures at the networks' size and at the guide's."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

_GAP = 2  # times the size, at which bicubic begins; Pillow's thumbnails do the same


def bicubic(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize, bicubic and antialiased; by areas first where the photo is much larger.

    Args:
        picture: ``(N, C, H, W)``.
        size: height and width of the result.
    """
    height, width = (_GAP * side for side in size)
    if picture.shape[2] > height and picture.shape[3] > width:
        picture = areas(picture, (height, width))
    return F.interpolate(picture, size, mode="bicubic", antialias=True, align_corners=False)


def areas(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize by means of areas where both sides shrink, else linear and antialiased.

    Args:
        picture: ``(N, C, H, W)``.
        size: height and width of the result.
    """
    height, width = picture.shape[2:]
    if height < size[0] or width < size[1]:
        return F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
    # Rows first, with columns as channels: several are averaged at once, by all threads.
    planes = picture.reshape(-1, height, 1, width).permute(0, 3, 1, 2)
    rows = F.adaptive_avg_pool2d(planes, (size[0], 1)).permute(0, 2, 3, 1)
    averaged = F.adaptive_avg_pool2d(rows.reshape(-1, 1, size[0], width), size)
    return averaged.view(*picture.shape[:2], *size)
