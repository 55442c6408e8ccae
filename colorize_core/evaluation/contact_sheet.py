"""Contact sheets: grey, colorized and true side by side, to look at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor

from colorize_core.atomic import write_bytes
from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import lab_to_rgb

_GAP = 4


def contact_sheet(
    photos: Sequence[Sequence[Image.Image]], side: int = 160, columns: int = 4
) -> Image.Image:
    """Lay out photos, each in several versions next to one another.

    Args:
        photos: for each photo its versions, all of one size.
        side: of the square in which a version is shown, cropped to its middle.
        columns: photos a row.
    """
    versions = len(photos[0])
    cell = (versions * side + _GAP, side + _GAP)
    rows = -(-len(photos) // columns)
    sheet = Image.new("RGB", (min(columns, len(photos)) * cell[0], rows * cell[1]), "white")
    for number, photo in enumerate(photos):
        left, top = (number % columns) * cell[0], (number // columns) * cell[1]
        for position, version in enumerate(photo):
            square = ImageOps.fit(version, (side, side), Image.Resampling.LANCZOS)
            sheet.paste(square, (left + position * side, top))
    return sheet


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a sheet: PNG, or JPEG where the suffix is not ``.png``."""
    encoded = io.BytesIO()
    sheet.save(encoded, "PNG" if path.suffix.lower() == ".png" else "JPEG", quality=92)
    write_bytes(path, encoded.getvalue())


def versions_of(lightness: Tensor, ab: Tensor, truth: Tensor) -> list[list[Image.Image]]:
    """Make grey, colorized and true pictures of a batch.

    Args:
        lightness: ``(N, 1, H, W)``.
        ab: predicted, ``(N, 2, H, W)``.
        truth: the true ab, ``(N, 2, H, W)``.
    """
    versions = [
        (lab_to_rgb(fit_gamut(torch.cat((lightness, chroma), 1))) * 255.0).round().byte()
        for chroma in (torch.zeros_like(ab), ab, truth)
    ]
    return [
        [Image.fromarray(version[number].permute(1, 2, 0).numpy()) for version in versions]
        for number in range(len(lightness))
    ]
