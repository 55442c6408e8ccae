"""Lightness and rendering, compiled: one pass over the photo, a row at a time.

The formulas are those of :mod:`colorize_core.color.lab` and :mod:`colorize_core.color.gamut`.
Importing this takes numba, and compiles what no cache holds yet: go through
:mod:`colorize_core.color.kernels`. All of it is in one file because numba looks at no other one
to see whether its cache is stale.

No power is computed as such. With q the fourth root of x, which processors give by two square
roots, ``x ** p`` is ``q ** (4 p)``: away from zero a polynomial gives it as exactly as float32
holds it, and without branches, so that several pixels are computed at once.
"""

from __future__ import annotations

import numpy as np
from numba import float32, int32, njit, types, uint8, uint16, void
from numpy.polynomial import Chebyshev, chebyshev
from numpy.typing import NDArray

from colorize_core.color import d50
from colorize_core.color.gamut import STEPS, TOLERANCE
from colorize_core.color.lab import EPSILON, OFFSET, SLOPE, XYZ_OF_RGB, rgb_of_xyz

_FASTMATH = {"reassoc", "nsz", "arcp", "contract", "afn"}  # not nnan: photos may hold anything
_DEGREE = 6  # of the polynomials: within 2.1e-6
_Real = np.float32
_Reals = NDArray[np.float32]
_Columns = NDArray[np.int32]
_Power = tuple[_Real, _Real, tuple[_Real, ...]]


def _power(power: float, lowest: float) -> _Power:
    """Prepare ``x ** power``, for x in ``lowest``..1 out of its fourth root.

    The middle and the inverse half width of the roots' interval, and the coefficients, the
    highest first.
    """
    ends = [lowest**0.25, 1.0]
    series = Chebyshev.interpolate(lambda root: root ** (4 * power), _DEGREE, ends)
    coefficients = tuple(np.float32(c) for c in chebyshev.cheb2poly(series.coef)[::-1])
    return np.float32(sum(ends) / 2), np.float32(2 / (ends[1] - ends[0])), coefficients


_CUBE_ROOT = _power(1 / 3, EPSILON)
_GAMMA = _power(1 / 2.4, 0.0031308)
_LIGHT = _power(0.4, 0.09)  # times the square it is the power of 2.4
_Y_OF_RED, _Y_OF_GREEN, _Y_OF_BLUE = (np.float32(share) for share in XYZ_OF_RGB[1])
_RED, _GREEN, _BLUE = (tuple(np.float32(v) for v in row) for row in rgb_of_xyz())
_X_D50, _Y_D50, _Z_D50 = (tuple(np.float32(v) for v in row) for row in d50.XYZ_OF_RGB)
_X_WHITE, _Z_WHITE = np.float32(sum(d50.XYZ_OF_RGB[0])), np.float32(sum(d50.XYZ_OF_RGB[2]))
_TINY = np.float32(d50.TINY)
_EPSILON, _SLOPE, _OFFSET = np.float32(EPSILON), np.float32(SLOPE), np.float32(OFFSET)
_BENT_EPSILON = np.float32(EPSILON ** (1 / 3))
_TOLERANCE, _STEPS = np.float32(TOLERANCE), STEPS
_BLOCK = 256  # pixels that are worked on at a time, in one array: parts of it cannot overlap
_RED_PART, _GREEN_PART, _BLUE_PART, _A_PART, _B_PART, _LOST_L, _LOST_A, _LOST_B, _LOW_PART = (
    part * _BLOCK for part in range(9)
)
_SLOT = 4 * _BLOCK  # the slopes of a and b and their offsets, of a block
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)


@njit(fastmath=_FASTMATH)
def _raised(x: _Real, power: _Power) -> _Real:
    t = (np.sqrt(np.sqrt(x)) - power[0]) * power[1]
    result = power[2][0]
    for c in power[2][1:]:
        result = result * t + c
    return result


@njit(fastmath=_FASTMATH)
def _bent(share: _Real) -> _Real:
    root = _raised(max(share, _EPSILON), _CUBE_ROOT)
    return root if share > _EPSILON else _SLOPE * share + _OFFSET


@njit(fastmath=_FASTMATH)
def _lightness(luminance: _Real) -> _Real:
    return np.float32(116.0) * _bent(luminance) - np.float32(16.0)


@njit(fastmath=_FASTMATH)
def _linear(value: _Real) -> _Real:
    """Convert gamma-encoded sRGB to linear light."""
    base = (max(value, np.float32(0.04045)) + np.float32(0.055)) / np.float32(1.055)
    curve = base * base * _raised(base, _LIGHT)
    return curve if value > np.float32(0.04045) else value / np.float32(12.92)


