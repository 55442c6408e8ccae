"""The tab Film: a film in, its scenes, hints in one, the film in colour out."""

from __future__ import annotations

import json

import av
import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect
from visitor import changed, download, message, picture, set_slider, tab

FRAME = "#film-canvas .canvas-picture"
SCENE = "#film-scenes .choice >> nth=0 >> img"


@pytest.fixture
def film(tmp_path):
    """Two scenes of 30 frames, in grey."""
    path = tmp_path / "reel.mp4"
    photos = [skimage.data.astronaut()[..., 1], skimage.data.coffee()[..., 1]]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(60):
            photo, left = photos[number // 30], number % 30 * 2
            pixels = np.ascontiguousarray(photo[60:180, left + 100 : left + 260])
            frame = av.VideoFrame.from_ndarray(np.stack([pixels] * 3, -1), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def choose(page, path):
    tab(page, "Film")
    page.set_input_files("#film-file input[type=file]", path)


def opened(page, path):
    choose(page, path)
    page.wait_for_function(f"document.querySelector('{FRAME}')?.naturalWidth > 0")


def test_a_film_is_colorized_and_saved(page, film, tmp_path):
    opened(page, film)
    assert page.locator("#film-scenes .choice").count() == 2
    first = picture(page, FRAME)
    other = changed(page, FRAME, lambda: page.click("#film-scenes .choice >> nth=1"))
    assert abs(first.astype(int) - other).mean() > 10
    page.focus("#film-canvas .canvas-marks")
    painted = changed(page, FRAME, lambda: page.keyboard.press("Enter")).astype(int)
    assert abs(painted - other).max() > 20
    hints = json.loads(download(page, "#film-canvas [data-part=save]", tmp_path).read_text())
    assert [(one["frame"], one["x"], one["y"]) for one in hints] == [(30, 80, 60)]
    page.click("#film-canvas [data-tool=ask]")
    page.click("#film-canvas .canvas-marks")
    page.wait_for_selector("#film-canvas .swatch")
    page.click("#film-go")
    page.wait_for_selector("#film-save")
    saved = download(page, "#film-save", tmp_path)
    assert saved.name == "reel-colorized.mp4"
    with av.open(str(saved)) as out:
        frames = [one.to_ndarray(format="rgb24").astype(int) for one in out.decode(video=0)]
    assert len(frames) == 60
    middle = frames[30][55:65, 75:85].mean((0, 1))  # where the brush was, in its red
    assert middle[0] - middle[1] > 15


def test_a_film_gets_the_colors_of_a_photo(page, film, tmp_path):
    opened(page, film)
    plain, scene = picture(page, FRAME), page.locator(SCENE).get_attribute("src")
    other = tmp_path / "green.png"
    Image.fromarray(skimage.data.astronaut()[60:180, 100:260, [1, 0, 1]]).save(other)
    like = "#film-like input[type=file]"
    green = changed(page, FRAME, lambda: page.set_input_files(like, other))
    assert greenness(green) > greenness(plain) + 3
    expect(page.locator(SCENE)).not_to_have_attribute("src", scene)
    assert greenness(picture(page, SCENE)) > greenness(plain) + 3
    more = changed(page, FRAME, lambda: set_slider(page, "#film-likeness", 3.0))
    assert greenness(more) > greenness(green)
    page.click("#film-go")
    page.wait_for_selector("#film-save")
    with av.open(str(download(page, "#film-save", tmp_path))) as out:
        first = next(out.decode(video=0)).to_ndarray(format="rgb24")
    assert abs(greenness(first) - greenness(more)) < 5
    again = changed(page, FRAME, lambda: page.click("#film-likes .tray-out"))
    assert np.array_equal(again, plain)


def greenness(pixels) -> float:
    """How much greener than red and blue a picture is."""
    red, green, blue = pixels.reshape(-1, 3).mean(0)
    return float(green - (red + blue) / 2)


def test_what_is_no_film_is_refused_by_name(page, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("Dear diary\n" * 100)
    choose(page, path)
    assert message(page).startswith("notes.mp4: ")


def test_films_that_last_too_long_are_refused(start, visit, film):
    studio = start(film_seconds=2.0)
    page = visit(studio.url)
    choose(page, film)
    assert "lasts 4 seconds, more than the 2 of this studio" in message(page)
