"""Finding the photographs on a scan, and with them the paper, card or film around them.

A network takes whatever it is shown for a photograph: paper becomes sky, card becomes sand, and the
picture within pales. So it is shown the photograph alone, and what lies around it keeps its tone.

The border is what hangs together with the edge of the scan and has one tone. It is taken for one
only if what it leaves are rectangles with straight sides: a sky or a studio's backdrop leaves the
outline of mountains or of shoulders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from colorize_core.engine.outlines import Lean, Outline, is_straight, lean_of, torn_of
from colorize_core.engine.resize import bicubic

_ANALYSED = 360  # pixels of the long side: what borders are looked for in
_BLANK = 6.0  # of L: what varies less is no photograph
_REACH = 2  # reduced pixels, within which the exact side is looked for
_CLEAR = 2.0  # times the usual change from line to line, that the change at a side is
_LEAST_PIXELS = 32  # of a side: in less, nothing is to be seen
_TOLERANCE = (2.0, 9.0)  # of L around the border's tone, at least and at most
_EDGE_SHARE = 0.97  # of the pixels of a side, that are of one tone where it is border
_THROUGH = 0.985  # of a line, that is border where the line goes between photographs
_LEAST_SIDE = 0.1  # of the scan's sides: a smaller thing is a caption, a corner or a stain
_LEAST_BORDER = 0.012  # of the scan's area
_SURE = 0.6  # of the photographs on a page: of the others no side may be seen
_DECKLED = 0.03  # of a print's shorter side, that its edge may be ragged
_NESTED = 3  # a photograph with a white border, on card, on the scanner's black


@dataclass(frozen=True, slots=True)
class Frame:
    """A photograph on a scan, as the rectangle around it.

    Attributes:
        top, left, bottom, right: in pixels, the last two exclusive.
        outline: where it is in the rectangle, if it lies askew or is torn.
    """

    top: int
    left: int
    bottom: int
    right: int
    outline: Outline | None = None

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.right - self.left

    @property
    def rows(self) -> slice:
        """The rows, to index with."""
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        """The columns, to index with."""
        return slice(self.left, self.right)


def find_frames(lightness: np.ndarray, small: np.ndarray | None = None) -> list[Frame]:
    """Find the photographs on a scan.

    Args:
        lightness: L in 0..100, ``(H, W)``.
        small: the same, reduced to some hundred pixels a side; None has it reduced here.

    Returns:
        A frame a photograph, from the top and from the left; empty where there is no border, and
        so the whole is one photograph.
    """
    height, width = lightness.shape
    small = reduced(lightness) if small is None else small
    down, across = height / small.shape[0], width / small.shape[1]
    frames = []
    for frame in _frames(small, _NESTED):
        top, bottom = _sharpened(lightness, (frame.top, frame.bottom), down)
        left, right = _sharpened(lightness.T, (frame.left, frame.right), across)
        outline = frame.outline.scaled((down + across) / 2) if frame.outline else None
        frames.append(Frame(top, left, bottom, right, outline))
    return sorted(frames, key=lambda frame: (frame.top, frame.left))


def _sharpened(lightness: np.ndarray, sides: tuple[int, int], scale: float) -> tuple[int, int]:
    """Find where exactly a photograph begins and ends, from where it does in the reduced picture.

    Args:
        lightness: L, with the photograph's first and last line among its rows.
        sides: first line, and the one after the last, of the reduced picture.
        scale: lines of the picture a line of the reduced one.
    """
    reach = round(_REACH * scale)
    found = []
    for side in sides:
        about = round(side * scale)
        if about <= 0 or about >= len(lightness):
            found.append(min(max(about, 0), len(lightness)))
            continue
        first, last = max(0, about - reach - 1), min(len(lightness), about + reach + 1)
        steps = abs(np.diff(lightness[first:last], axis=0)).mean(axis=1)
        place = int(steps.argmax())
        clear = steps[place] > _CLEAR * np.median(steps)
        found.append(first + place + 1 if clear else about)
    return found[0], found[1]


def is_blank(small: np.ndarray) -> bool:
    """Tell whether there is nothing but one tone and its grain: an empty page, the back of a print.

    Args:
        small: L in 0..100, ``(h, w)``, reduced to some hundred pixels a side.
    """
    darkest, lightest = np.percentile(_smooth(small), (0.5, 99.5))
    return bool(lightest - darkest < _BLANK)


def reduced(lightness: np.ndarray) -> np.ndarray:
    """Reduce a lightness to the size at which borders are looked for."""
    scale = min(1.0, _ANALYSED / max(lightness.shape))
    size = tuple(max(1, round(side * scale)) for side in lightness.shape)
    return bicubic(torch.from_numpy(lightness)[None, None], (size[0], size[1]))[0, 0].numpy()


def _smooth(lightness: np.ndarray) -> np.ndarray:
    """Take dust and most of the grain from a lightness: medians of three, down and across."""
    padded = np.pad(lightness, 1, mode="edge")
    down = _middle(padded[:-2], padded[1:-1], padded[2:])
    return _middle(down[:, :-2], down[:, 1:-1], down[:, 2:])


def _middle(one: np.ndarray, two: np.ndarray, three: np.ndarray) -> np.ndarray:
    """Take the middle one of three values, place by place."""
    low, high = np.minimum(one, two), np.maximum(one, two)
    return np.maximum(low, np.minimum(high, three))


def _frames(lightness: np.ndarray, depth: int) -> list[Frame]:
    """Find the photographs within a border, or in borders within it; none without a border."""
    height, width = lightness.shape
    if min(height, width) < _LEAST_PIXELS:
        return []
    border = _border(lightness)
    if border is None:
        return []
    frames = _cut(border, Frame(0, 0, height, width))
    if not frames or _area_of(frames) > (1 - _LEAST_BORDER) * height * width:
        return []
    if sum(_is_photograph(border, frame) for frame in frames) < _SURE * len(frames):
        return []
    frames = [replace(frame, outline=_outline(border, frame)) for frame in frames]
    if depth == 1:
        return frames
    return [part for frame in frames for part in _within(lightness, frame, depth - 1)]


def _within(lightness: np.ndarray, frame: Frame, depth: int) -> list[Frame]:
    """Find the photographs in a frame that may have a border of its own; else give the frame."""
    part = lightness[frame.rows, frame.columns]
    lean = frame.outline if isinstance(frame.outline, Lean) else None
    if lean is not None:
        part = lean.straightened(part)
    inner: list[Frame] = []
    # Its outermost pixels are part border, from when the picture was reduced; those of a deckled
    # print for a little more.
    for inset in (1, 1 + round(_DECKLED * min(frame.height, frame.width))):
        found = _frames(part[inset:-inset, inset:-inset], depth)
        inner = [_moved(one, inset, inset) for one in found]
        if inner:
            break
    if lean is not None:
        turned = [lean.part(one.top, one.left, one.bottom, one.right) for one in inner]
        inner = [Frame(*sides, outline=outline) for sides, outline in turned]
    return [_moved(one, frame.top, frame.left) for one in inner] or [frame]


def _moved(frame: Frame, down: int, across: int) -> Frame:
    return replace(
        frame,
        top=frame.top + down,
        left=frame.left + across,
        bottom=frame.bottom + down,
        right=frame.right + across,
    )


def _border(lightness: np.ndarray) -> np.ndarray | None:
    """Mark what is connected to the edge and of its tone, ``(H, W)`` bool; None if nothing is."""
    smooth = _smooth(lightness)
    sides = [smooth[:2].ravel(), smooth[-2:].ravel(), smooth[:, :2].ravel(), smooth[:, -2:].ravel()]
    best: tuple[int, float, float] | None = None
    for side in sides:
        tone = float(np.median(side))
        tolerance = max(4.5 * float(np.median(abs(side - tone))), _TOLERANCE[0])
        if tolerance > _TOLERANCE[1]:
            continue
        alike = sum(bool(np.mean(abs(other - tone) <= tolerance) >= _EDGE_SHARE) for other in sides)
        if alike >= 2 and (best is None or alike > best[0]):
            best = alike, tone, tolerance
    if best is None:
        return None
    from scipy import ndimage  # 0.1 s, which most photos need not wait for

    labels, _ = ndimage.label(abs(smooth - best[1]) <= best[2])
    edge = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    return np.isin(labels, np.unique(edge[edge > 0]))


def _cut(border: np.ndarray, frame: Frame) -> list[Frame]:
    """Cut a part along the lines of border that go right through it, until there are none.

    This is the X-Y cut by which pages of print are taken apart (Nagy and Seth, "Hierarchical
    representation of optically scanned documents", 1984). What is too small for a photograph is
    left out: captions, corners, stains.
    """
    least = [_LEAST_SIDE * side for side in border.shape]
    part = border[frame.top : frame.bottom, frame.left : frame.right]
    rows = _runs(part.mean(axis=1) < _THROUGH)
    columns = _runs(part.mean(axis=0) < _THROUGH)
    rows = [run for run in rows if run[1] - run[0] >= least[0]]
    columns = [run for run in columns if run[1] - run[0] >= least[1]]
    cut = [
        Frame(frame.top + top, frame.left + left, frame.top + bottom, frame.left + right)
        for top, bottom in rows
        for left, right in columns
    ]
    if cut == [frame]:
        return cut
    return [piece for one in cut for piece in _cut(border, one)]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Find where flags are set without a gap of more than a line: beginnings and ends."""
    around = np.pad(flags, 1)
    closed = around.copy()
    closed[1:-1] |= around[:-2] & around[2:]
    turns = np.flatnonzero(np.diff(closed.astype(np.int8)))
    return list(zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True))


