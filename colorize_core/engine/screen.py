"""The screen of a halftone print: finding the dots, and showing the network the picture without.

Newspapers and books print greys as dots in a square grid. A network takes the dots for texture of
things that have no colour. In the spectrum of every part of such a print stand the same peaks: two
at right angles, equally far from the middle, where a photograph's own spectrum is smooth. They are
looked for at full size, because reduced dots vanish or beat against the pixels.

The tone of dots is the mean of the light that they give back, not of their L.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

_PATCHES = 4  # along a side, at most
_SIDE = 128  # pixels of a patch
_SCALES = (1, 2)  # pixels to one of a patch, along a side
_PITCH = (2.3, 24.0)  # pixels of a patch from dot to dot
_PEAK = 4.3  # logarithm of how far a peak exceeds what is around it, in half of the patches
_OVERTONES = 2.0  # by which a screen's overtones may exceed it
_FAINT = 0.15  # of L: waves of less are no dots, but what compression has left
_RING = 3  # bins: how wide the rings are of which the usual power is taken
_LEAST_CONTRAST = 0.5  # of L: in a patch with less there is nothing to be seen
_BLOCKS = 8  # pixels: JPEG's blocks, whose edges stand in the spectrum as a screen does
_SOFTNESS = 0.45  # sigma, in pitches, that leaves a fiftieth of the dots
_SOFTENED = 1.25  # variance of means of 4 pixels
_FINE = 2.9  # pixels from dot to dot that are kept while a print is halved
_AMPLE = 3  # times the size at which the network sees it


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen of a print.

    Attributes:
        pitch: pixels from dot to dot.
        angle: degrees of its rows from the horizontal, 0 up to 90.
    """

    pitch: float
    angle: float


def find_screen(lightness: np.ndarray) -> Screen | None:
    """Find the screen of a print; None where there is none.

    Args:
        lightness: L in 0..100, ``(H, W)``.
    """
    # Coarse dots are looked for at half the size. Found there, fine ones are their overtones.
    found = [_found(patches, scale) for scale in _SCALES for patches in _patches(lightness, scale)]
    return max((one for one in found if one), key=lambda one: one.pitch, default=None)


def _found(patches: np.ndarray, scale: int) -> Screen | None:
    plane = _plane()
    peaks = _peaks(patches, plane)
    pair = np.where(plane.allowed, np.minimum(peaks, peaks[plane.partners]), -np.inf)
    strong = pair > max(_PEAK, pair.max() - _OVERTONES)
    if not strong.any():
        return None
    lowest = np.where(strong, plane.frequency, np.inf).argmin()  # the others are overtones
    row, column = np.unravel_index(lowest, pair.shape)
    down, across = plane.down[row, column], plane.across[row, column]
    near = strong & (np.hypot(plane.down - down, plane.across - across) < 2.5 / _SIDE)
    down, across = plane.down[near].mean(), plane.across[near].mean()
    angle = np.degrees(np.arctan2(down, across)) % 90
    return Screen(float(scale / np.hypot(down, across)), float(angle))


def unscreened(lightness: np.ndarray, side: int) -> np.ndarray:
    """Take the dots out of a print, if it has any; else give the lightness back as it is.

    Args:
        lightness: L in 0..100, float32 ``(H, W)``.
        side: the photo's short side, in pixels, as it is needed.

    Returns:
        L in 0..100, float32; of a print it may be smaller, of the same proportions.
    """
    screen = find_screen(lightness)
    return lightness if screen is None else without_screen(lightness, screen, side)


def without_screen(lightness: np.ndarray, screen: Screen, side: int) -> np.ndarray:
    """Take the dots out of a print, as they blend for an eye that is farther away.

    Args:
        lightness: L in 0..100, float32 ``(H, W)``.
        screen: of the print.
        side: its short side, in pixels, as it is needed.

    Returns:
        L in 0..100, float32, of the same proportions but smaller where that is enough.
    """
    from scipy.ndimage import gaussian_filter

    light = torch.from_numpy(lightness)[None, None].add(16.0).div_(116.0).pow_(3)
    pitch, softness = screen.pitch, (_SOFTNESS * screen.pitch) ** 2
    while min(light.shape[2:]) >= 2 * _AMPLE * side or (
        pitch >= 2 * _FINE and min(light.shape[2:]) >= 4 * side
    ):
        light = F.avg_pool2d(light, 4, 2, 1, count_include_pad=False)
        pitch, softness = pitch / 2, max(0.0, softness - _SOFTENED) / 4
    soft = light[0, 0].numpy()
    if softness > 0.1:
        soft = gaussian_filter(soft, softness**0.5, mode="nearest")
    return 116.0 * np.cbrt(soft) - 16.0


