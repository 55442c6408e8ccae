"""Code streams of JPEG 2000: what they claim, and what of it can be there, before it is decoded.

A tile without a part of the stream holds nothing; of the others, each packet takes a byte or more.
How many packets there are follows from the coding. Nothing else has a bound: four packets can hold
a blank tile of any size, so that what its decoding needs is checked against the memory there is.

Source: ISO/IEC 15444-1, annexes A (markers), B.3 to B.10 (from tiles to packets) and I (JP2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from colorize_core.photo.claims import check_claim, check_memory, check_size
from colorize_core.photo.damage import Damage, refuse_unless
from colorize_core.photo.photo import PhotoError

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
BEGIN = b"\xff\x4f\xff\x51"  # a code stream begins with its size
_COD, _COC, _SOT = 0xFF52, 0xFF53, 0xFF90
_NOTED = (
    *(0xFF50, _COD, _COC, 0xFF55, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F),
    *(0xFF60, 0xFF61, 0xFF63, 0xFF64, 0xFF74, 0xFF75, 0xFF77, 0xFF78),
)  # markers, beside those of parts, that a length follows; decoders step over others
_ENDS = (_SOT, 0xFF93, 0xFFD9)  # of a header
_MOST_BOXES, _MOST_CODINGS, _MOST_TILES, _MOST_CHANNELS, _MOST_LEVELS = 512, 256, 65535, 16, 32
_MOST_UNKNOWN = 4096  # steps over what is no marker, in one header
_LEAST_THERE = 0.01  # of the tiles: what has fewer is no photo any more
# Bytes that OpenJPEG takes for what it keeps, measured: of a tile, whether it is there or not, and
# of each of its channels; of a precinct and a code block of the tile that is being decoded.
_OF_TILE, _OF_TILE_CHANNEL, _OF_PRECINCT, _OF_BLOCK = 9000, 1100, 1200, 400
_DECODED = 4  # bytes of a value while it is decoded


@dataclass(frozen=True, slots=True)
class Style:
    """The way one channel is coded: code blocks and precincts as powers of two, by resolution."""

    block: tuple[int, int]
    precincts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Coding:
    """The way a tile is coded: its layers, and the style of each channel."""

    layers: int
    styles: tuple[Style | None, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """The tiles along one side of the picture: where each begins and ends on the grid."""

    begins: np.ndarray
    ends: np.ndarray

    @property
    def longest(self) -> int:
        """Length of the longest tile."""
        return int((self.ends - self.begins).max())

    def precincts(self, step: int, power: int) -> np.ndarray:
        """Count the precincts of each tile, of a resolution with so many pixels to a sample."""
        begins, ends = -(-self.begins // step), -(-self.ends // step)
        size = 1 << power
        return np.where(ends > begins, -(-ends // size) - begins // size, 0)


class CodeStream:
    """A code stream's claims.

    Attributes:
        size: width and height.
        bits: of each channel.
        steps: pixels to a sample of each channel, across and down.
        is_signed: whether a channel has a sign.
        across, down: the tiles.
        there: numbers of the tiles of which there is a part, by the way they are coded.
    """

    def __init__(self, content: bytes) -> None:
        """Look through a file or a bare stream.

        Raises:
            PhotoError: it has more channels or tiles than are read.
            ValueError, struct.error: it is damaged.
        """
        at = _begin_of(content)
        (length,) = struct.unpack_from(">H", content, at + 4)
        right, low, left, top, *tile = struct.unpack_from(">8I", content, at + 8)
        (channels,) = struct.unpack_from(">H", content, at + 40)
        if not 1 <= channels <= _MOST_CHANNELS:
            raise PhotoError(f"has {channels} channels; at most {_MOST_CHANNELS} are read")
        fields = struct.unpack_from(f"{3 * channels}B", content, at + 42)
        self.bits = [(field & 127) + 1 for field in fields[::3]]
        self.is_signed = any(field > 127 for field in fields[::3])
        self.steps = list(zip(fields[1::3], fields[2::3], strict=True))
        self.size = right - left, low - top
        if min(*self.size, *tile[:2], *(step for both in self.steps for step in both)) <= 0:
            raise ValueError("a side of it is nothing")
        counts = -(-(right - tile[2]) // tile[0]), -(-(low - tile[3]) // tile[1])
        if not 0 < counts[0] * counts[1] <= _MOST_TILES or min(counts) <= 0:
            raise PhotoError(f"is damaged: it claims {counts[0]} x {counts[1]} tiles")
        self.across = _side(counts[0], tile[2], tile[0], left, right)
        self.down = _side(counts[1], tile[3], tile[1], top, low)
        coding, first = _coding(
            content, at + 4 + length, len(content), Coding(1, (None,) * channels)
        )
        self.there = _tiles_by_coding(content, first, coding, counts[0] * counts[1])

    @property
    def tiles(self) -> int:
        """Number of tiles that there should be."""
        return len(self.across.begins) * len(self.down.begins)

    def damage(self) -> Damage | None:
        """Tell whether tiles are missing."""
        are_there = np.zeros(self.tiles, bool)
        for numbers in self.there.values():
            are_there[numbers] = True
        if are_there.all():
            return None
        row = int(np.argmin(are_there)) // len(self.across.begins)
        rows = int(self.down.begins[row] - self.down.begins[0])
        return Damage(rows, self.size[1], is_cut=False)

    @cached_property
    def packets(self) -> tuple[int, int]:
        """Number of packets in the tiles that are there, and of precincts in the one of most."""
        packets, most = 0, 0
        columns = len(self.across.begins)
        for coding, numbers in self.there.items():
            precincts = np.zeros(len(numbers), np.int64)
            for (wide, high), style in zip(self.steps, coding.styles, strict=True):
                powers = style.precincts if style else ()
                for resolution, (across, down) in enumerate(powers):
                    scale = len(powers) - 1 - resolution
                    in_columns = self.across.precincts(wide << scale, across)
                    in_rows = self.down.precincts(high << scale, down)
                    precincts += in_columns[numbers % columns] * in_rows[numbers // columns]
            packets += coding.layers * int(precincts.sum())
            most = max(most, int(precincts.max()))
        return packets, most

    def memory(self, by_pillow: bool) -> int:
        """Compute bytes that OpenJPEG takes at least: for a tile, for all, and for the values."""
        pixels, channels = self.size[0] * self.size[1], len(self.bits)
        tile = self.across.longest * self.down.longest
        needed = tile * channels * _DECODED + _OF_PRECINCT * self.packets[1]
        needed += _OF_BLOCK * max(map(self._blocks, self.there), default=0)
        needed += self.tiles * (_OF_TILE + _OF_TILE_CHANNEL * channels)
        if by_pillow:  # a copy of the tile; its pictures have a byte a pixel, or four
            return needed + tile * channels + pixels * (1 if channels == 1 else 4)
        depth = -(-max(self.bits) // 8)
        return needed + pixels * channels * (depth + (_DECODED if self.tiles > 1 else 0))

    def _blocks(self, coding: Coding) -> int:
        """Count the code blocks of a tile, at least."""
        blocks = 0
        for (wide, high), style in zip(self.steps, coding.styles, strict=True):
            smaller = 0
            powers = style.precincts if style else ()
            for resolution, (across, down) in enumerate(powers):
                scale = len(powers) - 1 - resolution
                area = (self.across.longest // wide >> scale) * (self.down.longest // high >> scale)
                halved = min(resolution, 1)  # a precinct is divided into bands
                assert style is not None
                power = min(style.block[0], max(across - halved, 0))
                power += min(style.block[1], max(down - halved, 0))
                blocks += area - smaller >> power
                smaller = area
        return blocks


def check_codestream(
    stream: CodeStream, file_size: int, by_pillow: bool, damaged: bool
) -> Damage | None:
    """Look whether a code stream can hold its picture, and the memory what decodes it.

    Args:
        stream: of the file.
        file_size: bytes that it has.
        by_pillow: whether Pillow decodes it, tile by tile, to 8 bits.
        damaged: whether tiles may be missing, which is told then.

    Raises:
        DamagedError: tiles are missing.
        MemoryShortError: it needs more memory than is free.
        PhotoError: the file is too short for it, or hardly anything is there.
    """
    check_size(stream.size, len(stream.bits), 1 if by_pillow else 2)
    damage = stream.damage()
    refuse_unless(damaged, damage)
    if sum(map(len, stream.there.values())) < _LEAST_THERE * stream.tiles:
        raise PhotoError("is damaged: hardly anything of it is there")
    check_claim(stream.size, stream.packets[0], file_size)
    check_memory(stream.size, stream.memory(by_pillow))
    return damage


def _begin_of(content: bytes) -> int:
    """Find the code stream in a file as decoders do: by its box, however long that says it is."""
    at = 0
    if not content.startswith(BEGIN):
        for _ in range(_MOST_BOXES):
            length, kind = struct.unpack_from(">I4s", content, at)
            head = 8
            if length == 1:
                (length,) = struct.unpack_from(">Q", content, at + 8)
                head = 16
            if kind == b"jp2c":
                at += head
                break
            if length < head:
                break
            at += length
    if content[at : at + len(BEGIN)] != BEGIN:
        raise ValueError("it has no picture")
    return at


def _side(count: int, first: int, step: int, low: int, high: int) -> Side:
    begins = first + step * np.arange(count, dtype=np.int64)
    return Side(np.maximum(begins, low), np.minimum(begins + step, high))


def _markers(content: bytes, at: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Give the markers of a header: each with its content's begin and end, the last without."""
    unknown = 0
    while at + 4 <= last and unknown < _MOST_UNKNOWN:
        (marker, length) = struct.unpack_from(">HH", content, at)
        if marker in _ENDS:
            yield marker, at, at
            return
        at += 2
        if marker in _NOTED:
            yield marker, at + 2, at + length
            at += max(2, length)
        else:
            unknown += 1


