"""Claims of Zstandard frames about their contents, for which a decoder would take memory.

Source: RFC 8878, section 3.1.1.1, the frame header.
"""

from __future__ import annotations

_MAGIC = b"\x28\xb5\x2f\xfd"
LONGEST_HEADER = 18


def claimed_length(head: bytes) -> int | None:
    """Read how many bytes a frame says it holds; None if it does not say, or is no frame.

    Args:
        head: the frame's first 18 bytes, or all where it is shorter.
    """
    if len(head) < 5 or head[:4] != _MAGIC:
        return None
    descriptor = head[4]
    single = descriptor >> 5 & 1
    width = (single, 2, 4, 8)[descriptor >> 6]
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    start = 5 + (1 - single) + dictionary
    field = head[start : start + width]
    if not width or len(field) < width:
        return None
    return int.from_bytes(field, "little") + (256 if width == 2 else 0)
