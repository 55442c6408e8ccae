"""Colour hints: places of a photograph whose colour the user knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import ImageColor
from torch import Tensor

from colorize_core.color.lab import rgb_to_lab

ColorLike: TypeAlias = str | Sequence[int]
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class HintError(ValueError):
    """A hint makes no sense; the message says which and why."""


def hex_of_color(color: ColorLike) -> str:
    """Write a colour as ``#rrggbb``.

    Args:
        color: that already; a name that CSS knows, such as ``navy``; or red, green and blue in
            0..255.

    Raises:
        HintError: it is none of these.
    """
    if isinstance(color, str):
        if _COLOR.fullmatch(color):
            return color
        if color.lower() in ImageColor.colormap:
            return "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(color)[:3])
    elif isinstance(color, Sequence | np.ndarray) and _are_levels(color):
        return "#{:02x}{:02x}{:02x}".format(*map(int, color))
    raise HintError(f"a hint's color must look like #3366cc, navy or (51, 102, 204); got {color!r}")


def _are_levels(color: Sequence[object] | np.ndarray) -> bool:
    return len(color) == 3 and all(
        isinstance(level, int | np.integer) and type(level) is not bool and 0 <= int(level) <= 255
        for level in color
    )


@dataclass(frozen=True, slots=True)
class Hint:
    """A dab of colour.

    Attributes:
        x: pixels from the left edge of the photo, as it is seen upright.
        y: pixels from the top edge.
        color: in sRGB: ``#rrggbb``, as which it is kept; a name, such as ``navy``; or red, green
            and blue in 0..255. Only its hue and chroma count; the lightness is the photo's.
        radius: of the dab in pixels; None covers about a hundredth of the short side.

    Raises:
        HintError: a value makes no sense.
    """

    x: float
    y: float
    color: ColorLike
    radius: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", hex_of_color(self.color))
        for name in ("x", "y", "radius"):
            value = getattr(self, name)
            if value is None and name == "radius":
                continue
            if not isinstance(value, int | float | np.number) or isinstance(value, bool):
                raise HintError(f"a hint's {name} must be a number; got {value!r}")
            if not 0 <= value < float("inf"):
                raise HintError(f"a hint's {name} must not be below 0 or infinite; got {value!r}")
            if isinstance(value, np.generic):  # which JSON does not know
                object.__setattr__(self, name, value.item())

    @property
    def ab(self) -> np.ndarray:
        """The hint's a and b, float32 ``(2,)``."""
        color = hex_of_color(self.color)
        rgb = [int(color[start : start + 2], 16) / 255.0 for start in (1, 3, 5)]
        return rgb_to_lab(np.array(rgb, np.float32)[None])[0, 1:]


HintLike: TypeAlias = Hint | Mapping[str, Any]


def hint_of(item: HintLike) -> Hint:
    """Take a hint, or one as it is in JSON: ``{"x": 120, "y": 80, "color": "#3366cc"}``.

    Raises:
        HintError: it is neither, or a value makes no sense.
    """
    if isinstance(item, Hint):
        return item
    try:
        return Hint(**item)
    except TypeError:
        raise HintError(f"expected x, y, color and maybe radius; got {item!r}") from None


def hints_of(items: Iterable[HintLike]) -> tuple[Hint, ...]:
    """Take hints, as :func:`hint_of` does.

    Raises:
        HintError: one makes no sense, and the message says which by number; or there is no list.
    """
    if isinstance(items, str | Hint | Mapping) or not isinstance(items, Iterable):
        raise HintError(f"expected a list of hints; got {items!r}")
    hints = []
    for number, item in enumerate(items, 1):
        try:
            hints.append(hint_of(item))
        except HintError as error:
            raise HintError(f"hint {number}: {error}") from None
    return tuple(hints)


