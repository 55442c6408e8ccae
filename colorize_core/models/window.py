"""Padding and cutting of maps, and the part of a photo wanted of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

ALIGNMENT = 16  # what a window's sides and offsets are multiples of, in pixels

Sides = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of photos of one size, in pixels; everything is a multiple of 16.

    Attributes:
        top: how far it is from the upper edge.
        left: how far it is from the left edge.
        height: of the window.
        width: of the window.
    """

    top: int
    left: int
    height: int
    width: int

    def of(self, maps: Tensor, stride: int = 1) -> Tensor:
        """Cut the window out of maps ``(..., H, W)`` at a stride."""
        top, left = self.top // stride, self.left // stride
        rows = slice(top, top + self.height // stride)
        return maps[..., rows, left : left + self.width // stride]

    def margins(self, height: int, width: int, stride: int) -> Sides:
        """Measure how far the edges of maps are from it at a stride: left, right, top, bottom."""
        top, left = self.top // stride, self.left // stride
        right = width - left - self.width // stride
        return left, right, top, height - top - self.height // stride


class _Padding(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, maps: Tensor, padding: Sides) -> Tensor:
        context.padding = padding
        return F.pad(maps, padding).contiguous(memory_format=torch.channels_last)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        undone = F.pad(gradient, [-side for side in context.padding])
        return undone.contiguous(memory_format=torch.channels_last), None


def pad(maps: Tensor, padding: Sides) -> Tensor:
    """Pad with zeros, or cut where a side is negative: left, right, top and bottom.

    As ``F.pad`` and slicing do, but for the gradient, which keeps the order of the channels in
    memory: the layers before are several times slower on one that does not.

    Args:
        maps: ``(N, C, H, W)``, channels last.
        padding: in cells.
    """
    return _Padding.apply(maps, padding) if torch.is_grad_enabled() else F.pad(maps, padding)
