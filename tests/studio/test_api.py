"""The studio as programs use it."""

from __future__ import annotations

import json
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from colorize_core import ColorizeOptions, Hint
from colorize_core.engine.distribution import distribution_at, plausible_colors
from colorize_core.photo import read_photo, write_photo


@pytest.fixture(scope="module")
def client(studio):
    return Client(studio.url, verbose=False)


def test_colorize_gives_the_engines_own_file(client, studio, grey_photo, tmp_path):
    hints = [{"x": 100, "y": 150, "color": "#1040d0", "radius": 8}]
    answer = client.predict(
        handle_file(grey_photo), temperature=0.5, hints=hints, suffix=".png", api_name="/colorize"
    )
    assert Path(answer).name == "Großmutter 1950-colorized.png"
    options = ColorizeOptions(temperature=0.5, hints=tuple(Hint(**hint) for hint in hints))
    made = studio.engines.colorizer("lite").colorize(read_photo(grey_photo), options)
    write_photo(made, tmp_path / "engine.png")
    assert Path(answer).read_bytes() == (tmp_path / "engine.png").read_bytes()


def test_warmth_and_a_closer_look_are_a_programs_too(client, studio, grey_photo, tmp_path):
    chosen = {"warmth": 0.4, "detail": True, "as_is": True, "size": 96}
    answer = client.predict(handle_file(grey_photo), suffix=".png", api_name="/colorize", **chosen)
    options = ColorizeOptions(**chosen)
    made = studio.engines.colorizer("lite").colorize(read_photo(grey_photo), options)
    write_photo(made, tmp_path / "engine.png")
    assert Path(answer).read_bytes() == (tmp_path / "engine.png").read_bytes()


def test_a_folder_has_a_white_balance_too(client, studio, grey_photo, tmp_path):
    _, archive = client.predict(
        [handle_file(grey_photo)], warmth=-0.5, suffix=".png", api_name="/folder"
    )
    colorizer = studio.engines.colorizer("lite")
    made = colorizer.colorize(read_photo(grey_photo), ColorizeOptions(warmth=-0.5))
    write_photo(made, tmp_path / "engine.png")
    content = zipfile.ZipFile(archive).read("Großmutter 1950-colorized.png")
    assert content == (tmp_path / "engine.png").read_bytes()


def test_palette_and_distribution_are_the_engines_own(client, studio, grey_photo):
    said = studio.engines.colorizer("lite").predict(read_photo(grey_photo))
    palette = client.predict(handle_file(grey_photo), x=100, y=150, api_name="/palette")
    assert [one["color"] for one in palette] == [
        one.color for one in plausible_colors(said, 100, 150, 3)
    ]
    distribution = client.predict(handle_file(grey_photo), x=100, y=150, api_name="/distribution")
    assert np.allclose(distribution, distribution_at(said, 100, 150), atol=1e-6)


def test_alternatives_come_at_full_size_and_differ(client, grey_photo):
    files = client.predict(handle_file(grey_photo), count=2, api_name="/alternatives")
    first, second = (np.asarray(Image.open(path), float) for path in files)
    assert first.shape == second.shape == (300, 450, 3)
    assert np.abs(first - second).mean() > 1


def test_uncertainty_and_temperatures_are_pictures(client, grey_photo):
    uncertain = client.predict(handle_file(grey_photo), api_name="/uncertainty")
    strip = client.predict(handle_file(grey_photo), api_name="/temperatures")
    assert Image.open(uncertain).size == (1024, 683)
    assert Image.open(strip).width > 7 * 200


def test_a_folder_tells_what_became_of_each(client, grey_photo, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG")
    states, archive = client.predict(
        [handle_file(grey_photo), handle_file(broken)], api_name="/folder"
    )
    assert [item["state"] for item in states] == ["done", "failed"]
    assert zipfile.ZipFile(archive).namelist() == ["Großmutter 1950-colorized.jpg"]


def test_errors_are_those_of_the_command_line(client, grey_photo):
    with pytest.raises(AppError, match=r"temperature must be above 0"):
        client.predict(handle_file(grey_photo), temperature=3, api_name="/colorize")
    with pytest.raises(AppError, match="no model named 'none' here; there are lite"):
        client.predict(handle_file(grey_photo), model="none", api_name="/colorize")


def test_health_says_what_goes_on(studio):
    with urllib.request.urlopen(f"{studio.url}health") as answer:
        state = json.load(answer)
    assert state["status"] == "ok"
    assert state["models"] == ["lite"]
    assert {"open", "waiting", "version"} <= set(state)
