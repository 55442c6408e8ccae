"""The output as a whole: new pictures, and beside them all that the film had."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from colorize_core.video.encoding import Writing, configured
from colorize_core.video.errors import VideoError
from colorize_core.video.segments import Parts
from colorize_core.video.source import Source, opened

_OF_THE_CONTAINER = {"major_brand", "minor_version", "compatible_brands", "encoder"}
_OF_THE_STREAM = {"encoder", "duration", "vendor_id"}
_NO_TEXT = b"\0\0"
_STATISTICS = ("bps", "duration", "number_of_", "_statistics")


def check_fit(source: Source, way: Writing, container: str) -> None:
    """Look whether a container can hold a film, before hours of work.

    Raises:
        VideoError: it cannot.
    """
    with opened(source.path) as film, av.open(io.BytesIO(), "w", format=container) as trial:
        _begun(trial, film, source, way, container, (source.start, source.end), "")


def muxed(
    source: Source,
    way: Writing,
    parts: Parts,
    span: tuple[int, int],
    target: Path,
    container: str,
    said: str = "",
) -> list[str]:
    """Write a film.

    Args:
        source: the film that it is made from.
        way: how its pictures are encoded.
        parts: which are all there.
        span: ticks of the first frame, and after the last.
        target: file to write, whatever its name.
        container: by FFmpeg's name.
        said: of how it was made, for its comment; nothing where that is not wanted.

    Returns:
        Remarks: what the container cannot hold.

    Raises:
        VideoError: the container cannot hold the pictures.
    """
    with (
        opened(source.path) as film,
        av.open(f"file:{target}", "w", format=container) as output,
    ):
        pictures, others, remarks = _begun(output, film, source, way, container, span, said)
        whole = span == (source.start, source.end)
        begin = Fraction(0) if whole else span[0] * source.time_base
        queues = [
            _coded(parts, source, begin, pictures),
            _copied(film, others, begin, None if whole else span[1] * source.time_base),
        ]
        for _, _, packet in heapq.merge(*queues, key=lambda one: one[:2]):
            output.mux(packet)
    return remarks


def _begun(
    output: OutputContainer,
    film: InputContainer,
    source: Source,
    way: Writing,
    container: str,
    span: tuple[int, int],
    said: str,
) -> tuple[Any, dict[int, Any], list[str]]:
    """Begin an output: its stream of pictures, its other streams, and what they lack."""
    pictures = _pictures(output, source, way, film.streams[source.stream], container)
    others, remarks = _others(output, film, source, container)
    _describe(output, film, source, span, said)
    try:
        output.start_encoding()
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoError(
            f"{source.path}: {container} cannot hold it: {_words(error)}; .mkv holds nearly all"
        ) from None
    return pictures, others, remarks


def _pictures(
    output: OutputContainer, source: Source, way: Writing, own: Any, container: str
) -> Any:
    try:
        stream: Any = output.add_stream(way.encoder, rate=source.rate)
    except ValueError:
        raise VideoError(f"{container} cannot hold pictures of {way.encoder}") from None
    configured(stream.codec_context, source, way, threads=1)
    stream.time_base = source.time_base
    stream.options.update(way.options)
    stream.sample_aspect_ratio = source.shape.aspect
    stream.metadata.update(_kept(own.metadata))
    stream.disposition = own.disposition
    if source.shape.turns:
        stream.set_display_rotation(90.0 * source.shape.turns)
    return stream


def _others(
    output: OutputContainer, film: InputContainer, source: Source, container: str
) -> tuple[dict[int, Any], list[str]]:
    """Add the streams that are copied: by their numbers in the film."""
    others, remarks = {}, []
    for stream in film.streams:
        if stream.index == source.stream:
            continue
        try:
            if stream.type == "attachment":
                if container != "matroska":
                    raise ValueError("no attachments")
                added: Any = output.add_stream_from_template(stream)
            elif stream.type == "data":
                # In .mov, chapters and time codes are streams too, which come of their tags anew.
                if (stream.name == "bin_data" and film.chapters()) or stream.name == "tmcd":
                    continue
                raise ValueError("no data")
            else:
                added = output.add_stream_from_template(stream, opaque=True)
        except (ValueError, av.error.FFmpegError):
            codec = stream.codec_context.name if stream.codec_context else stream.name
            remarks.append(
                f"{container} cannot hold the {stream.type} of stream {stream.index}"
                f" ({codec or 'unknown'}): left out"
            )
            continue
        added.metadata.update(_kept(stream.metadata))
        if stream.type != "attachment":
            added.disposition = stream.disposition
            others[stream.index] = added
    return others, remarks


def _describe(
    output: OutputContainer,
    film: InputContainer,
    source: Source,
    span: tuple[int, int],
    said: str,
) -> None:
    """Copy title, tags and chapters."""
    kept = {
        name: value
        for name, value in film.metadata.items()
        if name.lower() not in _OF_THE_CONTAINER
    }
    if said:
        own = next((value for name, value in kept.items() if name.lower() == "comment"), "")
        kept = {name: value for name, value in kept.items() if name.lower() != "comment"}
        kept["comment"] = f"{own}\n{said}" if own else said
    output.metadata.update(kept)
    begin, end = (one * source.time_base for one in span)
    whole = span == (source.start, source.end)
    chapters = []
    for chapter in film.chapters():
        base = chapter["time_base"] or Fraction(1, 1000)
        first, last = chapter["start"] * base, chapter["end"] * base
        if whole or (last > begin and first < end):
            shift = Fraction(0) if whole else begin
            moved = (max(first, begin) - shift, min(last, end) - shift) if not whole else None
            if moved:
                chapter["start"], chapter["end"] = (round(one / base) for one in moved)
            chapters.append(chapter)
    output.set_chapters(chapters)


def _coded(
    parts: Parts, source: Source, begin: Fraction, stream: Any
) -> Iterator[tuple[Fraction, int, Packet]]:
    """Give the encoded frames as packets."""
    frames = parts.frames()
    shift = round(begin / source.time_base)
    decoding = decoding_times([one[0] for one in frames])
    for (ticks, lasting, is_key, _), at, content in zip(
        frames, decoding, parts.contents(), strict=True
    ):
        packet = Packet(content)
        packet.stream, packet.time_base = stream, source.time_base
        packet.pts, packet.dts, packet.duration = ticks - shift, at - shift, lasting
        packet.is_keyframe = is_key
        yield packet.dts * source.time_base, 0, packet


def decoding_times(ticks: Sequence[int]) -> list[int]:
    """Find when each frame must be decoded, so that all are in time and in order.

    Args:
        ticks: when frames are shown, in the order in which they are decoded; all different.

    Returns:
        Strictly rising ticks, none later than its frame is shown.
    """
    shown = sorted(ticks)
    rank = {one: number for number, one in enumerate(shown)}
    delay = max((number - rank[one] for number, one in enumerate(ticks)), default=0)
    step = max(1, (shown[-1] - shown[0]) // max(1, len(shown) - 1)) if shown else 1
    before = [shown[0] - step * number for number in range(delay, 0, -1)] if shown else []
    return (before + shown)[: len(ticks)]


def _copied(
    film: InputContainer, others: dict[int, Any], begin: Fraction, end: Fraction | None
) -> Iterator[tuple[Fraction, int, Packet]]:
    """Give the packets of other streams, as they are; of those within a span, moved to its start.

    Args:
        film: where they are read.
        others: their new streams.
        begin: seconds of the span.
        end: seconds; None takes all.
    """
    if not others:
        return
    latest = Fraction(0)
    for packet in film.demux(*(film.streams[number] for number in others)):
        # The muxer itself fills gaps between lines of mov_text, with lines of no length.
        if not packet.size or (packet.stream.type == "subtitle" and bytes(packet) == _NO_TEXT):
            continue
        base = packet.time_base
        at = packet.dts if packet.dts is not None else packet.pts
        if at is None:
            continue
        seconds = at * base
        if end is not None and not begin <= seconds < end:
            continue
        shift = 0 if end is None else round(begin / base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = others[packet.stream_index]
        latest = max(latest, seconds - (0 if end is None else begin))
        yield latest, 1, packet


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    """Choose what of a stream's tags still holds."""
    return {
        name: value
        for name, value in metadata.items()
        if name.lower() not in _OF_THE_STREAM and not name.lower().startswith(_STATISTICS)
    }
