"""Photographs as arrays of 8-bit Lab, split into lightness and ab, as some data sets come.

::

    FOLDER/l/gray_scale.npy                 uint8 (N, H, W): L * 255 / 100
    FOLDER/ab/ab1.npy, ab2.npy, ...         uint8 (M, H, W, 2) each: a + 128, b + 128

or ``ab/ab/ab1.npy``. The ab files follow one another, and hold N photographs together. The coding
is OpenCV's. Arrays are mapped, never loaded: a photograph is read when it is asked for.

Eight bits of Lab are fewer colours than eight bits of RGB. Of a photograph coded and decoded,
pixels move by 0.40 in ab on average and 1.3 at most, and by 0.08 in L; where OpenCV's own
conversion did the coding, which rounds within too, by 0.48, 2.9 and 0.11. The bins of the
targets are 10 apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_core.color.lab import lab_to_rgb

LIGHTNESS = "l/gray_scale.npy"


class LabArrays:
    """The arrays of one folder, checked against each other.

    Only paths and shapes are kept, so that copies for other processes are small.

    Args:
        lightness: path of ``l/gray_scale.npy``.

    Raises:
        FileNotFoundError: a file is missing; it is named.
        ValueError: a file is truncated, no array, or not of the shape or the type that the others
            call for; it is named.
    """

    def __init__(self, lightness: str) -> None:
        self.lightness = lightness
        array = _mapped(lightness)
        if array.dtype != np.uint8 or array.ndim != 3 or 0 in array.shape:
            raise ValueError(f"{lightness}: expected uint8 (photos, height, width), {_got(array)}")
        self.count, self.height, self.width = array.shape
        self.first_byte = array.offset
        self.ab_files = _ab_files(Path(lightness).parents[1])
        counts = [self._checked_length(path) for path in self.ab_files]
        self.ends = list(accumulate(counts))
        if self.ends[-1] != self.count:
            raise ValueError(
                f"{lightness}: holds {self.count} photos, but {', '.join(self.ab_files)} "
                f"hold {self.ends[-1]}; is one missing?"
            )

    def __len__(self) -> int:
        return self.count

    @property
    def lightness_size(self) -> int:
        """Bytes of one photograph's lightness."""
        return self.height * self.width

    def offset(self, row: int) -> int:
        """Tell where a photograph's lightness begins in its file, in bytes."""
        return self.first_byte + row * self.lightness_size

    def image(self, offset: int) -> Image.Image:
        """Read the photograph whose lightness begins there, in sRGB; other colours are clipped.

        Raises:
            ValueError: the arrays have changed since they were looked at.
        """
        row = (offset - self.first_byte) // self.lightness_size
        part = bisect_right(self.ends, row)
        start = self.ends[part - 1] if part else 0
        # Mapped anew for each photograph: pages that stayed mapped would count as memory in use.
        lab = np.empty((self.height, self.width, 3), np.float32)
        lab[..., 0] = _mapped(self.lightness)[row]
        lab[..., 1:] = _mapped(self.ab_files[part])[row - start]
        lab *= np.array([100.0 / 255.0, 1.0, 1.0], np.float32)
        lab -= np.array([0.0, 128.0, 128.0], np.float32)
        strips = (lab[top : top + self._strip] for top in range(0, self.height, self._strip))
        rgb = np.concatenate([np.rint(lab_to_rgb(strip) * 255.0) for strip in strips])
        return Image.fromarray(rgb.astype(np.uint8))

    @property
    def _strip(self) -> int:
        """Rows that are too few for torch to divide among threads, which would wait for others
        on a busy machine much longer than the work takes.
        """
        return max(1, 10_000 // self.width)

    def _checked_length(self, path: str) -> int:
        array = _mapped(path)
        shape = (self.height, self.width, 2)
        if array.dtype != np.uint8 or array.shape[1:] != shape:
            expected = ", ".join(map(str, ("photos", *shape)))
            raise ValueError(f"{path}: expected uint8 ({expected}), {_got(array)}")
        return len(array)


@lru_cache(maxsize=16)
def open_arrays(lightness: str) -> LabArrays:
    """Open the arrays at a path, once a process."""
    return LabArrays(lightness)


def _ab_files(folder: Path) -> list[str]:
    for inner in (folder / "ab", folder / "ab" / "ab"):
        found: dict[int, str] = {}
        for path in inner.glob("ab*.npy"):
            if match := re.fullmatch(r"ab([1-9]\d*)\.npy", path.name):
                found[int(match[1])] = str(path)
        if found:
            for number in range(1, max(found)):
                if number not in found:
                    raise FileNotFoundError(f"{inner / f'ab{number}.npy'}: missing")
            return [found[number] for number in sorted(found)]
    raise FileNotFoundError(f"{folder / 'ab' / 'ab1.npy'}: missing; {LIGHTNESS} needs its ab")


def _mapped(path: str) -> np.memmap:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: truncated, or no array: {error}") from error
    if not array.flags.c_contiguous:
        raise ValueError(f"{path}: stored column by column; save it in C order")
    return array


def _got(array: np.ndarray) -> str:
    return f"got {array.dtype} {array.shape}"