@njit(fastmath=_FASTMATH)
def _encoded(linear: _Real) -> _Real:
    """Convert linear light to gamma-encoded sRGB, clipped to 0..1."""
    linear = min(max(linear, _ZERO), _ONE)
    root = _raised(max(linear, np.float32(0.0031308)), _GAMMA)
    curve = np.float32(1.055) * root - np.float32(0.055)
    return curve if linear > np.float32(0.0031308) else linear * np.float32(12.92)


@njit(fastmath=_FASTMATH)
def _unbent(value: _Real) -> _Real:
    line = (value - _OFFSET) / _SLOPE
    return value * value * value if value > _BENT_EPSILON else line


@njit(fastmath=_FASTMATH)
def _channels(lightness: _Real, a: _Real, b: _Real) -> tuple[_Real, _Real, _Real]:
    """Compute linear red, green and blue of Lab, not clipped."""
    bent = (lightness + np.float32(16.0)) * np.float32(1 / 116)
    x = _unbent(bent + a * np.float32(1 / 500))
    y = _unbent(bent)
    z = _unbent(max(bent - b * np.float32(1 / 200), _ZERO))
    return (
        x * _RED[0] + y * _RED[1] + z * _RED[2],
        x * _GREEN[0] + y * _GREEN[1] + z * _GREEN[2],
        x * _BLUE[0] + y * _BLUE[1] + z * _BLUE[2],
    )


@njit(fastmath=_FASTMATH)
def _fits(lightness: _Real, a: _Real, b: _Real) -> np.bool_:
    red, green, blue = _channels(lightness, a, b)
    low = min(min(red, green), blue)
    high = max(max(red, green), blue)
    return min(low, _ONE - high) >= -_TOLERANCE


def _given(dtype: types.Type, dimensions: int) -> types.Array:
    """Describe an array that is read: contiguous, perhaps read-only."""
    return types.Array(dtype, dimensions, "C", readonly=True)


@njit(
    [
        void(_given(uint8, 2), _given(float32, 1), float32[::1]),
        void(_given(uint16, 2), _given(float32, 1), float32[::1]),
    ],
    nogil=True,
    cache=True,
    fastmath=_FASTMATH,
)
def lightness_of_integers(rgb: np.ndarray, linear: _Reals, lightness: _Reals) -> None:
    """Compute L of pixels ``(N, 3)``, by a table of every value's linear light, into ``(N,)``."""
    for i in range(len(lightness)):
        lightness[i] = (
            linear[rgb[i, 0]] * _Y_OF_RED
            + linear[rgb[i, 1]] * _Y_OF_GREEN
            + linear[rgb[i, 2]] * _Y_OF_BLUE
        )
    for i in range(len(lightness)):
        lightness[i] = _lightness(lightness[i])


@njit(
    void(_given(float32, 2), float32[::1]),
    nogil=True,
    cache=True,
    fastmath=_FASTMATH,
)
def lightness_of_floats(rgb: _Reals, lightness: _Reals) -> None:
    """Compute L of sRGB in 0..1, ``(N, 3)`` or grey ``(N, 1)``, into ``(N,)``."""
    work = np.empty(3 * _BLOCK, np.float32)
    channels = rgb.shape[1]
    green, blue = (1, 2) if channels == 3 else (0, 0)
    for start in range(0, len(lightness), _BLOCK):
        tones = lightness[start : start + _BLOCK]
        values = rgb[start : start + _BLOCK].reshape(-1)
        for i in range(len(values)):
            work[i] = _linear(values[i])
        for i in range(len(tones)):
            red = work[channels * i] * _Y_OF_RED
            green_blue = work[channels * i + green] * _Y_OF_GREEN
            tones[i] = red + green_blue + work[channels * i + blue] * _Y_OF_BLUE
        for i in range(len(tones)):
            tones[i] = _lightness(tones[i])


@njit(fastmath=_FASTMATH)
def _widen(lines: _Reals, row: int, before: _Columns, share: _Reals, wide: _Reals) -> None:
    """Interpolate a row of lines, ``(4, h, w)``, to the columns of a block, into a slot."""
    last = lines.shape[2] - 1
    for part in range(4):
        line = lines[part, row]
        for i in range(len(before)):
            low = line[before[i]]
            high = line[min(before[i] + 1, last)]
            wide[part * _BLOCK + i] = low + share[i] * (high - low)


@njit(fastmath=_FASTMATH)
def _between(wide: _Reals, i: int, below: _Real) -> _Real:
    """Interpolate from the first slot to the second."""
    return wide[i] + below * (wide[_SLOT + i] - wide[i])


