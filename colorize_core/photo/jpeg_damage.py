"""Damage of JPEGs that decoders overlook, and how much of the pixels is there.

Source: ITU-T T.81, annexes A.2 (order of blocks), B.2 (headers) and E.2 (restart).
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from colorize_core.photo import jpeg_blocks
from colorize_core.photo.damage import Damage, worst_of
from colorize_core.photo.jpeg_frames import Component, Frame, frame_of

_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_OTHER_FRAMES = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_HUFFMAN, _SCAN, _END, _RESTARTS, _QUANTIZATION = 0xC4, 0xDA, 0xD9, 0xDD, 0xDB
_ALONE = {0x00, 0x01, *range(0xD0, 0xD9), 0xFF}
_RESTART_MARKER = re.compile(rb"\xff+[\xd0-\xd7]")
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_LONGEST_UNIT = 1 << 13  # bits: more are not left of a block in which a file breaks off
_FOR_PYTHON = 1 << 16  # bytes; of more, numba takes less time, even if it is yet to be loaded
_MOST_DC = 1024.0  # of a block: 8 times the mean of its pixels, which is within 128


def damage_of(content: bytes) -> Damage | None:
    """Look for missing and broken blocks; None where there are none, or none can be told.

    Args:
        content: a file whose markers are not too many: see :func:`~.jpeg.is_whole`.

    Raises:
        ValueError: its headers contradict themselves.
    """
    tables: dict[int, np.ndarray] = {}
    steps: dict[int, int] = {}
    frame: Frame | None = None
    interval, is_large = 0, len(content) > _FOR_PYTHON or "numba" in sys.modules
    worst: Damage | None = None
    for marker, begin, end in _parts(content):
        head = content[begin:end]
        if marker in _OTHER_FRAMES:
            return None
        if marker in (*_SEQUENTIAL, _PROGRESSIVE):
            frame = frame_of(head, marker == _PROGRESSIVE)
            if frame is None:
                return None
        elif marker == _HUFFMAN:
            _read_tables(head, tables)
        elif marker == _QUANTIZATION:
            _read_steps(head, steps)
        elif marker == _RESTARTS and len(head) >= 2:
            (interval,) = struct.unpack_from(">H", head)
        elif marker == _SCAN and frame is not None:
            stop = _END_OF_SCAN.search(content, end)
            data = content[end : stop.start() if stop else len(content)]
            found = _scan(
                frame, head, data, tables, steps, interval, is_last=stop is None, is_large=is_large
            )
            worst = worst_of(worst, found)
            if stop is None:
                break
    if worst is None and frame is not None and not _is_complete(frame):
        return Damage(None, frame.height, True)
    return worst


def _parts(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Give markers, and where each one's content begins and ends, up to the end of the picture."""
    at = 2
    while 0 <= at <= len(content) - 4:
        ones, marker, length = struct.unpack_from(">BBH", content, at)
        if ones != 0xFF:
            at = content.find(b"\xff", at)
        elif marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        elif marker == _END:
            return
        else:
            yield marker, at + 4, at + 2 + length
            at += 2 + length
            if marker == _SCAN:
                stop = _END_OF_SCAN.search(content, at)
                at = stop.start() if stop else -1


def _read_tables(head: bytes, tables: dict[int, np.ndarray]) -> None:
    at = 0
    while at + 17 <= len(head):
        counts = head[at + 1 : at + 17]
        symbols = head[at + 17 : at + 17 + sum(counts)]
        tables[head[at]] = jpeg_blocks.lookup(counts, symbols)
        at += 17 + sum(counts)


def _read_steps(head: bytes, steps: dict[int, int]) -> None:
    """Give the step that DC values are counted in, by table."""
    at = 0
    while at + 3 <= len(head):
        is_wide = bool(head[at] >> 4)
        steps[head[at] & 15] = int.from_bytes(head[at + 1 : at + 2 + is_wide], "big") or 1
        at += 1 + (128 if is_wide else 64)


