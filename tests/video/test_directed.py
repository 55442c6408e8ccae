"""Direction: hints that follow what moves, colours of another photo, a sheet to look at first."""

import json

import av
import clips
import numpy as np
import pytest
from PIL import Image

from colorize_core.engine import ColorizeOptions, Hint
from colorize_core.video import FilmOptions, TimedHint, colorize_video, direction
from colorize_core.video.direction import hints_of_film, span_of
from colorize_core.video.eye import Eye
from colorize_core.video.hints import read_timed_hints, seconds_of
from colorize_core.video.source import examined


@pytest.fixture
def film(tmp_path):
    """A pan of 12 frames, 2 pixels a frame, between two other scenes of 4."""
    frames = clips.pan(4, at=300) + clips.pan(12) + clips.pan(4, at=350)
    return clips.make(tmp_path / "film.mkv", frames)


def followed(path, colorizer, *hints):
    source = examined(path)
    eye = Eye(colorizer, ColorizeOptions(), source.shape, source.scale)
    options = FilmOptions(hints=hints)
    found = hints_of_film(source, eye, options, span_of(source, options))
    return {source.times.index(ticks): one for ticks, one in found.items()}


def test_hints_follow_what_moves_to_both_sides_and_end_with_the_scene(film, colorizer):
    hint = TimedHint(Hint(50, 30, "#cc2222"), frame=9)
    found = followed(film, colorizer, hint)
    assert sorted(found) == list(range(4, 16))
    for number, hints in found.items():
        assert hints[0].x == pytest.approx(50 - 2 * (number - 9), abs=1.5)
        assert hints[0].y == pytest.approx(30, abs=1.5)


def test_hints_far_apart_are_followed_without_what_lies_between(film, colorizer, monkeypatch):
    monkeypatch.setattr(direction, "BACKWARDS", 3)
    decoded = []
    real = direction.pictures

    def counted(*arguments):
        for frame in real(*arguments):
            decoded.append(frame.ticks // 40)
            yield frame

    monkeypatch.setattr(direction, "pictures", counted)
    hints = [TimedHint(Hint(50, 30, "#cc2222"), frame=number) for number in (1, 18)]
    assert sorted(followed(film, colorizer, *hints)) == [0, 1, 2, 3, 16, 17, 18, 19]
    assert not {6, 8, 10, 12, 14} & set(decoded)


def test_hints_that_leave_the_picture_are_gone(film, colorizer):
    found = followed(film, colorizer, TimedHint(Hint(4, 30, "#cc2222"), seconds=0.16))
    assert sorted(found)[0] == 4
    assert sorted(found)[-1] < 9


def test_hints_at_a_time_belong_to_the_frame_that_is_shown_then(film, colorizer):
    found = followed(film, colorizer, TimedHint(Hint(50, 30, "#cc2222"), seconds=0.19))
    assert found[4][0].x == pytest.approx(50)


def test_a_hinted_thing_keeps_its_colour_to_the_end_of_the_scene(film, tmp_path):
    hint = {"time": "0:0.24", "x": 50, "y": 30, "color": "#2040ff", "radius": 12}
    (tmp_path / "scene.json").write_text(json.dumps([hint]))
    hints = read_timed_hints(tmp_path / "scene.json")
    out = tmp_path / "out.mkv"
    colorize_video(film, out, film=FilmOptions(encoder="ffv1", hints=hints))
    pictures = [one.astype(int) for one in clips.pictures(out)]
    bluer = []
    for number in range(4, 16):
        x = 50 - 2 * (number - 6)
        place = pictures[number][26:34, x - 4 : x + 4].mean((0, 1))
        bluer.append(place[2] - place[0])
    assert min(bluer) > 20
    other = pictures[17][26:34, 46:54].mean((0, 1))
    assert other[2] - other[0] < 20


def test_colours_are_copied_from_a_photo_that_is_like_it(tmp_path):
    grey = clips.pan(6)
    film = clips.make(tmp_path / "film.mkv", grey)
    colors = np.stack((grey[0] // 4, grey[0] // 2, grey[0]), -1)  # the same in blue
    Image.fromarray(colors).save(tmp_path / "blue.png")
    like = ColorizeOptions(like=[tmp_path / "blue.png"], likeness=10)
    colorize_video(film, tmp_path / "like.mkv", like, FilmOptions(encoder="ffv1"))
    colorize_video(film, tmp_path / "plain.mkv", None, FilmOptions(encoder="ffv1"))
    blue = [np.mean(clips.chroma(tmp_path / f"{name}.mkv"), 0)[0] for name in ("like", "plain")]
    assert blue[0] > blue[1] + 3


def test_a_sheet_shows_a_frame_of_each_scene(colorize, film, tmp_path):
    result = colorize(film, "--preview", "sheet.png")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("sheet.png: ")
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert abs(pixels[..., 0] - pixels[..., 2]).max() > 20
    assert not (tmp_path / "film-colorized.mkv").exists()


def test_a_film_goes_beside_itself_and_says_how_long_it_took(colorize, film, tmp_path):
    result = colorize(film, "--codec", "ffv1", "--every", "2")
    assert result.returncode == 0, result.stderr
    assert "film-colorized.mkv: 20 frames, in " in result.stdout
    assert len(clips.lumas(tmp_path / "film-colorized.mkv")) == 20


def test_nothing_is_said_of_made_up_colours_where_that_is_not_wanted(colorizer, film, tmp_path):
    silent = FilmOptions(provenance=False)
    colorize_video(film, tmp_path / "out.mkv", film=silent, colorizer=colorizer)
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert "comment" not in {name.lower() for name in out.metadata}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12.5", 12.5), (12.5, 12.5), ("1:30", 90), ("1:02:03.5", 3723.5), (0, 0)],
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:2:3:4", "nan", True])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="a time must look like"):
        seconds_of(text)
