"""Values of a TIFF's tags that are numbers, as tifffile gives them."""

from __future__ import annotations

from typing import Any

import numpy as np

_FRACTIONS = (5, 10)  # kinds of values: two whole numbers each


def numbers(page: Any, tag: int) -> tuple[Any, ...]:
    """Give the values of a tag, if there are any and they are numbers."""
    value = page.tags[tag].value if tag in page.tags else ()
    value = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,)
    return value if all(isinstance(one, (int, float, np.number)) for one in value) else ()


def rationals(page: Any, tag: int, count: int = 0) -> tuple[float, ...]:
    """Give a tag's values that are fractions; empty where there are not so many, or none."""
    value = numbers(page, tag)
    pairs = list(zip(value[::2], value[1::2], strict=False))
    if not pairs or (count and len(pairs) != count) or not all(below for _, below in pairs):
        return ()
    if not count and page.tags[tag].dtype not in _FRACTIONS:
        return ()
    return tuple(float(above) / float(below) for above, below in pairs)