def _scan(
    frame: Frame,
    head: bytes,
    data: bytes,
    tables: dict[int, np.ndarray],
    steps: dict[int, int],
    interval: int,
    is_last: bool,
    is_large: bool,
) -> Damage | None:
    """Tell what is wrong with a scan, given its header and its data."""
    count = head[0] if head else 0
    if not 1 <= count <= 4 or len(head) < 4 + 2 * count:
        raise ValueError("a scan without a header")
    named = [(head[1 + 2 * n], head[2 + 2 * n]) for n in range(count)]
    first, last, bits = head[1 + 2 * count : 4 + 2 * count]
    if any(name not in frame.components for name, _ in named) or not first <= last <= 63:
        raise ValueError("a scan of what the picture does not have")
    components = [frame.components[name] for name, _ in named]
    if not frame.is_progressive:
        first, last, bits = 0, 63, 0
    for part in components:
        part.precision |= dict.fromkeys(range(first, last + 1), bits & 15)
    alone = components[0] if count == 1 else None
    across = alone.columns if alone else -(-frame.width // (8 * frame.most_across))
    down = alone.rows if alone else -(-frame.height // (8 * frame.most_down))
    unit_height = 8 * frame.most_down // (alone.down if alone else 1)
    chosen = [(tables.get(dc, _NONE), tables.get(ac, _NONE)) for dc, ac in _numbers(named)]
    if first:
        coded = (first, last, bits)
        work = _of_ac(components[0], chosen[0][1], coded, across * down, is_large)
    elif bits >> 4:
        work = _of_bits(sum(_blocks(components)))
    else:
        limits = [
            _MOST_DC / steps.get(part.quantized_by, 1) / (1 << bits) + 2 for part in components
        ]
        work = _of_sequences(_blocks(components), chosen, last, limits, is_large)
    wrong = _first_wrong(data, across * down, interval, work)
    if wrong is None:
        return None
    unit, is_short = wrong
    rows = None if unit is None else min(frame.height, unit // across * unit_height)
    return Damage(rows, frame.height, is_short and is_last)


_Work = Callable[[bytes, int, int], tuple[int, int]]  # of an interval's data, and which units
_NONE = np.zeros(1 << 16, np.int64)


def _numbers(named: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for _, chosen in named:
        yield chosen >> 4, 0x10 | chosen & 15


def _blocks(components: list[Component]) -> list[int]:
    """Give blocks of each component in a unit of a scan."""
    return [1] if len(components) == 1 else [part.across * part.down for part in components]


def _of_ac(
    part: Component,
    table: np.ndarray,
    coded: tuple[int, int, int],
    units: int,
    is_large: bool,
) -> _Work:
    first, last, bits = coded
    if part.is_set is None:
        part.is_set = bytearray(64 * units)
    function = _function("refined_ac" if bits >> 4 else "first_ac", is_large)
    codes, shown = _as_read(table, is_large), memoryview(part.is_set)

    def work(piece: bytes, begin: int, end: int) -> tuple[int, int]:
        data, part_set = _padded(piece, is_large), shown[64 * begin : 64 * end]
        is_set: Any = np.frombuffer(part_set, np.uint8) if is_large else part_set
        return function(data, 8 * len(piece), end - begin, codes, first, last, is_set)

    return work


def _of_bits(blocks: int) -> _Work:
    """Give a bit for each block, any of which is in order."""

    def work(piece: bytes, begin: int, end: int) -> tuple[int, int]:
        return min(end - begin, 8 * len(piece) // blocks), (end - begin) * blocks

    return work


def _of_sequences(
    blocks: list[int],
    chosen: list[tuple[np.ndarray, np.ndarray]],
    last: int,
    limits: list[float],
    is_large: bool,
) -> _Work:
    tables = np.concatenate([table for both in chosen for table in both])
    of_block = [
        number
        for part, times in enumerate(blocks)
        for _ in range(times)
        for number in ((2 * part) << 16, (2 * part + 1) << 16, part)
    ]
    codes, kinds = _as_read(tables, is_large), _as_read(np.array(of_block, np.int64), is_large)
    most = _as_read(np.array(limits, np.int64), is_large)
    function = _function("sequential", is_large)

    def work(piece: bytes, begin: int, end: int) -> tuple[int, int]:
        data, means = _padded(piece, is_large), _as_read(np.zeros(len(blocks), np.int64), is_large)
        return function(data, 8 * len(piece), end - begin, codes, kinds, last, means, most)

    return work


def _first_wrong(
    data: bytes, units: int, interval: int, work: _Work
) -> tuple[int | None, bool] | None:
    """Give the first unit that is wrong or missing, and whether the data just end there.

    The unit is None where there are more data than the units take: one before is wrong.
    """
    pieces = _RESTART_MARKER.split(data) if interval else [_RESTART_MARKER.sub(b"", data)]
    step = interval or units
    for number, begin in enumerate(range(0, units, step)):
        if number >= len(pieces):
            return begin, True
        end = min(begin + step, units)
        piece = pieces[number].replace(b"\xff\x00", b"\xff")
        good, after = work(piece, begin, end)
        if good < end - begin:
            is_short = number == len(pieces) - 1 and 8 * len(piece) - after < _LONGEST_UNIT
            return begin + int(good), is_short
        rest = piece[-(-int(after) // 8) :]
        if rest.strip(b"\0\xff"):  # some encoders leave those behind
            return (begin if interval else None), False
    return None


def _is_complete(frame: Frame) -> bool:
    """Tell whether every value came in full; progressive files that are cut lack the last bits."""
    return all(
        len(part.precision) == 64 and not any(part.precision.values())
        for part in frame.components.values()
    )


def _padded(piece: bytes, is_large: bool) -> Any:
    padded = piece + bytes(jpeg_blocks.PADDING)
    return np.frombuffer(padded, np.uint8) if is_large else padded


def _as_read(values: np.ndarray, is_large: bool) -> Any:
    """Give numbers as who reads them does so soonest: Python its own lists."""
    return values if is_large else values.tolist()


def _function(name: str, is_large: bool) -> Callable[..., tuple[int, int]]:
    return _compiled(name) if is_large else getattr(jpeg_blocks, name)


@lru_cache(maxsize=3)
def _compiled(name: str) -> Callable[..., tuple[int, int]]:
    """Give one of the functions, compiled; as it is where numba does not work here."""
    function = getattr(jpeg_blocks, name)
    try:
        from numba import njit
    except Exception:  # whatever numba meets on machines we do not know
        return function
    return njit(nogil=True, cache=True)(function)
