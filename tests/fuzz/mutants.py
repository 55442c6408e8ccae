"""Files that are nearly real."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

_HEAD = 600  # bytes in which most formats say what they are
_SMALL = (0, 1, 2, 3, 4, 8, 127, 128, 255, 256, 1023, 4096, 32767, 32768, 65535, 65536)
_LARGE = (1 << 20, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
_NUMBERS = _SMALL + _LARGE
_MOST_CHANGES = 6


def mutant(originals: Sequence[tuple[str, bytes]], seed: int, number: int) -> tuple[str, bytes]:
    """A name and a content that follow from the seed and the number alone."""
    chance = random.Random(f"{seed}/{number}")
    name, content = chance.choice(originals)
    changed = bytearray(content)
    for _ in range(1 + chance.randrange(_MOST_CHANGES)):
        if changed:
            _change(changed, chance, originals)
    return name, bytes(changed)


def _change(content: bytearray, chance: random.Random, others: Sequence[tuple[str, bytes]]) -> None:
    length = len(content)
    at = chance.randrange(min(length, _HEAD) if chance.random() < 0.6 else length)
    span = min(length - at, 1 << chance.randrange(8))
    what = chance.randrange(9)
    if what == 0:
        content[at] ^= 1 << chance.randrange(8)
    elif what == 1:
        content[at] = chance.randrange(256)
    elif what in (2, 3):  # a number that somebody did not think of
        value, form = chance.choice(_NUMBERS), chance.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
        size = struct.calcsize(form)
        content[at : at + size] = struct.pack(form, value & ((1 << 8 * size) - 1))[: length - at]
    elif what == 4:
        del content[at : at + span]
    elif what == 5:
        content[at:at] = content[at : at + span] * chance.choice((1, 2, 50))
    elif what == 6:
        content[at : at + span] = chance.randbytes(span)
    elif what == 7:
        if chance.random() < 0.3:
            del content[at:]
    else:  # a piece of another file, or of this one
        other = chance.choice(others)[1] if chance.random() < 0.5 else bytes(content)
        begin = chance.randrange(len(other))
        content[at : at + span] = other[begin : begin + span]
