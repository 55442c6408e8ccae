"""Movement between two frames of a film, and where it can be trusted.

Flows are dense: for every cell of one frame, where its content is in the other, as ``(h, w, 2)``
of x and y in cells. Cells are those of the network's stride.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

_ASTRAY = 0.35  # cells by which going there and back may miss, at which trust is 1/e
_SHARE = 0.1  # of the movement, by which it may miss besides
_UNLIKE = 6.0  # of L, at which trust is 1/e
_cv2: Any = cv2  # whose types know neither DIS nor maps of one part


@dataclass(frozen=True, slots=True)
class Step:
    """What leads from one frame to the next, and back.

    Attributes:
        ahead: flow from the earlier frame to the later one.
        back: flow from the later frame to the earlier one.
        trust_ahead: of ``ahead``, 0..1, ``(h, w)``.
        trust_back: of ``back``.
    """

    ahead: np.ndarray
    back: np.ndarray
    trust_ahead: np.ndarray
    trust_back: np.ndarray

    @property
    def trust(self) -> float:
        """The mean trust, 0..1; across a cut it is near 0."""
        return float(self.trust_ahead.mean() + self.trust_back.mean()) / 2.0


def step_between(
    earlier: np.ndarray, later: np.ndarray, cells: tuple[int, int], dense: Any = None
) -> Step:
    """Measure the movement between two frames.

    Args:
        earlier: its lightness, uint8 ``(H, W)``, at the size that the network sees.
        later: likewise.
        cells: rows and columns of cells.
        dense: OpenCV's dense flow; None takes our own.
    """
    dense = dense or dis()
    ahead = _in_cells(dense.calc(earlier, later, None), cells)
    back = _in_cells(dense.calc(later, earlier, None), cells)
    before, after = _light(earlier, cells), _light(later, cells)
    return Step(
        ahead,
        back,
        _trust(ahead, back, before, after),
        _trust(back, ahead, after, before),
    )


def followed(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Fetch values from where a flow leads, ``(h, w, C)``; what lies outside is its border's."""
    at = _grid(*flow.shape[:2]) + flow
    return _cv2.remap(values, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def dis() -> Any:
    """Give DIS, the dense inverse search of Kroeger and others (ECCV 2016)."""
    return _dis()


@lru_cache(maxsize=1)
def _dis() -> Any:
    return _cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)


def _trust(there: np.ndarray, home: np.ndarray, here: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Measure how far a flow is to be trusted: who goes there and back must come home.

    Args:
        there: flow from the frame that is asked about.
        home: flow from the other frame.
        here: lightness of the frame's cells, 0..100.
        other: lightness of the other frame's cells.
    """
    missed = there + followed(home, there)
    length = np.hypot(there[..., 0], there[..., 1])
    far = np.hypot(missed[..., 0], missed[..., 1]) / (_ASTRAY + _SHARE * length)
    unlike = (here - followed(other, there)) / _UNLIKE
    trust = np.exp(-(far**2) - unlike**2)
    rows, columns = there.shape[:2]
    at = _grid(rows, columns) + there
    inside = (at[..., 0] > -1) & (at[..., 0] < columns) & (at[..., 1] > -1) & (at[..., 1] < rows)
    return (trust * inside).astype(np.float32)


def _in_cells(flow: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    """Average a flow over cells, and measure it in them."""
    small = cv2.resize(flow, (cells[1], cells[0]), interpolation=cv2.INTER_AREA)
    scale = np.array([cells[1] / flow.shape[1], cells[0] / flow.shape[0]], np.float32)
    return small * scale


def _light(picture: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    small = cv2.resize(picture, (cells[1], cells[0]), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) * (100.0 / 255.0)


@lru_cache(maxsize=4)
def _grid(rows: int, columns: int) -> np.ndarray:
    across, down = np.meshgrid(
        np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32)
    )
    return np.stack((across, down), -1)
