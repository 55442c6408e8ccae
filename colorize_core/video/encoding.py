"""Encoders: how the frames of a film are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.codec import Codec

from colorize_core.video.chroma import chroma_of
from colorize_core.video.errors import VideoError
from colorize_core.video.planes import FULL_RANGE, Scale, filled
from colorize_core.video.source import Source

# Names for people -> FFmpeg's. Others, such as h264_nvenc, are taken as they are.
ENCODERS = {"x264": "libx264", "x265": "libx265", "ffv1": "ffv1", "prores": "prores_ks"}
CONTAINERS = {".mkv": "matroska", ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
_QUALITY = {"libx264": 18, "libx265": 20}
_LIMITED = 1  # FFmpeg's number for the range with black at 16
_EVEN = {"libx264", "libx265"}  # which halve chroma of even sizes alone
# Formats to write in, by bits and then by how far chroma is reduced, the most fitting first.
_FORMATS = {
    8: ("yuv420p", "nv12", "yuv422p", "yuv444p"),
    10: ("yuv420p10le", "p010le", "yuv422p10le", "yuv444p10le"),
    12: ("yuv420p12le", "yuv422p12le", "yuv444p12le"),
    16: ("yuv420p16le", "yuv422p16le", "yuv444p16le"),
}


@dataclass(frozen=True, slots=True)
class Writing:
    """How a film is encoded.

    Attributes:
        encoder: by FFmpeg's name.
        format: of the frames that are encoded.
        scale: of their numbers; matrix and range are the film's.
        shift: bits by which its luma is multiplied.
        options: of the encoder.
    """

    encoder: str
    format: str
    scale: Scale
    shift: int
    options: dict[str, str]


def writing(source: Source, encoder: str, quality: int | None = None) -> Writing:
    """Choose how to write a film.

    Args:
        source: the film.
        encoder: one of :data:`ENCODERS`, or an encoder's name in FFmpeg.
        quality: constant rate factor of x264 and x265, quantizer of others: less is better.

    Raises:
        VideoError: there is no such encoder, or it cannot hold the picture.
    """
    name = ENCODERS.get(encoder, encoder)
    try:
        codec = Codec(name, "w")
    except (ValueError, av.error.FFmpegError):
        raise VideoError(
            f"there is no encoder {encoder!r}; there are {', '.join(ENCODERS)}, and FFmpeg's own "
            "such as h264_nvenc"
        ) from None
    if codec.type != "video":
        raise VideoError(f"{encoder} encodes no pictures")
    taken = [one.name for one in codec.video_formats or ()]
    form = _format(source, name, taken)
    bits = av.VideoFormat(form).components[0].bits
    scale = Scale(source.scale.matrix, bits, source.scale.full)
    options = _options(name, quality)
    return Writing(name, form, scale, bits - source.scale.bits, options)


def _format(source: Source, encoder: str, taken: list[str]) -> str:
    """Choose the format that loses nothing of the luma, with chroma as fine as the film's.

    Encoders that lose some anyway may have fewer bits than the film.
    """
    own = av.VideoFormat(source.format, 64, 64)
    finer = 64 // own.chroma_width() + 64 // own.chroma_height()
    reduced = 4 if len(own.components) == 1 or own.is_rgb or own.has_palette else finer
    odd = any(side % 2 for side in source.shape.size) and encoder in _EVEN
    enough = [bits for bits in _FORMATS if bits >= source.scale.bits]
    fewer = [] if encoder == "ffv1" else [bits for bits in (12, 10) if bits < source.scale.bits]
    for bits in (*enough, *fewer):
        fitting = [name for name in _FORMATS[bits] if name in taken]
        halves = [name for name in fitting if not odd or "444" in name]
        for name in halves:
            form = av.VideoFormat(name, 64, 64)
            if 64 // form.chroma_width() + 64 // form.chroma_height() <= reduced:
                return name
        if halves:
            return halves[-1]
    raise VideoError(
        f"{source.path}: {encoder} cannot hold pictures of {source.scale.bits} bits"
        + (" and of odd size" if odd else "")
        + "; ffv1 can"
    )


def _options(encoder: str, quality: int | None) -> dict[str, str]:
    if encoder in _QUALITY:
        options = {"crf": str(_QUALITY[encoder] if quality is None else quality)}
        if encoder == "libx265":
            options["x265-params"] = "log-level=none"
        return options | {"preset": "fast"}
    if encoder == "ffv1":
        return {"level": "3", "slicecrc": "1", "slices": "4"}
    if encoder == "prores_ks":
        return {"vendor": "apl0"}
    return {} if quality is None else {"qp": str(quality)}


def configured(context: Any, source: Source, way: Writing, threads: int = 0) -> Any:
    """Set up the encoder's context, of a stream or of its own; it is returned."""
    context.height, context.width = source.shape.size
    context.pix_fmt = way.format
    context.time_base = source.time_base
    context.framerate = source.rate
    context.sample_aspect_ratio = source.shape.aspect
    context.color_primaries = source.tags.primaries
    context.color_trc = source.tags.transfer
    context.colorspace = source.scale.matrix  # new colours need one, where there was none
    context.color_range = FULL_RANGE if source.scale.full else _LIMITED
    context.options = dict(way.options)
    context.flags |= int(av.codec.context.Flags.global_header)
    context.thread_count = threads
    if way.encoder == "prores_ks":
        context.profile = "4444" if "444" in way.format else "HQ"
    return context


