"""Finding the photographs on a scan: what is paper, card or film rebate around them, and what is not.

A network takes whatever it is shown for a photograph: paper becomes sky, card becomes sand, and the
picture within pales. So it is shown the photograph alone, and what lies around it keeps its tone.

The border is what hangs together with the edge of the scan and has one tone. It is taken for one
only if what it leaves are rectangles with straight sides: a sky or a studio's backdrop leaves the
outline of mountains or of shoulders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.transform import resize

_ANALYSED = 360  # pixels of the long side: what borders are looked for in
_TOLERANCE = (3.5, 9.0)  # of L around the border's tone, at least and at most
_EDGE_SHARE = 0.97  # of the pixels of a side, that are of one tone where it is border
_LEAST_SIDE = 0.12  # of the scan's sides: a smaller thing is a caption, a corner or a stain
_LEAST_BORDER = 0.012  # of the scan's area
_STRAIGHT = 1.6  # pixels: how far the side of a photograph strays from a line
_ON_LINE = 0.8  # of a side, that keeps to the line: the rest may be of the border's tone
_STEEPEST = 0.1  # slope of a side: photographs lie askew by up to six degrees
_NESTED = 3  # a photograph with a white border, on card, on the scanner's black


@dataclass(frozen=True, slots=True)
class Frame:
    """A photograph on a scan, as the rectangle around it.

    Attributes:
        top, left, bottom, right: in pixels, the last two exclusive.
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def find_frames(lightness: np.ndarray) -> list[Frame]:
    """Find the photographs on a scan.

    Args:
        lightness: L in 0..100, ``(H, W)``.

    Returns:
        A frame a photograph, from the top and from the left; empty where there is no border, and
        so the whole is one photograph.
    """
    height, width = lightness.shape
    scale = min(1.0, _ANALYSED / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = resize(lightness, size, order=1, anti_aliasing=scale < 1, preserve_range=True)
    found = _frames(small.astype(np.float32), _NESTED)
    down, across = height / size[0], width / size[1]
    frames = [
        Frame(
            max(0, round(frame.top * down)),
            max(0, round(frame.left * across)),
            min(height, round(frame.bottom * down)),
            min(width, round(frame.right * across)),
        )
        for frame in found
    ]
    return sorted(frames, key=lambda frame: (frame.top, frame.left))


def _frames(lightness: np.ndarray, depth: int) -> list[Frame]:
    """The photographs within a border, or in borders within it; none without a border."""
    height, width = lightness.shape
    if min(height, width) < 32:
        return []
    border = _border(lightness)
    if border is None:
        return []
    frames = _rectangles(~border)
    if not frames or _area_of(frames) > (1 - _LEAST_BORDER) * height * width:
        return []
    if depth == 1:
        return frames
    return [part for frame in frames for part in _within(lightness, frame, depth - 1)]


def _within(lightness: np.ndarray, frame: Frame, depth: int) -> list[Frame]:
    """The photographs in a frame that may have a border of its own; else the frame."""
    inner = _frames(lightness[frame.top : frame.bottom, frame.left : frame.right], depth)
    return [
        Frame(
            part.top + frame.top,
            part.left + frame.left,
            part.bottom + frame.top,
            part.right + frame.left,
        )
        for part in inner
    ] or [frame]


def _border(lightness: np.ndarray) -> np.ndarray | None:
    """What hangs together with the edge and is of its tone, ``(H, W)`` bool; None if nothing is."""
    smooth = ndimage.median_filter(lightness, 3, mode="nearest")
    sides = [smooth[:2].ravel(), smooth[-2:].ravel(), smooth[:, :2].ravel(), smooth[:, -2:].ravel()]
    tones = [float(np.median(side)) for side in sides]
    spreads = [1.4826 * float(np.median(abs(side - tone))) for side, tone in zip(sides, tones)]
    best = None
    for tone, spread in zip(tones, spreads):
        tolerance = min(max(3 * spread, _TOLERANCE[0]), _TOLERANCE[1])
        if 3 * spread > _TOLERANCE[1]:
            continue
        of_border = [np.mean(abs(side - tone) <= tolerance) >= _EDGE_SHARE for side in sides]
        if sum(of_border) < 2 or (best is not None and sum(of_border) <= best[0]):
            continue
        best = sum(of_border), tone, tolerance
    if best is None:
        return None
    alike = abs(smooth - best[1]) <= best[2]
    labels, _ = ndimage.label(alike)
    edge = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    return np.isin(labels, np.unique(edge[edge > 0]))


def _rectangles(inside: np.ndarray) -> list[Frame]:
    """The rectangles of which a mask consists; none if there is anything large besides."""
    solid = ndimage.binary_fill_holes(ndimage.binary_opening(inside, np.ones((3, 3))))
    labels, count = ndimage.label(solid)
    frames = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        frame = Frame(rows.start, columns.start, rows.stop, columns.stop)
        if frame.height < _LEAST_SIDE * inside.shape[0] or frame.width < _LEAST_SIDE * inside.shape[1]:
            continue
        if not _is_rectangle(labels[rows, columns] == number, frame, inside.shape):
            return []
        frames.append(frame)
    return frames


def _is_rectangle(mask: np.ndarray, frame: Frame, size: tuple[int, int]) -> bool:
    """Whether a shape that fills its frame has straight sides wherever it does not touch the edge."""
    height, width = mask.shape
    profiles = [
        (mask.argmax(axis=0)[mask.any(axis=0)], frame.top > 0),
        (mask[::-1].argmax(axis=0)[mask.any(axis=0)], frame.bottom < size[0]),
        (mask.argmax(axis=1)[mask.any(axis=1)], frame.left > 0),
        (mask[:, ::-1].argmax(axis=1)[mask.any(axis=1)], frame.right < size[1]),
    ]
    if sum(free for _, free in profiles) < 2:
        return False
    return all(_is_straight(profile) for profile, free in profiles if free)


def _is_straight(profile: np.ndarray) -> bool:
    """Whether most of the distances keep to a line that is nearly level, and few are within it."""
    count = len(profile)
    trimmed = profile[round(count * 0.04) : count - round(count * 0.04)].astype(float)
    places = np.arange(len(trimmed))
    # The median of the slopes between places far apart, which a third of outliers does not move.
    far = len(trimmed) // 2
    if far < 2:
        return False
    slope = float(np.median((trimmed[far:] - trimmed[:-far]) / far))
    if abs(slope) > _STEEPEST:
        return False
    level = trimmed - slope * places
    line = np.median(level)
    return bool(np.mean(abs(level - line) <= _STRAIGHT) >= _ON_LINE)


def _area_of(frames: list[Frame]) -> int:
    return sum(frame.height * frame.width for frame in frames)
