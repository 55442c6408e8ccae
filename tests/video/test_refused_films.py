"""Files that are no films, or not whole, or not to be had: one line each, nothing written."""

import re
from fractions import Fraction

import av
import clips
import pytest
from PIL import Image

from colorize_core.cli.remedies import advised
from colorize_core.engine import Hint, HintError
from colorize_core.video import (
    FilmOptions,
    TimedHint,
    VideoError,
    colorize_video,
    packages,
    read_timed_hints,
)


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("Dear diary, today I saw a film.\n" * 50)


def picture(path):
    Image.fromarray(clips.PHOTO).save(path, "PNG")


def sound(path):
    with av.open(str(path), "w", format="mp4") as output:
        clips._add_sound(output, output.add_stream("aac", rate=48000), 0.5)


def hdr(path):
    tags = {"color_trc": 16, "color_primaries": 9, "colorspace": 9}
    clips.make(path, clips.pan(3), codec="libx264", settings=tags)


def broken_off(path):
    clips.make(path, clips.pan(100), codec="libx264", options={"crf": "5"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def playlist(path):
    clips.make(
        path.with_name("real.ts"), clips.pan(5), codec="libx264", time_base=Fraction(1, 90000)
    )
    path.write_text("#EXTM3U\n#EXTINF:1,\nreal.ts\n#EXT-X-ENDLIST\n")


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("film.mkv", None, "No such file"),
        ("film.mkv", empty, "is empty"),
        ("film.mp4", text, "film.mp4: "),
        ("film.txt", text, "film.txt: "),
        ("film.mp4", picture, "is not a film"),
        ("film.mp4", sound, "has no pictures, only audio"),
        ("film.mkv", hdr, "is in HDR, PQ"),
        ("film.mkv", broken_off, "breaks off after"),
        ("film.mp4", broken_off, "film.mp4: "),
        ("film.m3u8", playlist, "film.m3u8: "),
    ],
)
def test_what_cannot_be_colorized_is_refused(colorizer, tmp_path, name, make, says):
    if make:
        make(tmp_path / name)
    there = set(tmp_path.iterdir())
    with pytest.raises(VideoError) as raised:
        colorize_video(tmp_path / name, tmp_path / "out.mkv", colorizer=colorizer)
    assert says in str(raised.value)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)
    assert set(tmp_path.iterdir()) == there


def test_refusals_are_one_line_on_the_command_line(colorize, tmp_path):
    broken_off(tmp_path / "film.mkv")
    result = colorize("film.mkv")
    assert result.returncode == 1
    assert result.stdout == ""
    advice = "pass --damaged to take it as it is"
    expected = rf"Error: film.mkv: breaks off after \d\.\d of 4\.0 seconds; {advice}\n"
    assert re.fullmatch(expected, result.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mkv"]


def test_without_its_packages_it_says_which_are_needed(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="films need PyAV and OpenCV") as raised:
        packages.need_packages()
    assert advised(raised.value).endswith("pip install av opencv-python-headless adds them")


def test_a_damaged_film_is_taken_as_far_as_it_goes(colorizer, tmp_path):
    broken_off(tmp_path / "film.mkv")
    out = tmp_path / "out.mkv"
    made = colorize_video(
        tmp_path / "film.mkv", out, film=FilmOptions(damaged=True), colorizer=colorizer
    )
    assert 20 < made.frames < 80
    assert len(clips.lumas(out)) == made.frames


HINT = Hint(10, 10, "red")


@pytest.mark.parametrize(
    ("out", "options", "says"),
    [
        ("out.avi", {}, "films are written as"),
        ("out.mkv", {"encoder": "theora"}, "no encoder 'theora'"),
        ("out.mkv", {"encoder": "aac"}, "encodes no pictures"),
        ("out.mkv", {"encoder": "h264_nvenc"}, "does not work here"),
        ("out.mp4", {"encoder": "prores"}, "mp4 cannot hold"),
        ("out.mkv", {"begin": 120.0}, "has no picture in that time"),
        ("film.mkv", {"overwrite": True}, "is the film itself"),
        ("there.mkv", {}, "there.mkv: exists"),
        ("out.mkv", {"hints": (TimedHint(HINT, 60.0),)}, "after the film's end"),
        ("out.mkv", {"hints": (TimedHint(HINT, None, 7),)}, "there is no frame 7"),
        ("out.mkv", {"hints": (TimedHint(Hint(500, 10, "red"), 0.0),)}, "outside the film"),
    ],
)
def test_what_makes_no_sense_is_refused(colorizer, tmp_path, out, options, says):
    clips.make(tmp_path / "film.mkv", clips.pan(5))
    (tmp_path / "there.mkv").write_text("mine")
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=says):
        colorize_video(
            tmp_path / "film.mkv", tmp_path / out, film=FilmOptions(**options), colorizer=colorizer
        )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == there


@pytest.mark.parametrize(
    "values",
    [{"every": 0}, {"every": 13}, {"steady": 1.0}, {"deinterlace": "yes"}, {"begin": 2, "end": 1}],
)
def test_options_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=r"must be|is not after"):
        FilmOptions(**values)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[", "holds no hints"),
        ("{}", "expected a list"),
        ('[{"x": 1, "y": 1, "color": "red"}]', "hint 1: expected x, y, color and either time or"),
        ('[{"x": 1, "y": 1, "color": "red", "frame": -1}]', "hint 1: a frame must be"),
        ('[{"x": 1, "y": 1, "color": "red", "time": "soon"}]', "hint 1: a time must look like"),
    ],
)
def test_files_without_hints_are_refused(tmp_path, content, says):
    (tmp_path / "scene.json").write_text(content)
    with pytest.raises(HintError, match=says):
        read_timed_hints(tmp_path / "scene.json")
