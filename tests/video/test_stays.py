"""What is in a film stays: luma, times, sound, subtitles, tags; only colours are new."""

from fractions import Fraction
from itertools import pairwise

import av
import clips
import numpy as np
import pytest

from colorize_core.video import FilmOptions, colorize_video

UNEVEN = [0, 40, 95, 120, 200, 233, 300, 341]
LOSSLESS = FilmOptions(encoder="ffv1")
TAGS = {"color_primaries": 5, "color_trc": 6, "colorspace": 5, "color_range": 1}


def colors_in(path):
    return max(np.abs(one).max() for one in clips.chroma(path))


@pytest.mark.parametrize("bits", [8, 10])
def test_luma_is_equal_in_every_frame(tmp_path, colorizer, bits):
    frames = clips.pan(6)
    if bits == 10:
        frames = [one.astype(np.uint16) * 4 + n % 4 for n, one in enumerate(frames)]
    form = "yuv420p" if bits == 8 else "yuv420p10le"
    film = clips.make(tmp_path / "film.mkv", frames, form=form)
    colorize_video(film, tmp_path / "out.mkv", film=LOSSLESS, colorizer=colorizer)
    written = clips.lumas(tmp_path / "out.mkv")
    assert len(written) == 6
    for before, after in zip(frames, written, strict=True):
        np.testing.assert_array_equal(before, after)
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert out.streams.video[0].codec_context.pix_fmt == form


@pytest.mark.parametrize("form", ["gray", "gray10le", "yuv444p", "yuv422p10le", "yuv411p", "nv12"])
def test_luma_is_equal_in_other_formats(tmp_path, colorizer, form):
    frames = clips.pan(2)
    if "10" in form:
        frames = [one.astype(np.uint16) * 4 + 1 for one in frames]
    codec = "rawvideo" if form in ("nv12", "yuv411p") else "ffv1"
    film = clips.make(tmp_path / "film.mkv", frames, codec=codec, form=form)
    colorize_video(film, tmp_path / "out.mkv", film=LOSSLESS, colorizer=colorizer)
    for before, after in zip(frames, clips.lumas(tmp_path / "out.mkv"), strict=True):
        np.testing.assert_array_equal(before, after)
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert len(out.streams.video[0].format.components) == 3


def test_prores_holds_eight_bits_times_four(tmp_path, colorizer):
    film = clips.make(tmp_path / "film.mkv", clips.pan(2))
    colorize_video(
        film, tmp_path / "out.mov", film=FilmOptions(encoder="prores"), colorizer=colorizer
    )
    after = clips.lumas(tmp_path / "out.mov")[0].astype(int)
    assert abs(after - 4 * clips.pan(1)[0].astype(int)).mean() < 8.0


def test_deep_pictures_are_rounded_to_what_an_encoder_holds(tmp_path, colorizer):
    frames = [one.astype(np.uint16) * 16 + 9 for one in clips.pan(2)]
    film = clips.make(tmp_path / "film.mkv", frames, form="yuv420p12le")
    colorize_video(film, tmp_path / "out.mp4", film=FilmOptions(quality=1), colorizer=colorizer)
    after = clips.lumas(tmp_path / "out.mp4")[0].astype(int)
    assert abs(after - frames[0] / 4).mean() < 2


def test_luma_of_rgb_is_that_of_its_matrix(tmp_path, colorizer):
    film = tmp_path / "film.mov"
    with av.open(str(film), "w") as output:
        stream = output.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb24"
        frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), (255, 0, 0), np.uint8), "rgb24")
        output.mux([*stream.encode(frame), *stream.encode(None)])
    colorize_video(film, tmp_path / "out.mkv", film=LOSSLESS, colorizer=colorizer)
    assert np.unique(clips.lumas(tmp_path / "out.mkv")[0]).tolist() == [round(16 + 219 * 0.299)]


def test_x265_says_nothing_of_its_own(tmp_path, colorizer, capfd):
    film = clips.make(tmp_path / "film.mkv", clips.pan(2))
    colorize_video(
        film, tmp_path / "out.mp4", film=FilmOptions(encoder="x265"), colorizer=colorizer
    )
    assert abs(clips.lumas(tmp_path / "out.mp4")[0].astype(int) - clips.pan(1)[0]).mean() < 4
    assert capfd.readouterr().err == ""


def test_films_of_odd_size_are_encoded(tmp_path, colorizer):
    frames = clips.pan(2, (63, 95))
    film = clips.make(tmp_path / "film.mkv", frames, form="yuv444p")
    colorize_video(film, tmp_path / "out.mkv", colorizer=colorizer)
    assert clips.lumas(tmp_path / "out.mkv")[0].shape == (63, 95)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_uneven_times_are_kept(tmp_path, colorizer, suffix):
    film = clips.make(
        tmp_path / f"film{suffix}", clips.pan(8), codec="libx264", times=UNEVEN, options={"bf": "2"}
    )
    out = tmp_path / f"out{suffix}"
    colorize_video(film, out, colorizer=colorizer)
    assert clips.times(out) == clips.times(film)
    assert [float(one) for one in clips.times(film)] == [one / 1000 for one in UNEVEN]


