"""The engine with a network that computes next to nothing; all around it is real."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from colorize_core.engine import Colorizer
from colorize_core.models.loading import LoadedModel


class _Tiny(nn.Module):
    """Colours that follow from the lightness around a place."""

    takes_hints = True
    stride = multiple = 4

    def forward(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        seen = functional.avg_pool2d(lightness, 4) / 100.0
        return torch.cat((seen - 0.3, 0.4 - seen), 1)


def tiny_colorizer() -> Colorizer:
    """A colorizer that is made in no time."""
    colorizer: Any = Colorizer.__new__(Colorizer)
    colorizer.device = torch.device("cpu")
    network: Any = _Tiny()
    colorizer.network = network
    colorizer.model = LoadedModel("tiny", network, temperature=1.0, size=64, smallest=64)
    return colorizer