def _coding(content: bytes, at: int, last: int, coding: Coding) -> tuple[Coding, int]:
    """Read how what follows is coded, where it says so, and where its header ends."""
    end = at
    for marker, begin, end in _markers(content, at, last):
        if marker == _COD:
            uses, layers = struct.unpack_from(">BxH", content, begin)
            style = _style(content[begin + 5 : end], bool(uses & 1))
            coding = Coding(layers, (style,) * len(coding.styles))
        elif marker == _COC:
            channel, uses = content[begin], content[begin + 1]
            styles = list(coding.styles)
            styles[channel] = _style(content[begin + 2 : end], bool(uses & 1))
            coding = replace(coding, styles=tuple(styles))
    return coding, end


def _style(fields: bytes, has_precincts: bool) -> Style:
    levels, across, down = fields[:3]
    if levels > _MOST_LEVELS or max(across, down) > 8:
        raise ValueError("its coding is of no kind there is")
    sizes: Sequence[int] = fields[5 : 6 + levels] if has_precincts else (0xFF,) * (levels + 1)
    if len(sizes) <= levels:
        raise ValueError("its coding is cut off")
    precincts = tuple((size & 15, size >> 4) for size in sizes)
    return Style((across + 2, down + 2), precincts)


def _tiles_by_coding(
    content: bytes, at: int, coding: Coding, tiles: int
) -> dict[Coding, np.ndarray]:
    """Find the tiles of which there is a part, by the way they are coded."""
    codings: dict[int, Coding] = {}
    kinds: dict[Coding, Coding] = {coding: coding}
    while content[at : at + 2] == b"\xff\x90" and at + 12 <= len(content):
        tile, length = struct.unpack_from(">HI", content, at + 4)
        length = length or len(content) - at  # 0: the last one, to the end
        if tile >= tiles:
            raise ValueError(f"it has a part of tile {tile}, of {tiles}")
        last = min(at + length, len(content))
        own, _ = _coding(content, at + 12, last, codings.get(tile, coding))
        codings[tile] = kinds.setdefault(own, own)
        if len(kinds) > _MOST_CODINGS:
            raise ValueError("its tiles are coded in too many ways")
        at += max(12, length)
    there: dict[Coding, list[int]] = {}
    for tile, own in codings.items():
        there.setdefault(own, []).append(tile)
    return {own: np.array(numbers, np.int64) for own, numbers in there.items()}