@pytest.mark.parametrize(
    ("suffix", "sound", "subtitles"),
    [(".mkv", "flac", "subrip"), (".mp4", "aac", "mov_text"), (".mov", "aac", "mov_text")],
)
def test_all_beside_the_pictures_is_kept(tmp_path, colorizer, suffix, sound, subtitles):
    film = clips.make(
        tmp_path / f"film{suffix}",
        clips.pan(16),
        codec="libx264",
        sound=sound,
        subtitles=subtitles,
        attachment=b"a font" if suffix == ".mkv" else None,
        chapters=[(0, 300, "Arrival"), (300, 640, "Tea")],
        metadata={"title": "On the lawn"},
        settings={"sample_aspect_ratio": Fraction(16, 11), **TAGS},
        rotation=90,
    )
    out = tmp_path / f"out{suffix}"
    colorize_video(film, out, colorizer=colorizer)
    for kind in ("audio", "subtitle"):
        assert clips.packets(film, kind)
        assert clips.packets(out, kind) == clips.packets(film, kind)
    with av.open(str(film)) as before, av.open(str(out)) as after:
        said = {name.lower(): value for name, value in after.metadata.items()}
        assert said["title"] == "On the lawn"
        assert "made up" in said["comment"]
        titles = [
            (
                float(one["start"] * one["time_base"]),
                float(one["end"] * one["time_base"]),
                one["metadata"]["title"],
            )
            for one in after.chapters()
        ]
        assert titles == [(0.0, 0.3, "Arrival"), (0.3, 0.64, "Tea")]
        attached = [one.data for one in after.streams.attachments]
        assert attached == ([b"a font"] if suffix == ".mkv" else [])
        languages = [one.language for one in before.streams]
        assert [one.language for one in after.streams] == languages
        assert after.streams.video[0].sample_aspect_ratio == Fraction(16, 11)
        first, new = next(before.decode(video=0)), next(after.decode(video=0))
        for name in TAGS:
            assert int(getattr(new, name)) == int(getattr(first, name)) == TAGS[name]
        assert new.rotation == first.rotation == 90
    assert colors_in(out) > 1


def test_what_a_container_cannot_hold_is_said(tmp_path, colorizer):
    film = clips.make(tmp_path / "film.mkv", clips.pan(3), subtitles="subrip", attachment=b"a font")
    made = colorize_video(film, tmp_path / "out.mp4", colorizer=colorizer)
    assert len(made.remarks) == 2
    assert "subtitle" in made.remarks[0]
    assert "attachment" in made.remarks[1]


def test_a_part_begins_at_nought_with_its_sound(tmp_path, colorizer):
    film = clips.make(
        tmp_path / "film.mkv",
        clips.pan(20),
        sound="flac",
        chapters=[(0, 400, "One"), (400, 800, "Two")],
    )
    part = FilmOptions(encoder="ffv1", begin=0.2, end=0.6)
    colorize_video(film, tmp_path / "out.mkv", film=part, colorizer=colorizer)
    assert clips.times(tmp_path / "out.mkv") == [Fraction(n, 25) for n in range(10)]
    np.testing.assert_array_equal(clips.lumas(tmp_path / "out.mkv")[0], clips.pan(6)[5])
    sound = [at for at, _ in clips.packets(tmp_path / "out.mkv", "audio")]
    assert 0 <= sound[0] < 0.1
    assert 0.3 < sound[-1] < 0.4
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert [(one["start"] * one["time_base"]) for one in out.chapters()] == [0, Fraction(1, 5)]


def test_interlaced_films_are_taken_apart(tmp_path, colorizer):
    frames = clips.pan(6, step=6)
    woven = [frames[0]] + [
        np.where(np.arange(64)[:, None] % 2, later, earlier) for earlier, later in pairwise(frames)
    ]
    options = {"x264-params": "tff=1"}
    film = clips.make(tmp_path / "film.mkv", woven, codec="libx264", options=options)
    for way in ("auto", "no"):
        chosen = FilmOptions(encoder="ffv1", deinterlace=way)
        colorize_video(film, tmp_path / f"{way}.mkv", film=chosen, colorizer=colorizer)

    def combs(path):
        luma = clips.lumas(path)[3].astype(int)
        return abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2).mean()

    assert combs(tmp_path / "auto.mkv") < 0.7 * combs(tmp_path / "no.mkv")
    assert clips.times(tmp_path / "auto.mkv") == clips.times(film)