def _is_photograph(border: np.ndarray, frame: Frame) -> bool:
    """Tell whether a part has straight sides towards the border, or is torn on all sides."""
    return _has_straight_sides(border, frame) or _torn(border, frame) is not None


def _has_straight_sides(border: np.ndarray, frame: Frame) -> bool:
    """Tell whether all sides of a part are straight towards the border, but one perhaps.

    One may be hidden: a white sky that goes over into white paper.
    """
    inside = ~border[frame.rows, frame.columns]
    views = (inside, inside[::-1], inside.T, inside[:, ::-1].T)
    free = _free_sides(border, frame)
    straight = [is_straight(view) for view, is_free in zip(views, free, strict=True) if is_free]
    return sum(straight) >= max(2, len(straight) - 1)


def _torn(border: np.ndarray, frame: Frame) -> Outline | None:
    """Find the outline of a torn print amid the border; None if it is none."""
    amid = all(_free_sides(border, frame))
    return torn_of(~border[frame.rows, frame.columns]) if amid else None


def _free_sides(border: np.ndarray, frame: Frame) -> tuple[bool, bool, bool, bool]:
    """Tell which sides of a part are not those of the scan: upper, lower, left and right one."""
    height, width = border.shape
    return frame.top > 0, frame.bottom < height, frame.left > 0, frame.right < width


def _outline(border: np.ndarray, frame: Frame) -> Outline | None:
    """Find where a photograph is in the rectangle around it; None where it fills it."""
    if _has_straight_sides(border, frame):
        return lean_of(~border[frame.rows, frame.columns])
    return _torn(border, frame)


def _area_of(frames: list[Frame]) -> int:
    return sum(frame.height * frame.width for frame in frames)


def around(size: tuple[int, ...], frames: Sequence[Frame]) -> np.ndarray:
    """Mark what lies around the photographs on a scan of a height and width, bool ``(H, W)``."""
    outside = np.ones(size, bool)
    for frame in frames:
        beside = frame.outline.beside(frame.height, frame.width) if frame.outline else False
        outside[frame.rows, frame.columns] = beside
    return outside