def read_hints(path: str | Path, photo: str | None = None) -> tuple[Hint, ...]:
    """Read hints from JSON.

    The file holds either a list, ``[{"x": 120, "y": 80, "color": "#3366cc"}, ...]``, or an
    object of such lists by the names of photographs.

    Args:
        path: of the file.
        photo: name of the photograph whose list is wanted; a plain list serves any.

    Raises:
        HintError: the file cannot be read or a hint makes no sense; names file and hint.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise HintError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise HintError(f"{path}: not JSON: {error}") from error
    if isinstance(content, dict):
        content = content.get(photo or "", [])
    if not isinstance(content, list):
        raise HintError(f"{path}: expected a list of hints, or lists by the photographs' names")
    try:
        return hints_of(content)
    except HintError as error:
        raise HintError(f"{path}: {error}") from None


def rasterize_hints(
    hints: Iterable[HintLike], size: tuple[int, int], network_size: tuple[int, int]
) -> Tensor | None:
    """Paint hints at the network's size.

    Args:
        hints: in pixels of the photo.
        size: height and width of the photo.
        network_size: height and width to paint at.

    Returns:
        ``(1, 3, H, W)``: a, b, mask; None if there are no hints.

    Raises:
        HintError: a hint lies outside the photo.
    """
    known = hints_of(hints)
    if not known:
        return None
    height, width = network_size
    down, across = height / size[0], width / size[1]
    canvas = torch.zeros(1, 3, height, width)
    rows = torch.arange(height)[:, None] + 0.5
    columns = torch.arange(width)[None] + 0.5
    for hint in known:
        if hint.x >= size[1] or hint.y >= size[0]:
            raise HintError(
                f"the hint at ({hint.x:g}, {hint.y:g}) is outside the photo of "
                f"{size[1]} x {size[0]} pixels"
            )
        radius = 0.01 * min(size) if hint.radius is None else hint.radius
        # At least the pixel beneath the hint's middle, however far the photo is reduced.
        reach_down, reach_across = max(0.71, radius * down), max(0.71, radius * across)
        middle_down = min(hint.y + 0.5, size[0] - 0.5) * down
        middle_across = min(hint.x + 0.5, size[1] - 0.5) * across
        inside = ((rows - middle_down) / reach_down) ** 2 + (
            (columns - middle_across) / reach_across
        ) ** 2 <= 1.0
        canvas[0, :2, inside] = torch.from_numpy(hint.ab)[:, None]
        canvas[0, 2, inside] = 1.0
    return canvas


def painted_hints(painted: np.ndarray, network_size: tuple[int, int]) -> Tensor | None:
    """Reduce a painted layer to the network's size.

    A cell is a hint where paint covers an eighth of it, or as much as of any cell, so that the
    finest stroke still counts; its colour is the mean of its paint.

    Args:
        painted: sRGB and alpha, uint8 ``(H, W, 4)``.
        network_size: height and width to reduce to.

    Returns:
        ``(1, 3, H, W)``: a, b, mask; None if nothing is painted.
    """
    rows, columns = np.flatnonzero(painted[..., 3].any(1)), np.flatnonzero(painted[..., 3].any(0))
    if not len(rows):
        return None
    height, width = network_size
    total = torch.zeros(height * width, 3)
    down = rows * height // painted.shape[0]
    across = torch.from_numpy(columns * width // painted.shape[1])
    for row, at in zip(rows, down, strict=True):
        pixels = painted[row, columns].astype(np.float32) / 255.0
        ab = rgb_to_lab(np.ascontiguousarray(pixels[:, :3]))[:, 1:]
        weighted = np.concatenate((ab, np.ones_like(ab[:, :1])), 1) * pixels[:, 3:]
        total.index_add_(0, at * width + across, torch.from_numpy(weighted))
    cover = total[:, 2]
    per_cell = painted.shape[0] * painted.shape[1] / (height * width)
    mask = cover >= min(0.125 * per_cell, float(cover.max()))
    hints = torch.where(mask[:, None], total / cover.clamp(min=1e-6)[:, None], 0.0)
    return hints.T.reshape(1, 3, height, width).contiguous()
