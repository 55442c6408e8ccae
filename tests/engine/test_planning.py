"""Where photographs go: names, numbers, and outputs that are no photos of their own."""

import os
from pathlib import Path

import pytest

from colorize_core.atomic import write_bytes
from colorize_core.engine.planning import Naming, plan_batch
from colorize_core.leftovers import temporary_beside
from colorize_core.photo import WRITABLE_SUFFIXES


@pytest.fixture
def album(tmp_path, monkeypatch):
    """Make empty files in the folder that the process works in."""
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).touch()
        return [Path(name) for name in names]

    return make


def targets(plan):
    return {str(task.source): str(task.target) for task in plan.tasks}


@pytest.mark.parametrize("output", ["Album v1.2", "out", "a.b.c", "1990.06"])
def test_what_has_no_suffix_of_a_picture_is_a_folder(album, output):
    plan = plan_batch(album("a.jpg"), Path(output))
    assert targets(plan) == {"a.jpg": f"{output}/a.jpg"}


@pytest.mark.parametrize("output", ["b.png", "b.JPG", "b.bmp", "b.nef"])
def test_what_has_a_suffix_of_a_picture_is_a_file(album, output):
    assert targets(plan_batch(album("a.jpg"), Path(output))) == {"a.jpg": output}


def test_a_folder_that_is_called_as_a_file_is_a_folder(album):
    Path("b.png").mkdir()
    assert targets(plan_batch(album("a.jpg"), Path("b.png"))) == {"a.jpg": "b.png/a.jpg"}


def test_outputs_beside_their_photos_are_not_colorized_again(album):
    plan = plan_batch(album("a.jpg", "a-colorized.jpg", "b-colorized.png"), None)
    assert targets(plan) == {
        "a.jpg": "a-colorized.jpg",
        "b-colorized.png": "b-colorized-colorized.png",  # of which there is no b
    }
    assert plan.own_outputs == [Path("a-colorized.jpg")]


def test_numbered_outputs_are_outputs_too(album):
    plan = plan_batch(album("a.bmp", "a.gif", "a-colorized.png", "a-colorized-2.png"), None)
    assert targets(plan) == {"a.bmp": "a-colorized.png", "a.gif": "a-colorized-2.png"}


def test_an_output_that_is_named_alone_is_colorized(album):
    album("a.jpg")
    plan = plan_batch(album("a-colorized.jpg"), None)
    assert targets(plan) == {"a-colorized.jpg": "a-colorized-colorized.jpg"}


def test_what_counts_as_an_output_follows_the_suffix(album):
    plan = plan_batch(album("a.jpg", "a-farbe.jpg", "a-colorized.jpg"), None, Naming("-farbe"))
    assert set(targets(plan)) == {"a.jpg", "a-colorized.jpg"}
    assert plan.own_outputs == [Path("a-farbe.jpg")]


def test_photos_of_one_name_are_numbered_and_the_real_png_keeps_its_own(album):
    album("in/a.bmp", "in/a.gif", "in/a.png", "in/a-2.png")
    plan = plan_batch([Path("in")], Path("out"))
    assert targets(plan) == {
        "in/a-2.png": "out/a-2.png",
        "in/a.bmp": "out/a-3.png",
        "in/a.gif": "out/a-4.png",
        "in/a.png": "out/a.png",
    }


def test_photos_of_one_name_in_two_folders_are_numbered(album):
    plan = plan_batch(album("x/a.jpg", "y/a.jpg"), Path("out"))
    assert targets(plan) == {"x/a.jpg": "out/a.jpg", "y/a.jpg": "out/a-2.jpg"}


def test_a_folder_that_is_to_be_written_over_itself_is_an_error(album):
    album("in/a.jpg")
    for output in ("in", "in/../in"):
        plan = plan_batch([Path("in")], Path(output))
        assert not plan.tasks
        (failed,) = plan.failed
        assert failed.error == "in: is also the folder to write to; choose another with -o"


def test_a_file_that_is_named_twice_is_done_once(album):
    sources = [*album("in/a.jpg"), Path("in/../in/a.jpg"), Path("in").resolve(), Path("in")]
    plan = plan_batch(sources, Path("out"))
    assert targets(plan) == {"in/a.jpg": "out/a.jpg"}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        *(("a.jfif", "a.jpg"), ("a.jpe", "a.jpg"), ("a.mpo", "a.jpg"), ("a.JPEG", "a.JPEG")),
        *(("a.bmp", "a.png"), ("a.dng", "a.png"), ("a", "a.png")),
        ("a.HIF", "a.heic"),
        ("a.avifs", "a.avif"),
    ],
)
def test_photos_are_written_in_their_own_kind_or_as_png(album, name, written):
    assert targets(plan_batch(album(name), Path("out"))) == {name: f"out/{written}"}


def test_all_is_written_in_the_format_that_is_asked_for(album):
    plan = plan_batch(album("a.jpg", "b.png"), None, Naming("-farbe", ".webp"))
    assert targets(plan) == {"a.jpg": "a-farbe.webp", "b.png": "b-farbe.webp"}


def test_a_name_as_long_as_can_be_gets_one_that_can_be_written(album):
    (source,) = album("ä" * 125 + ".jpg")
    (task,) = plan_batch([source], None).tasks
    assert task.target.name.endswith("ä-colorized.jpg")
    write_bytes(task.target, b"whole")


@pytest.mark.parametrize("length", [1, 40, 100, 250])
def test_a_temporary_name_is_no_longer_than_the_name_or_what_it_must_say(tmp_path, length):
    path = tmp_path / ("x" * length)
    with temporary_beside(path) as temporary:
        assert len(os.fsencode(temporary.name)) <= max(length, 55)


def test_other_names_of_jpeg_can_be_written():
    assert {".jfif", ".jpe"} <= WRITABLE_SUFFIXES
