"""Films as they come: what a file holds, looked through before work begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer

from colorize_core.video.errors import DamagedVideoError, VideoError
from colorize_core.video.eye import Shape
from colorize_core.video.planes import FULL_RANGE, Scale, has_luma, matrix_of

_HDR = {16: "PQ (HDR10)", 18: "HLG"}
_NO_FILMS = ("image2", "tty", "concat", "hls", "dash", "ico", "gif", "webp", "apng", "libjxl_anim")
_NO_PICTURE = 0x0400 | 0x0800  # dispositions: a cover, thumbnails
_LACKING = (1.0, 0.02)  # seconds, and share, by which a file may be shorter than it says
_FULL_BY_NATURE = {"rawvideo", "ffv1", "png", "ffvhuff", "huffyuv"}  # where grey is full range


@dataclass(frozen=True, slots=True)
class Tags:
    """What a stream says of its colours: numbers in ITU-T H.273, and FFmpeg's for the range."""

    primaries: int
    transfer: int
    matrix: int
    range: int


@dataclass(frozen=True, slots=True)
class Source:
    """A film.

    Attributes:
        path: of its file.
        stream: number of the stream of pictures.
        shape: of its frames.
        format: of its frames, by FFmpeg's name.
        scale: of their luma.
        tags: as they are in the file.
        rate: frames a second, on average.
        time_base: seconds a tick.
        frames: how many there are, as far as can be seen without decoding them.
        start: ticks of the first.
        end: ticks at which the last has gone.
        keys: ticks at which decoding can begin, in order.
        times: ticks of all, in order.
    """

    path: Path
    stream: int
    shape: Shape
    format: str
    scale: Scale
    tags: Tags
    rate: Fraction
    time_base: Fraction
    end: int
    keys: tuple[int, ...]
    times: tuple[int, ...]

    @property
    def frames(self) -> int:
        """How many frames there are, as far as can be told without decoding them."""
        return len(self.times)

    @property
    def start(self) -> int:
        """Ticks of the first frame."""
        return self.times[0]

    def ticks(self, seconds: float) -> int:
        """Give a time from the film's beginning in ticks of its stream."""
        return self.start + round(Fraction(seconds) / self.time_base)

    def seconds(self, ticks: int) -> float:
        """Give a time of the stream in seconds from the film's beginning."""
        return float((ticks - self.start) * self.time_base)


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a file; it alone is read, whatever it refers to.

    Raises:
        VideoError: it is no film that can be read.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise VideoError(f"{path}: is a folder, not a film")
        if not size:
            raise VideoError(f"{path}: is empty")
        container = av.open(
            f"file:{path}",
            metadata_errors="replace",
            container_options={"protocol_whitelist": "file"},
        )
    except av.error.FFmpegError as error:
        raise VideoError(f"{path}: cannot be read as a film: {_reason(error)}") from None
    except OSError as error:
        raise VideoError(f"{path}: {error.strerror}") from None
    with container:
        yield container


def pictures_of(container: InputContainer, path: Path) -> Any:
    """Choose the stream of pictures.

    Raises:
        VideoError: there is none.
    """
    name = container.format.name
    if name.split(",")[0] in _NO_FILMS or name.endswith("_pipe"):
        raise VideoError(f"{path}: is not a film ({container.format.long_name})")
    streams = [one for one in container.streams.video if not one.disposition.value & _NO_PICTURE]
    if not streams:
        raise VideoError(f"{path}: has no pictures, only {_kinds(container) or 'nothing'}")
    return max(streams, key=lambda one: (one.width * one.height, -one.index))