def _patches(lightness: np.ndarray, scale: int) -> Iterator[np.ndarray]:
    """Take patches all over a photo, reduced by a scale, ``(N, side, side)``.

    Of a photo that is too small or blank for that there are none.
    """
    side = _SIDE * scale
    if min(lightness.shape) < (side if scale == 1 else 2 * side):
        return
    tops, lefts = (
        np.linspace(0, length - side, min(_PATCHES, max(1, 2 * length // side - 1))).astype(int)
        for length in lightness.shape
    )
    whole = np.stack(
        [lightness[top : top + side, left : left + side] for top in tops for left in lefts]
    )
    # Sums of slices: the mean of a reshaped array takes nine times as long.
    parts = [whole[:, row::scale, column::scale] for row in range(scale) for column in range(scale)]
    patches = sum(parts[1:], parts[0]) / scale**2
    patches = patches[patches.std(axis=(1, 2)) > _LEAST_CONTRAST]
    if len(patches):
        yield patches


@dataclass(frozen=True, slots=True)
class _Plane:
    """The half of a patch's spectrum that says all, ``(side, side / 2 + 1)`` each.

    Attributes:
        down, across: frequencies in periods a pixel.
        frequency: from the middle.
        ring: number of the ring around the middle.
        partners: where the frequency at a right angle stands: rows and columns.
        allowed: whether a screen may have this frequency.
    """

    down: np.ndarray
    across: np.ndarray
    frequency: np.ndarray
    ring: np.ndarray
    partners: tuple[np.ndarray, np.ndarray]
    allowed: np.ndarray


@cache
def _plane() -> _Plane:
    down, across = np.meshgrid(np.fft.fftfreq(_SIDE), np.fft.rfftfreq(_SIDE), indexing="ij")
    frequency = np.hypot(down, across)
    rows, columns = np.rint(down * _SIDE).astype(int), np.rint(across * _SIDE).astype(int)
    partners = np.where(rows >= 0, -columns, columns) % _SIDE, abs(rows)
    allowed = (frequency > 1 / _PITCH[1]) & (frequency < 1 / _PITCH[0])
    # The edges of JPEG's blocks, and what is blown up, stand in the spectrum as a screen does.
    width = 1.6 / _SIDE
    straight = (abs(down) < width) | (abs(across) < width)
    between = abs(frequency * _BLOCKS % 1.0 - 0.5) < 0.5 - _BLOCKS * width
    allowed &= between | ~straight
    ring = (frequency * _SIDE / _RING).astype(int)
    return _Plane(down, across, frequency, ring, partners, allowed & allowed[partners])


def _peaks(patches: np.ndarray, plane: _Plane) -> np.ndarray:
    """Measure how far each frequency stands out in half of the patches.

    Returns:
        The logarithm of its power, or of one beside it, over the usual power of its ring.
    """
    window = np.hanning(_SIDE).astype(np.float32)
    patches = (patches - patches.mean(axis=(1, 2), keepdims=True)) * np.outer(window, window)
    faint = _FAINT * window.sum() ** 2 / 2
    spectrum = torch.fft.rfft2(torch.from_numpy(patches)).numpy()
    power = np.log(np.square(spectrum.real) + np.square(spectrum.imag) + faint**2)
    count = np.bincount(plane.ring.ravel())
    usual = np.stack([np.bincount(plane.ring.ravel(), one.ravel()) / count for one in power])
    stand = power - usual.astype(power.dtype)[:, plane.ring]
    beside = np.maximum(stand, np.maximum(np.roll(stand, 1, 1), np.roll(stand, -1, 1)))
    near = beside.copy()
    np.maximum(near[..., 1:], beside[..., :-1], out=near[..., 1:])
    np.maximum(near[..., :-1], beside[..., 1:], out=near[..., :-1])
    near.sort(axis=0)  # so few are sorted sooner than np.median has parted them
    middle = len(near) // 2
    return (near[middle] + near[-1 - middle]) / 2
