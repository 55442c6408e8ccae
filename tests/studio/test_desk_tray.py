"""Trays of visitors: kept, handed on and put away as a whole, with little memory."""

from __future__ import annotations

import json

import pytest
from test_desk import visitor

from gradio_demo.desk import Desk
from gradio_demo.refusals import Refusal
from gradio_demo.settings import Settings


def test_photos_beside_the_open_one_keep_their_choices_and_little_else(desk, photo):
    first = desk.open(photo, visitor("a"))
    first.adjust(0.4, 1.3, 50.0)
    seen = first.prediction().output
    second = desk.add(photo, visitor("a"))
    third = desk.add(photo, visitor("a"))
    desk.show(visitor("a"), 2)
    assert desk.photo(visitor("a")) is third
    assert [one.is_aside for one in (first, second, third)] == [True, True, False]
    assert not first._answers
    desk.show(visitor("a"), 0)
    assert (first.options.saturation, first.percent) == (1.3, 50.0)
    assert (first.prediction().output == seen).all()
    assert [one.is_aside for one in (first, second, third)] == [False, True, True]


def test_a_full_tray_takes_no_more_and_says_so(engines, photo):
    desk = Desk(engines, Settings(most_in_tray=2, preview_pixels=2000))
    inside = desk.visits.new_folder("a") / "photo.png"
    inside.write_bytes(photo.read_bytes())
    for _ in range(2):
        desk.add(inside, visitor("a"))
    folders = set(desk.visits.folder.iterdir())
    with pytest.raises(Refusal, match=r"^The tray is full: it takes 2 photos"):
        desk.add(inside, visitor("a"))
    assert set(desk.visits.folder.iterdir()) == folders
    desk.clear()


def test_all_of_it_is_kept_handed_on_and_put_away_together(desk, photo):
    token = "7e" * 16
    desk.visits.begin("a", token)
    photos = [desk.add(photo, visitor("a")) for _ in range(2)]
    for one in photos:
        desk.visits._owned[one.folder].touched -= 60 * desk.settings.idle_minutes + 1
    desk.photo(visitor("a"))
    desk.put_away_old()
    desk.visits.begin("b", token)
    assert desk.tray(visitor("b")).photos == photos
    desk.visits.end("b")
    assert not any(one.folder.exists() for one in photos)
    assert len(desk) == 0


@pytest.mark.parametrize("number", [-1, 2, True, 0.0, None, "0"])
def test_there_is_no_such_photo(desk, photo, number):
    for _ in range(2):
        desk.add(photo, visitor("a"))
    for call in (desk.show, desk.take_out):
        with pytest.raises(Refusal, match="there is no photo"):
            call(visitor("a"), number)


def test_choices_are_the_same_after_they_were_written(desk, photo):
    first = desk.open(photo, visitor("a"))
    first.paint([{"color": "#c01020", "radius": 3, "points": [[10, 10], [20, 20]]}])
    first.adjust(0.4, 1.3, 50.0)
    first.choose_tones(True)
    first.choose_look(True, 96)
    first.mask([{"radius": 9, "points": [[40, 30], [60, 30]]}], keeps=True)
    first.pick(1)
    first.pick(2, beside=True)
    written = json.loads(json.dumps(first.written()))
    again = desk.add(photo, visitor("a"), choices=written)
    assert again.written() == written
    assert (again.prediction().picture() == first.prediction().picture()).all()


def test_choices_of_a_version_with_fewer_are_read(desk, photo):
    first = desk.open(photo, visitor("a"))
    first.pick(1)
    written = json.loads(json.dumps(first.written()))
    (written["picked"],) = written["picked"]
    for name in ("mask", "size", "detail", "warmth"):
        del written[name]
    again = desk.add(photo, visitor("a"), choices=written)
    assert again.written() == first.written()


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nothing"},
        {"percent": 0},
        {"temperature": -1},
        {"saturation": "much"},
        {"strokes": [{}]},
        {"strokes": 5},
        {"picked": {"ab": [1, 2], "share": 0.5, "region": [[2.0]]}},
        {"picked": {"ab": [1, 2], "share": 0.5, "region": [1.0]}},
        {"picked": {"ab": [float("nan"), 2], "share": 0.5, "region": [[1.0]]}},
        {"picked": {"ab": [1, 2], "share": 0.5, "region": [[1.0], [1.0, 0.5]]}},
        {"picked": {}},
        {"mask": {"strokes": [{}], "keeps": False}},
        {"mask": 5},
        {"size": 5},
        {"size": "much"},
    ],
)
def test_choices_that_make_no_sense_are_refused_and_leave_nothing(desk, photo, change):
    opened = desk.open(photo, visitor("a"))
    folders = set(desk.visits.folder.iterdir())
    with pytest.raises(ValueError, match=r"\w"):
        desk.add(photo, visitor("a"), choices=opened.written() | change)
    assert desk.tray(visitor("a")).photos == [opened]
    assert set(desk.visits.folder.iterdir()) == folders
