"""What ``colorize photo`` refuses, and how it says so."""

import subprocess
import sys

import pytest
import skimage.data
from PIL import Image

GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))


def test_a_pipe_without_a_photo_is_an_error_with_nothing_on_standard_output(lite_weights):
    line = [sys.executable, "-m", "colorize_core.cli.app", "photo", "-"]
    line += ["--model", str(lite_weights)]
    done = subprocess.run(line, input=b"no photo", capture_output=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"not a photograph" in done.stderr


def test_an_output_that_disagrees_with_the_format_is_refused(colorize, tmp_path):
    GREY.save(tmp_path / "photo.png")
    result = colorize("photo.png", "-o", "out.jpg", "--format", "webp")
    assert result.returncode == 2
    assert "out.jpg is not the name of a webp file" in result.stderr
    assert colorize("photo.png", "--format", "xcf").returncode == 2


def test_a_missing_photo_is_named(colorize):
    result = colorize("absent.jpg")
    assert result.returncode == 1
    assert "Error: absent.jpg: No such file or directory" in result.stderr


def test_a_folder_without_photos_is_named(colorize, tmp_path):
    (tmp_path / "empty").mkdir()
    result = colorize("empty")
    assert result.returncode == 1
    assert result.stderr.strip() == "Error: no photographs in empty"


def test_a_hint_outside_the_photo_is_named(colorize, tmp_path):
    GREY.save(tmp_path / "photo.png")
    (tmp_path / "hints.json").write_text('[{"x": 400, "y": 30, "color": "#ff0000"}]')
    result = colorize("photo.png", "--hints", "hints.json")
    assert result.returncode == 1
    assert "photo.png: the hint at (400, 30) is outside the photo" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--temperature", "0"], "temperature"),
        (["--saturation", "9"], "saturation"),
        (["--device", "abacus"], "device 'abacus' cannot be used here"),
        (["--hints", "absent.json"], "absent.json"),
    ],
)
def test_options_that_make_no_sense_are_named(colorize, tmp_path, arguments, said):
    GREY.save(tmp_path / "photo.png")
    result = colorize("photo.png", *arguments)
    assert result.returncode != 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["photo.png"]


def test_a_model_that_is_unknown_brings_the_list_of_those_there_are(tmp_path):
    GREY.save(tmp_path / "photo.png")
    line = [sys.executable, "-m", "colorize_core.cli.app", "photo", "photo.png", "-m", "liet"]
    result = subprocess.run(
        line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 1
    assert (
        result.stderr.strip()
        == "Error: no model named 'liet'; there are lite, eccv16, siggraph17, resnet"
    )


def test_camera_raw_is_refused_with_advice(colorize, tmp_path):
    (tmp_path / "photo.NEF").write_bytes(b"II*\0" + bytes(100))
    result = colorize("photo.NEF")
    assert result.returncode == 1
    assert "photo.NEF: camera raw is not read; develop it first" in result.stderr
