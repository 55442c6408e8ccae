"""Limits of a studio on one's own machine: they follow its memory."""

from __future__ import annotations

from colorize_core.photo.memory import available_memory
from gradio_demo.settings import Settings

_MOST_PIXELS = 1_000_000_000  # no photo has more
_OF_MEMORY = 8  # a file may have this part of the free memory
_BYTES = 50  # a pixel takes at most, while it is colorized


def own_limits(free: int | None = None) -> tuple[int, int]:
    """Compute the most bytes of a file and the most pixels of a photo, for one's own machine.

    Args:
        free: bytes of memory; None asks the system. Less than a few gigabytes count as that.
    """
    shared = Settings()
    free = available_memory() if free is None else free
    if free is None:
        return shared.most_bytes, shared.most_pixels
    most_pixels = min(free // _BYTES, _MOST_PIXELS)
    return max(free // _OF_MEMORY, shared.most_bytes), max(most_pixels, shared.most_pixels)
