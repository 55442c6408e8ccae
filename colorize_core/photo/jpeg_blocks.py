"""A check of a JPEG's entropy-coded data, block by block, without making pixels.

Decoders fill up what is missing and go on after what is wrong, without a word. Plain functions,
which Python runs for small photos, and numba for large ones; none of them calls another.

``bits`` is the data of one restart interval, bytes in which nothing is stuffed, and ``PADDING``
zeros after their ``length`` bits. A table says for each 16 bits how long the code is that they
begin with, times 256, plus what it stands for; 0 where they begin with none. All functions give the
number of units (blocks, or groups of blocks) that are in order, and the bit after the last of them.

Source: ITU-T T.81, sections F.2.2 (sequential) and G.1.2 (progressive).
"""

from __future__ import annotations

import numpy as np

PADDING = 16  # bytes, which a block that is broken may be read beyond the end


def sequential(
    bits: np.ndarray,
    length: int,
    units: int,
    tables: np.ndarray,
    of_block: np.ndarray,
    last: int,
    means: np.ndarray,
    limits: np.ndarray,
) -> tuple[int, int]:
    """Count units of several blocks each.

    ``of_block`` says of each where in ``tables`` its DC and its AC table begin and which component
    it belongs to, three numbers a block. ``last`` is 63, or 0 where only DC values are coded.
    ``means`` are those of the components, zeros; the DC values add up to it, and what passes the
    component's limit is no colour.
    """
    at = 0
    for unit in range(units):
        begun = at
        for block in range(0, len(of_block), 3):
            byte = at >> 3
            window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
            code = tables[of_block[block] + (window >> (8 - (at & 7)) & 0xFFFF)]
            size = code & 255
            at += code >> 8
            if code < 256 or size > 15 or at + size > length:
                return unit, begun
            if size:
                byte = at >> 3
                window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
                value = (window >> (8 - (at & 7)) & 0xFFFF) >> (16 - size)
                at += size
                if value >> (size - 1) == 0:
                    value -= (1 << size) - 1
                component = of_block[block + 2]
                means[component] += value
                if abs(means[component]) > limits[component]:
                    return unit, begun
            k, table = 1, of_block[block + 1]
            while k <= last:
                byte = at >> 3
                window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
                code = tables[table + (window >> (8 - (at & 7)) & 0xFFFF)]
                size = code & 15
                at += (code >> 8) + size
                if code < 256 or at > length:
                    return unit, begun
                if size:
                    k += (code >> 4 & 15) + 1
                elif code & 255 == 0xF0:
                    k += 16
                else:
                    break
                if k > 64:
                    return unit, begun
    return units, at


def first_ac(
    bits: np.ndarray,
    length: int,
    units: int,
    table: np.ndarray,
    first: int,
    last: int,
    is_set: np.ndarray,
) -> tuple[int, int]:
    """Count blocks of which a scan brings AC values for the first time; ``is_set`` is filled in."""
    at = run = 0
    for unit in range(units):
        if run:
            run -= 1
            continue
        begun, k = at, first
        while k <= last:
            byte = at >> 3
            window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
            code = table[window >> (8 - (at & 7)) & 0xFFFF]
            size, skipped = code & 15, code >> 4 & 15
            at += code >> 8
            if code < 256 or at > length:
                return unit, begun
            if size:
                k += skipped
                at += size
                if k > last or at > length:
                    return unit, begun
                is_set[64 * unit + k] = 1
                k += 1
            elif skipped == 15:
                k += 16
            else:
                byte = at >> 3
                window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
                more = window >> (8 - (at & 7)) & 0xFFFF
                run = (1 << skipped) + (more >> (16 - skipped)) - 1
                at += skipped
                break
    return units, at


def refined_ac(
    bits: np.ndarray,
    length: int,
    units: int,
    table: np.ndarray,
    first: int,
    last: int,
    is_set: np.ndarray,
) -> tuple[int, int]:
    """Count blocks of which a scan brings one more bit of AC values, and some that were zero."""
    at = run = 0
    for unit in range(units):
        begun, k = at, first
        while k <= last and run == 0:
            byte = at >> 3
            window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
            code = table[window >> (8 - (at & 7)) & 0xFFFF]
            size, zeros = code & 15, code >> 4 & 15
            at += code >> 8
            if code < 256 or size > 1 or at > length:
                return unit, begun
            if size == 0 and zeros < 15:
                byte = at >> 3
                window = bits[byte] << 16 | bits[byte + 1] << 8 | bits[byte + 2]
                more = window >> (8 - (at & 7)) & 0xFFFF
                run = (1 << zeros) + (more >> (16 - zeros))
                at += zeros
                break
            at += size
            while k <= last:
                if is_set[64 * unit + k]:
                    at += 1
                elif zeros == 0:
                    break
                else:
                    zeros -= 1
                k += 1
            if size:
                if k > last:
                    return unit, begun
                is_set[64 * unit + k] = 1
            k += 1
        if run:
            while k <= last:
                at += is_set[64 * unit + k]
                k += 1
            run -= 1
        if at > length:
            return unit, begun
    return units, at


def lookup(counts: bytes, symbols: bytes) -> np.ndarray:
    """Make the table of a Huffman code: how many codes have 1 to 16 bits, and their symbols.

    Raises:
        ValueError: there are more codes than bits allow.
    """
    table = np.zeros(1 << 16, np.int64)
    at = code = 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[at : at + count]:
            begin, end = code << (16 - length), (code + 1) << (16 - length)
            if end > len(table):
                raise ValueError("its Huffman codes are more than there can be")
            table[begin:end] = length << 8 | symbol
            code += 1
        at += count
        code <<= 1
    return table
