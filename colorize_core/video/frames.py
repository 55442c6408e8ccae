"""The frames of a film, one after the other: their luma and their times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
from av.filter import Graph

from colorize_core.video.errors import VideoError
from colorize_core.video.planes import luma_of
from colorize_core.video.source import Source, opened

_BEFORE = 2.0  # seconds before what is wanted, at which decoding begins


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame.

    Attributes:
        ticks: its time in the stream.
        lasting: ticks that it is shown; 0 where that is not known.
        luma: Y' as the film has it, ``(H, W)``.
    """

    ticks: int
    lasting: int
    luma: np.ndarray


def pictures(
    source: Source, after: int | None = None, until: int | None = None, deinterlace: bool = True
) -> Iterator[Picture]:
    """Decode a film.

    Args:
        source: the film.
        after: ticks; only what is later is given. None gives all.
        until: ticks; what is not earlier is left out. None gives all.
        deinterlace: whether frames that are woven from two fields are taken apart.

    Raises:
        VideoError: it cannot be read on, or its pictures change their size.
    """
    last = after
    for frame in _decoded(source, after, deinterlace):
        # Times that are missing or run backwards are faults of the file's; each frame needs one.
        ticks = frame.pts
        if ticks is None:
            lasting = max(1, round(1 / (source.rate * source.time_base)))
            ticks = source.start if last is None else last + lasting
        if last is not None and ticks <= last:
            continue
        if until is not None and ticks >= until:
            return
        if (frame.height, frame.width) != source.shape.size or frame.format.name != source.format:
            raise VideoError(
                f"{source.path}: its pictures change after {source.seconds(ticks):.1f} seconds, "
                f"from {source.shape.size[1]} x {source.shape.size[0]} {source.format} to "
                f"{frame.width} x {frame.height} {frame.format.name}"
            )
        last = ticks
        yield Picture(ticks, frame.duration or 0, luma_of(frame, source.scale))


def _decoded(source: Source, after: int | None, deinterlace: bool) -> Iterator[Any]:
    """Decode from a while before what is wanted, or from the beginning."""
    if after is not None:
        back = after - round(Fraction(_BEFORE) / source.time_base)
        if any(source.start < key <= back for key in source.keys):
            frames = _from(source, back, deinterlace)
            first = next(frames, None)
            # Files without an index lead anywhere, and so perhaps beyond what is wanted.
            if first is not None and first.pts is not None and first.pts <= after:
                yield first
                yield from frames
                return
    yield from _from(source, None, deinterlace)


def _from(source: Source, ticks: int | None, deinterlace: bool) -> Iterator[Any]:
    with opened(source.path) as container:
        stream: Any = container.streams[source.stream]
        stream.thread_type = "AUTO"
        if ticks is not None:
            container.seek(ticks, stream=stream, backward=True)
        frames: Iterable[Any] = _each(container, stream)
        yield from _woven_apart(frames, source) if deinterlace else frames


def _each(container: Any, stream: Any) -> Iterator[Any]:
    """Decode packet by packet; one that is broken costs its own frames alone."""
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                continue
    except av.error.FFmpegError:  # breaks off: what is there has been taken, or was asked for
        return


def _woven_apart(frames: Iterable[Any], source: Source) -> Iterator[Any]:
    """Deinterlace from the first interlaced frame on; progressive frames pass as they are."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        graph = graph or _graph(frame, source)
        graph.push(frame)
        yield from _pulled(graph, source)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph, source)


def _graph(frame: Any, source: Source) -> Graph:
    graph = Graph()
    begin = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=source.time_base
    )
    middle = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    end = graph.add("buffersink")
    begin.link_to(middle)
    middle.link_to(end)
    graph.configure()
    return graph


def _pulled(graph: Graph, source: Source) -> Iterator[Any]:
    while True:
        try:
            frame: Any = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        scale = frame.time_base / source.time_base  # filters may count finer
        frame.duration = round(frame.duration * scale)
        if frame.pts is not None:
            frame.pts = round(frame.pts * scale)
        yield frame