@dataclass(frozen=True, slots=True)
class Coded:
    """An encoded frame: its bytes, time, length and whether decoding can begin there."""

    content: bytes
    ticks: int
    lasting: int
    is_key: bool


class Encoder:
    """An encoder of a stretch of a film; each begins with a frame of its own.

    Args:
        source: the film.
        way: how it is written.

    Raises:
        VideoError: the encoder does not work here, as where there is no such hardware.
    """

    def __init__(self, source: Source, way: Writing) -> None:
        self.source, self.way = source, way
        context = av.CodecContext.create(way.encoder, "w")
        self._context = configured(context, source, way)
        try:
            self._context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise VideoError(f"the encoder {way.encoder} does not work here: {error}") from None

    def encode(self, luma: np.ndarray, ab: np.ndarray, ticks: int, lasting: int) -> list[Coded]:
        """Encode a frame; what is ready is returned, of this frame or of earlier ones.

        Args:
            luma: the film's Y'.
            ab: as stored, at the network's stride, float32 ``(h, w, 2)``.
            ticks: of the frame.
            lasting: ticks that it is shown; 0 where that is not known.
        """
        height, width = self.source.shape.size
        frame = av.VideoFrame(width, height, self.way.format)
        form = frame.format
        size = form.chroma_height(height), form.chroma_width(width)
        chroma = chroma_of(ab, luma, size, self.source.scale, self.way.scale)
        filled(frame, luma, chroma, self.way.shift)
        frame.pts, frame.time_base = ticks, self.source.time_base
        frame.duration = lasting
        frame.color_range = FULL_RANGE if self.source.scale.full else _LIMITED
        frame.colorspace = self.source.scale.matrix
        return list(_coded(self._context.encode(frame)))

    def finish(self) -> list[Coded]:
        """Encode what the encoder has held back."""
        return list(_coded(self._context.encode(None)))


def _coded(packets: list[Any]) -> Iterator[Coded]:
    for packet in packets:
        if packet.size:
            yield Coded(bytes(packet), packet.pts, packet.duration or 0, packet.is_keyframe)


def container_of(path: Path) -> str:
    """Give FFmpeg's name of the container that a file's name asks for.

    Raises:
        VideoError: none that films are written to.
    """
    try:
        return CONTAINERS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(sorted(CONTAINERS))
        raise VideoError(f"{path}: films are written as {known}") from None