@njit(fastmath=_FASTMATH)
def _colors(tones: _Reals, wide: _Reals, below: _Real, work: _Reals) -> None:
    """Compute a and b of a block's pixels, each in its own loop: only so are they vectorized."""
    for i in range(len(tones)):
        slope, offset = _between(wide, i, below), _between(wide, 2 * _BLOCK + i, below)
        work[_A_PART + i] = slope * tones[i] + offset
    for i in range(len(tones)):
        slope, offset = _between(wide, _BLOCK + i, below), _between(wide, 3 * _BLOCK + i, below)
        work[_B_PART + i] = slope * tones[i] + offset


@njit(fastmath=_FASTMATH)
def _lost(work: _Reals, i: int) -> np.bool_:
    """Tell whether a pixel is outside sRGB."""
    least = min(min(work[_RED_PART + i], work[_GREEN_PART + i]), work[_BLUE_PART + i])
    most = max(max(work[_RED_PART + i], work[_GREEN_PART + i]), work[_BLUE_PART + i])
    return min(least, _ONE - most) < -_TOLERANCE


@njit(fastmath=_FASTMATH)
def _fit(work: _Reals, count: int) -> None:
    """Cut the chroma of the first colours outside the gamut to the share that fits."""
    for i in range(count):
        work[_LOW_PART + i] = _ZERO
    step = _ONE
    for _ in range(_STEPS):
        step *= np.float32(0.5)
        for i in range(count):
            middle = work[_LOW_PART + i] + step
            a, b = work[_LOST_A + i] * middle, work[_LOST_B + i] * middle
            work[_LOW_PART + i] = middle if _fits(work[_LOST_L + i], a, b) else work[_LOW_PART + i]
    for i in range(count):
        low = work[_LOW_PART + i]
        red, green, blue = _channels(
            work[_LOST_L + i], work[_LOST_A + i] * low, work[_LOST_B + i] * low
        )
        work[_LOST_L + i], work[_LOST_A + i], work[_LOST_B + i] = red, green, blue


@njit(fastmath=_FASTMATH)
def _light(tones: _Reals, work: _Reals) -> None:
    """Compute linear red, green and blue, in gamut, of a row's pixels from their a and b."""
    lost = np.int32(0)
    for i in range(len(tones)):
        red, green, blue = _channels(tones[i], work[_A_PART + i], work[_B_PART + i])
        work[_RED_PART + i], work[_GREEN_PART + i], work[_BLUE_PART + i] = red, green, blue
        least = min(min(red, green), blue)
        most = max(max(red, green), blue)
        lost += np.int32(min(least, _ONE - most) < -_TOLERANCE)
    if lost == 0:
        return
    count = 0
    for i in range(len(tones)):
        if _lost(work, i):
            work[_LOST_L + count] = tones[i]
            work[_LOST_A + count] = work[_A_PART + i]
            work[_LOST_B + count] = work[_B_PART + i]
            count += 1
    _fit(work, count)
    count = 0
    for i in range(len(tones)):
        if _lost(work, i):
            work[_RED_PART + i] = work[_LOST_L + count]
            work[_GREEN_PART + i] = work[_LOST_A + count]
            work[_BLUE_PART + i] = work[_LOST_B + count]
            count += 1


@njit(fastmath=_FASTMATH)
def _fill_slots(
    lines: _Reals,
    height: int,
    row: int,
    before: _Columns,
    share: _Reals,
    wide: _Reals,
    held: np.ndarray,
) -> _Real:
    """Have the slots hold the rows of lines above and below a photo's row.

    Returns how far the row is from the first slot's lines to the second's.
    """
    count = lines.shape[1]
    at = min(max((row + 0.5) * (count / height) - 0.5, 0.0), count - 1.0)
    above = int(at)
    for wanted in (above, min(above + 1, count - 1)):
        slot = wanted % 2  # so that the row below stays where it is when it is the one above
        if held[slot] == wanted:
            continue
        held[slot] = wanted
        for block in range(len(wide)):
            columns = slice(block * _BLOCK, min((block + 1) * _BLOCK, len(before)))
            into = wide[block, slot * _SLOT : (slot + 1) * _SLOT]
            _widen(lines, wanted, before[columns], share[columns], into)
    return np.float32(at - above) if above % 2 == 0 else np.float32(above + 1 - at)


