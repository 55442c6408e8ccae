"""Frames of JPEG files: the size of a picture, and how its components are divided into blocks.

Source: ITU-T T.81, annexes A.1 (components) and B.2.2 (header).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Component:
    """A channel: its sampling factors, its blocks, and which bits of its values have come."""

    across: int
    down: int
    columns: int  # of blocks, where a scan is of this component alone
    rows: int
    quantized_by: int  # the table's number
    is_set: Any = None
    precision: dict[int, int] = field(default_factory=dict)  # bits still to come, by value


@dataclass(slots=True)
class Frame:
    """The size of a picture and its components, by name."""

    height: int
    width: int
    is_progressive: bool
    components: dict[int, Component]
    most_across: int
    most_down: int


def frame_of(head: bytes, is_progressive: bool) -> Frame | None:
    """Read a frame's header; None where it is of a kind that is not looked at."""
    if len(head) < 6:
        return None
    depth, height, width, count = struct.unpack_from(">BHHB", head)
    if depth != 8 or not height or not width or not 1 <= count <= 4 or len(head) < 6 + 3 * count:
        return None
    read = [struct.unpack_from("BBB", head, 6 + 3 * number) for number in range(count)]
    sampling = {name: (factors >> 4, factors & 15) for name, factors, _ in read}
    quantized_by = {name: table for name, _, table in read}
    if not all(1 <= factor <= 4 for both in sampling.values() for factor in both):
        return None
    most_across = max(across for across, _ in sampling.values())
    most_down = max(down for _, down in sampling.values())
    components = {
        name: Component(
            across,
            down,
            -(-width * across // (8 * most_across)),
            -(-height * down // (8 * most_down)),
            quantized_by[name],
        )
        for name, (across, down) in sampling.items()
    }
    return Frame(height, width, is_progressive, components, most_across, most_down)
