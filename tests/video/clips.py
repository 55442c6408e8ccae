"""Small films, made by PyAV, and what is in films that were written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import skimage.data
from av.packet import Packet

PHOTO = skimage.data.astronaut()
SUBTITLES = "1\n00:00:00,100 --> 00:00:00,300\nHello\n\n2\n00:00:00,400 --> 00:00:00,600\nthere\n"


def pan(count: int, size: tuple[int, int] = (64, 96), step: int = 2, at: int = 0) -> list[Any]:
    """Luma of a camera that moves over a photograph, uint8 ``(H, W)`` a frame."""
    grey = PHOTO[..., 1][at : at + 2 * size[0] : 2]
    return [np.ascontiguousarray(grey[:, n * step : n * step + size[1]]) for n in range(count)]


def make(
    path: Path,
    frames: Sequence[np.ndarray],
    codec: str = "ffv1",
    form: str = "yuv420p",
    times: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    rate: int = 25,
    settings: dict[str, Any] | None = None,
    rotation: int = 0,
    sound: str | None = None,
    subtitles: str | None = None,
    attachment: bytes | None = None,
    chapters: Sequence[tuple[int, int, str]] = (),
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film of luma alone, with grey chroma; whatever else is asked for goes beside it."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=rate, options=options or {})
        height, width = frames[0].shape
        stream.width, stream.height, stream.pix_fmt = width, height, form
        stream.time_base = stream.codec_context.time_base = time_base
        stream.thread_count = 1
        for name, value in (settings or {}).items():
            setattr(stream.codec_context, name, value)
            if name == "sample_aspect_ratio":
                stream.sample_aspect_ratio = value
        if rotation:
            stream.set_display_rotation(rotation)
        audio = output.add_stream(sound, rate=48000) if sound else None
        texts: Any = None
        if subtitles == "mov_text":
            texts = output.add_mux_stream("mov_text", time_base=Fraction(1, 1000))
        elif subtitles:
            srt = path.with_suffix(".srt")
            srt.write_text(SUBTITLES)
            texts = av.open(str(srt))
            copied = output.add_stream_from_template(texts.streams.subtitles[0])
            copied.metadata["language"] = "ger"
        if attachment:
            output.add_attachment("font.ttf", "font/ttf", attachment)
        output.metadata.update(metadata or {})
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": begin,
                    "end": end,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for number, (begin, end, title) in enumerate(chapters, 1)
            ]
        )
        lasting = round(1 / (rate * time_base))
        for number, luma in enumerate(frames):
            frame = _frame(luma, form)
            frame.pts = times[number] if times else number * lasting
            frame.time_base = time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if audio is not None:
            _add_sound(output, audio, len(frames) / rate)
        if subtitles == "mov_text":
            for at, text in ((100, b"Hello"), (400, b"there")):
                packet = Packet(len(text).to_bytes(2, "big") + text)
                packet.stream, packet.time_base = texts, Fraction(1, 1000)
                packet.pts = packet.dts = at
                packet.duration = 200
                output.mux(packet)
        elif texts is not None:
            for packet in texts.demux():
                if packet.size:
                    packet.stream = copied
                    output.mux(packet)
            texts.close()
    return path


def _frame(luma: np.ndarray, form: str) -> av.VideoFrame:
    height, width = luma.shape
    frame = av.VideoFrame(width, height, form)
    bits = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    for number, plane in enumerate(frame.planes):
        rows = np.frombuffer(memoryview(plane), kind)
        rows = rows.reshape(plane.height, -1)[:, : plane.width]
        rows[:] = 128 << (bits - 8) if number else luma
    return frame


def _add_sound(output: Any, audio: Any, seconds: float) -> None:
    size = audio.codec_context.frame_size or 1024
    form = audio.codec_context.format.name
    for number in range(int(48000 * seconds / size) + 1):
        phase = (np.arange(size) + number * size) * (2 * np.pi * 440 / 48000)
        wave = np.stack([0.3 * np.sin(phase)] * 2)
        if form.startswith("s16"):
            wave = (wave * 32767).astype(np.int16)
        else:
            wave = wave.astype(np.float32)
        if not form.endswith("p"):
            wave = wave.T.reshape(1, -1)
        sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave), form, "stereo")
        sound.sample_rate, sound.pts = 48000, number * size
        output.mux(audio.encode(sound))
    output.mux(audio.encode(None))


def lumas(path: Path) -> list[np.ndarray]:
    """Y' of each frame."""
    found = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            own = frame.planes[0]
            deep = frame.format.components[0].bits > 8
            rows = np.frombuffer(memoryview(own), np.uint16 if deep else np.uint8)
            found.append(rows.reshape(own.height, -1)[:, : own.width].copy())
    return found


def times(path: Path) -> list[Fraction]:
    """Seconds of each frame, exactly."""
    with av.open(str(path)) as film:
        return [frame.pts * frame.time_base for frame in film.decode(video=0)]


def pictures(path: Path) -> list[np.ndarray]:
    """Frames as sRGB, uint8 ``(H, W, 3)``."""
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def chroma(path: Path) -> list[np.ndarray]:
    """Mean Cb and Cr of each frame, from 0 where there is no colour, at 8 bits."""
    found = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            middle = []
            for own in frame.planes[1:]:
                rows = np.frombuffer(memoryview(own), np.uint8).reshape(own.height, -1)
                middle.append(float(rows[:, : own.width].mean()) - 128)
            found.append(np.array(middle))
    return found


def packets(path: Path, kind: str) -> list[tuple[Fraction, str]]:
    """Time and hash of each packet of the streams of a kind."""
    with av.open(str(path)) as film:
        chosen = [one for one in film.streams if one.type == kind]
        return [
            (one.pts * one.time_base, hashlib.sha256(bytes(one)).hexdigest())
            for one in film.demux(*chosen)
            if one.size
        ]