@njit(fastmath=_FASTMATH)
def _space(width: int) -> tuple[_Reals, np.ndarray, _Reals]:
    """Allocate empty slots for the blocks of a row, what they hold, and space to work."""
    wide = np.zeros((-(-width // _BLOCK), 2 * _SLOT), np.float32)
    return wide, np.full(2, -1), np.zeros(9 * _BLOCK, np.float32)


@njit(fastmath=_FASTMATH)
def _at_luminance(tones: _Reals, work: _Reals) -> None:
    """Bring linear colours of a block to the luminance that L stands for when it is for D50."""
    for i in range(len(tones)):
        luminance = _unbent((tones[i] + np.float32(16.0)) * np.float32(1 / 116))
        red = min(max(work[_RED_PART + i], _ZERO), _ONE)
        green = min(max(work[_GREEN_PART + i], _ZERO), _ONE)
        blue = min(max(work[_BLUE_PART + i], _ZERO), _ONE)
        own = red * _Y_D50[0] + green * _Y_D50[1] + blue * _Y_D50[2]
        factor = luminance / max(own, _TINY)
        red, green, blue = red * factor, green * factor, blue * factor
        highest = max(max(red, green), blue)
        fitting = min(max((_ONE - luminance) / max(highest - luminance, _TINY), _ZERO), _ONE)
        work[_RED_PART + i] = luminance + fitting * (red - luminance)
        work[_GREEN_PART + i] = luminance + fitting * (green - luminance)
        work[_BLUE_PART + i] = luminance + fitting * (blue - luminance)


def _render(
    lightness: _Reals,
    lines: _Reals,
    height: int,
    top: int,
    before: _Columns,
    share: _Reals,
    is_for_d50: bool,
    scale: tuple[_Real, _Real],
    picture: np.ndarray,
) -> None:
    """Render lines of ab over L, ``(4, h, w)``, and L, ``(rows, W)``, as sRGB, ``(rows, W, 3+)``.

    ``top`` is the first row's number among ``height`` of them; ``before`` the column of lines
    to the left of each pixel, ``share`` how far it is from there to the next one, each ``(W,)``;
    ``is_for_d50`` whether L is, instead of for D65; ``scale`` the value of white, and what is added
    before fractions are cut off.
    """
    width = lightness.shape[1]
    wide, held, work = _space(width)
    shown = np.empty(3 * _BLOCK, picture.dtype)
    for row in range(len(lightness)):
        below = _fill_slots(lines, height, top + row, before, share, wide, held)
        for block in range(len(wide)):
            columns = slice(block * _BLOCK, min((block + 1) * _BLOCK, width))
            tones, line = lightness[row, columns], picture[row, columns]
            _colors(tones, wide[block], below, work)
            _light(tones, work)
            if is_for_d50:
                _at_luminance(tones, work)
            for i in range(3 * _BLOCK):
                shown[i] = _encoded(work[_RED_PART + i]) * scale[0] + scale[1]
            for i in range(len(tones)):
                line[i, 0] = shown[i]
                line[i, 1] = shown[_BLOCK + i]
                line[i, 2] = shown[2 * _BLOCK + i]


_PHOTO_AND_LINES = (
    *(_given(float32, 2), _given(float32, 3), int32, int32),
    *(_given(int32, 1), _given(float32, 1)),
)
render = njit(
    [
        void(*_PHOTO_AND_LINES, types.boolean, types.UniTuple(float32, 2), dtype[:, :, ::1])
        for dtype in (uint8, uint16, float32)
    ],
    nogil=True,
    cache=True,
    fastmath=_FASTMATH,
)(_render)


@njit(
    void(*_PHOTO_AND_LINES, float32[:, :, ::1]),
    nogil=True,
    cache=True,
    fastmath=_FASTMATH,
)
def ab_for_d50(
    lightness: _Reals,
    lines: _Reals,
    height: int,
    top: int,
    before: _Columns,
    share: _Reals,
    strip: _Reals,
) -> None:
    """Compute a and b for D50 as :func:`render` does sRGB, into the second and third channel."""
    width = lightness.shape[1]
    wide, held, work = _space(width)
    for row in range(len(lightness)):
        below = _fill_slots(lines, height, top + row, before, share, wide, held)
        for block in range(len(wide)):
            columns = slice(block * _BLOCK, min((block + 1) * _BLOCK, width))
            tones, line = lightness[row, columns], strip[row, columns]
            _colors(tones, wide[block], below, work)
            _light(tones, work)
            _at_luminance(tones, work)
            for i in range(len(tones)):
                red, green, blue = work[_RED_PART + i], work[_GREEN_PART + i], work[_BLUE_PART + i]
                x = (red * _X_D50[0] + green * _X_D50[1] + blue * _X_D50[2]) / _X_WHITE
                z = (red * _Z_D50[0] + green * _Z_D50[1] + blue * _Z_D50[2]) / _Z_WHITE
                y = (tones[i] + np.float32(16.0)) * np.float32(1 / 116)
                work[_A_PART + i] = np.float32(500.0) * (_bent(x) - y)
                work[_B_PART + i] = np.float32(200.0) * (y - _bent(z))
            for i in range(len(tones)):
                line[i, 1] = work[_A_PART + i]
                line[i, 2] = work[_B_PART + i]
