"""A sheet with one frame of each scene, in colour, before anybody waits for hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import torch
from PIL import Image, ImageDraw

from colorize_core.atomic import replacing
from colorize_core.engine import ColorizeOptions, Colorizer, Hint
from colorize_core.engine.rendering import Form, painter
from colorize_core.photo import WRITABLE_SUFFIXES
from colorize_core.video.chroma import resized
from colorize_core.video.direction import hints_of_film, span_of
from colorize_core.video.errors import VideoError
from colorize_core.video.eye import Eye, as_picture
from colorize_core.video.flow import step_between
from colorize_core.video.frames import Picture, pictures
from colorize_core.video.options import FilmOptions
from colorize_core.video.planes import lightness_table, luma_of
from colorize_core.video.source import Source, examined, opened
from colorize_core.video.watching import CUT

_TILE = 320  # pixels wide
_MOST = 60  # tiles
_LABEL = 16  # pixels high
_APART = 1.0  # seconds between frames that are looked at, at least


def write_preview(
    path: Path,
    sheet: Path,
    options: ColorizeOptions,
    film: FilmOptions,
    colorizer: Colorizer,
) -> int:
    """Write a picture with one frame of each scene, in colour, and its time.

    Scenes are told apart at key frames alone, which takes seconds where a film takes hours. Of more
    than sixty, sixty are shown. Frames with hints are among them.

    Args:
        path: of the film.
        sheet: picture to write.
        options: how frames are colorized.
        film: how the film is gone about.
        colorizer: the network.

    Returns:
        How many frames it shows.

    Raises:
        VideoError: the film cannot be read, or there is no such kind of picture.
    """
    if sheet.suffix.lower() not in WRITABLE_SUFFIXES:
        raise VideoError(f"{sheet}: is not the name of a picture, such as sheet.png")
    source = examined(path, film.damaged)
    span = span_of(source, film)
    eye = Eye(colorizer, options, source.shape, source.scale)
    hints = hints_of_film(source, eye, film, span)
    begun = list(scenes_of(source, eye, span))
    hinted = {one.ticks(source) for one in film.hints}
    frames = {one.ticks: one for one in begun[:: max(1, -(-len(begun) // _MOST))]}
    for ticks in sorted(hinted):
        found = next(pictures(source, ticks - 1, None, film.deinterlace == "auto"), None)
        if found is not None:
            frames[found.ticks] = found
    if not frames:
        raise VideoError(f"{path}: no picture can be decoded in that time")
    tiles = []
    for ticks, frame in sorted(frames.items()):
        pixels = small_picture(frame, source, eye, hints.get(ticks, ()))
        tiles.append((Image.fromarray(pixels), clock(source.seconds(ticks))))
    page = _page(tiles)
    with replacing(sheet) as temporary:
        page.save(temporary, Image.registered_extensions()[sheet.suffix.lower()])
    return len(tiles)


def scenes_of(source: Source, eye: Eye, span: tuple[int, int]) -> Iterator[Picture]:
    """Give the first key frame of each scene.

    Args:
        source: the film.
        eye: how its frames are seen.
        span: ticks of the first frame, and after the last.
    """
    before: np.ndarray | None = None
    for frame in _key_frames(source, span):
        picture = as_picture(eye.lightness(frame.luma))
        if before is None or step_between(before, picture, eye.cells).trust < CUT:
            yield frame
        before = picture


def _key_frames(source: Source, span: tuple[int, int]) -> Iterator[Picture]:
    """Decode the first frame, and the key frames after it, some time apart."""
    yield from _first(pictures(source, span[0] - 1, span[1]))
    apart = round(_APART / source.time_base)
    last = span[0]
    with opened(source.path) as container:
        stream: Any = container.streams[source.stream]
        for packet in container.demux(stream):
            ticks = packet.pts
            if not packet.is_keyframe or ticks is None or not last + apart <= ticks < span[1]:
                continue
            last = ticks
            try:
                frames = [*packet.decode(), *stream.codec_context.decode(None)]
            except av.error.FFmpegError:
                continue
            finally:
                stream.codec_context.flush_buffers()
            for frame in frames[:1]:
                if (frame.height, frame.width) == source.shape.size:
                    yield Picture(ticks, 0, luma_of(frame, source.scale))


def _first(frames: Iterator[Picture]) -> Iterator[Picture]:
    for frame in frames:
        yield frame
        return


def small_picture(
    frame: Picture, source: Source, eye: Eye, hints: Sequence[Hint] = (), across: int = _TILE
) -> np.ndarray:
    """Colorize a frame for itself, small.

    Args:
        frame: of the film.
        source: the film.
        eye: how its frames are seen.
        hints: known colours, in pixels of the film as shown.
        across: pixels of the picture's width.

    Returns:
        sRGB, uint8 ``(H, across, 3)``, upright.
    """
    ab = eye.look(eye.lightness(frame.luma), hints)
    height, width = source.shape.shown
    size = max(1, round(height * across / width)), across
    as_stored = size[::-1] if source.shape.turns % 2 else size
    light = lightness_table(source.scale)[resized(frame.luma, as_stored)]
    lightness = source.shape.upright(light)
    rgb = np.empty((*size, 3), np.uint8)
    maps = torch.from_numpy(ab.transpose(2, 0, 1).copy())[None]
    painter(maps, lightness, Form.RGB)(slice(0, size[0]), rgb)
    return rgb


def _page(tiles: list[tuple[Image.Image, str]]) -> Image.Image:
    """Lay tiles out in rows."""
    across = min(len(tiles), max(1, round(len(tiles) ** 0.5)))
    height = max(tile.height for tile, _ in tiles) + _LABEL
    page = Image.new("RGB", (across * _TILE, -(-len(tiles) // across) * height), "black")
    draw = ImageDraw.Draw(page)
    for number, (tile, label) in enumerate(tiles):
        left, top = number % across * _TILE, number // across * height
        page.paste(tile, (left, top))
        draw.text((left + 4, top + tile.height + 2), label, fill="white")
    return page


def clock(seconds: float) -> str:
    """Write a time as people do, ``H:MM:SS.ss``."""
    minutes, rest = divmod(seconds, 60.0)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:05.2f}"
