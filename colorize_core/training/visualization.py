"""Pictures of a run: grey, colorized and true side by side."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import lab_to_rgb

_COLUMNS = 4


def sample_grid(lightness: Tensor, ab: Tensor, truth: Tensor) -> Tensor:
    """A grid of triples grey | colorized | truth, four triples a row.

    Args:
        lightness: ``(N, 1, H, W)``; ab and truth are ``(N, 2, H, W)``.

    Returns:
        uint8 ``(height, width, 3)``.
    """
    triples = [
        lab_to_rgb(fit_gamut(torch.cat((lightness, chroma), 1)))
        for chroma in (torch.zeros_like(ab), ab, truth)
    ]
    cells = list(torch.cat(triples, 3))
    cells += [torch.zeros_like(cells[0])] * (-len(cells) % _COLUMNS)
    rows = [torch.cat(cells[i : i + _COLUMNS], 2) for i in range(0, len(cells), _COLUMNS)]
    return (torch.cat(rows, 1) * 255.0).round().byte().permute(1, 2, 0)


def save_grid(path: Path, grid: Tensor) -> None:
    """Write a grid as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grid.numpy()).save(path)