def examined(path: Path, damaged: bool = False) -> Source:
    """Look a film through.

    Args:
        path: of its file.
        damaged: whether to take one that breaks off as it is.

    Raises:
        DamagedVideoError: it breaks off.
        VideoError: it cannot be read, or not be colorized.
    """
    with opened(path) as container:
        stream = pictures_of(container, path)
        index, time_base, rate = stream.index, stream.time_base, _rate(stream)
        codec = stream.codec_context.name if stream.codec_context else ""
        promised = container.duration / av.time_base if container.duration else 0.0
        counted = stream.frames
        begin = (container.start_time or 0) / av.time_base
        times, keys, last = _scanned(container, index, time_base, rate, path, damaged)
    if not times:
        raise VideoError(f"{path}: holds not a single picture")
    if not damaged:
        missing = promised - (last - begin)
        short = missing > max(_LACKING[0], _LACKING[1] * promised)
        if short or counted > len(times) + max(2, _LACKING[1] * counted):
            raise DamagedVideoError(
                f"{path}: breaks off after {max(0.0, last - begin):.1f} of {promised:.1f} seconds"
            )
    first = _first_frame(path, index)
    tags = Tags(
        int(first.color_primaries),
        int(first.color_trc),
        int(first.colorspace),
        int(first.color_range),
    )
    if tags.transfer in _HDR:
        raise VideoError(
            f"{path}: is in HDR, {_HDR[tags.transfer]}; convert it to SDR (BT.709) first"
        )
    try:
        scale = _scale(first, tags, codec)
    except VideoError as error:
        raise VideoError(f"{path}: {error}") from None
    with opened(path) as container:
        aspect = container.streams[index].sample_aspect_ratio or Fraction(1)
    shape = Shape((first.height, first.width), aspect, round(first.rotation / 90) % 4)
    end = times[-1] + max(1, first.duration or round(1 / (rate * time_base)))
    return Source(
        path,
        index,
        shape,
        first.format.name,
        scale,
        tags,
        rate,
        time_base,
        end,
        tuple(keys),
        tuple(times),
    )


def _scanned(
    container: InputContainer,
    index: int,
    time_base: Fraction,
    rate: Fraction,
    path: Path,
    damaged: bool,
) -> tuple[list[int], list[int], float]:
    """Run through all packets: ticks of frames and of keys in order, and where all ends."""
    times: list[int] = []
    keys: list[int] = []
    last = 0.0
    lasting = max(1, round(1 / (rate * time_base)))
    try:
        for packet in container.demux():
            if not packet.size or packet.is_discard:
                continue
            at = packet.pts if packet.pts is not None else packet.dts
            if at is not None and packet.time_base:
                last = max(last, float((at + (packet.duration or 0)) * packet.time_base))
            if packet.stream_index != index:
                continue
            if at is None:  # as in raw streams
                at = times[-1] + lasting if times else 0
            times.append(at)
            if packet.is_keyframe:
                keys.append(at)
    except av.error.FFmpegError as error:
        if not damaged:
            raise DamagedVideoError(
                f"{path}: breaks off after {last:.1f} seconds: {_reason(error)}"
            ) from None
    return sorted(set(times)), sorted(keys), last


def _first_frame(path: Path, index: int) -> Any:
    try:
        with opened(path) as container:
            for frame in container.decode(container.streams[index]):
                return frame
    except av.error.FFmpegError as error:
        raise VideoError(f"{path}: its pictures cannot be decoded: {_reason(error)}") from None
    raise VideoError(f"{path}: holds not a single picture that can be decoded")


def _scale(frame: Any, tags: Tags, codec: str) -> Scale:
    name = frame.format.name
    matrix = matrix_of(tags.matrix, frame.height)
    bits = frame.format.components[0].bits
    if not has_luma(frame.format):
        return Scale(matrix, next(one for one in (8, 10, 12, 16) if min(bits, 16) <= one), False)
    if not 8 <= bits <= 16:
        raise VideoError(f"its pictures are {name}, which is not supported")
    full = tags.range == FULL_RANGE or name.startswith("yuvj")
    if tags.range == 0 and name.startswith("gray"):
        full = codec in _FULL_BY_NATURE
    return Scale(matrix, bits, full)


def _rate(stream: Any) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return rate if rate and rate > 0 else Fraction(25)


def _kinds(container: InputContainer) -> str:
    return " and ".join(sorted({one.type for one in container.streams}))


def _reason(error: Exception) -> str:
    """Give FFmpeg's words for what is wrong, without numbers and names of files."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
