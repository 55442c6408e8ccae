"""AVIF: how large the pictures are that a file holds; a decoder enlarges them to what it claims.

Source: ISO/IEC 14496-12, section 8.11.3 (iloc); AV1, sections 5.3.1 (OBU) and 5.5.1 (sequence).
"""

from __future__ import annotations

from colorize_core.photo.boxes import boxes
from colorize_core.photo.photo import PhotoError

_SEQUENCE = 1  # the kind of OBU that says the largest frame
_IN_FILE, _IN_META = 0, 1  # where an item's bytes are
_MOST_ITEMS = 65536
_MOST_OBUS = 64


def check_avif(content: bytes, size: tuple[int, int]) -> None:
    """Look whether the pictures in a file, together, are as large as it claims to be.

    Raises:
        PhotoError: they are not.
    """
    coded = _coded_sizes(content)
    if coded and sum(width * height for width, height in coded) < size[0] * size[1]:
        largest = max(coded, key=lambda one: one[0] * one[1])
        raise PhotoError(
            f"claims {size[0]} x {size[1]} pixels; what it holds is {largest[0]} x {largest[1]}"
        )


def _coded_sizes(content: bytes) -> list[tuple[int, int]]:
    """Read the sizes of the pictures that a file's items are."""
    sizes = []
    for kind, meta in boxes(content):
        if kind != b"meta":
            continue
        found = dict(boxes(meta, 4))
        sources = {_IN_FILE: content, _IN_META: found.get(b"idat", b"")}
        for source, begin in _items(found.get(b"iloc", b"")):
            size = _frame_size(sources.get(source, b""), begin)
            if size is not None:
                sizes.append(size)
    return sizes


def _items(iloc: bytes) -> list[tuple[int, int]]:
    """Read where items begin: in which bytes, and at which of them."""
    items = []
    fields = _Bits(iloc)
    try:
        version = fields.take(8)
        fields.take(24)
        offset, length, base, index = (8 * fields.take(4) for _ in range(4))
        wide = 32 if version == 2 else 16
        for _ in range(min(fields.take(wide), _MOST_ITEMS)):
            fields.take(wide)
            source = fields.take(16) & 15 if version else _IN_FILE
            fields.take(16)
            begin = fields.take(base)
            for extent in range(fields.take(16)):
                fields.take(index if version else 0)
                at = begin + fields.take(offset)
                fields.take(length)
                if extent == 0:
                    items.append((source, at))
    except ValueError:  # cut off: what has been found remains
        pass
    return items


def _frame_size(content: bytes, at: int) -> tuple[int, int] | None:
    """Read the size of the frames that begin somewhere; None where there are none of AV1."""
    for _ in range(_MOST_OBUS):
        if at >= len(content):
            return None
        head = content[at]
        at += 2 if head & 4 else 1
        length, shift = 0, 0
        while head & 2 and at < len(content) and shift < 56:
            length |= (content[at] & 127) << shift
            shift += 7
            at += 1
            if content[at - 1] < 128:
                break
        if head >> 3 & 15 == _SEQUENCE:
            try:
                return _size_in_sequence(_Bits(content[at : at + 512]))
            except ValueError:
                return None
        if head & 0x81 or not head & 2:
            return None  # of another kind
        at += length
    return None


def _size_in_sequence(bits: _Bits) -> tuple[int, int]:
    bits.take(4)  # profile, still picture
    if bits.take(1):  # the short header of stills
        bits.take(5)
    else:
        delays = _timing(bits) if bits.take(1) else 0
        has_display_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if delays and bits.take(1):
                bits.take(2 * delays + 1)
            if has_display_delay and bits.take(1):
                bits.take(4)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(across) + 1, bits.take(down) + 1


def _timing(bits: _Bits) -> int:
    """Step over the times of frames; gives how many bits a decoder's delays have, 0 for none."""
    bits.take(64)
    if bits.take(1):  # at equal times, whose number has as many bits again as zeros before it
        zeros = 0
        while not bits.take(1):
            zeros += 1
        bits.take(zeros)
    if not bits.take(1):
        return 0
    delays = bits.take(5) + 1
    bits.take(42)
    return delays


class _Bits:
    """Bits of some bytes, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, count: int) -> int:
        """Read an unsigned number.

        Raises:
            ValueError: there are not so many.
        """
        end = self._at + count
        if end > 8 * len(self._content):
            raise ValueError("it is cut off")
        taken = int.from_bytes(self._content[self._at // 8 : -(-end // 8)], "big")
        self._at = end
        return taken >> (-end % 8) & (1 << count) - 1
