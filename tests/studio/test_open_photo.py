"""What was chosen for a photo stays true, whatever is chosen after it."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core.engine.alternatives import alternatives
from gradio_demo.desk import Desk
from gradio_demo.engines import Engines
from gradio_demo.masking import Masking
from gradio_demo.refusals import Refusal
from gradio_demo.rendering import rendered
from gradio_demo.settings import Settings
from gradio_demo.strokes import hints_of_strokes

VISITOR = SimpleNamespace(session_hash="a")
RED = {"color": "#c01020", "radius": 6, "points": [[20, 30], [30, 30]]}
HERE = {"radius": 12, "points": [[20, 30], [50, 30]]}
BLUE = {"color": "#1040d0", "radius": 6, "points": [[60, 20]]}
CAT = Path(skimage.data.__file__).with_name("chelsea.png")
GREY = CAT.with_name("camera.png")


@pytest.fixture(scope="module")
def engines(lite_weights, regression_weights, tmp_path_factory) -> Engines:
    """Two models with classes and hints, and one that regresses ab."""
    torch.manual_seed(5)
    other = shutil.copy(lite_weights, tmp_path_factory.mktemp("other") / "other.safetensors")
    return Engines([str(lite_weights), str(other), str(regression_weights)], "cpu")


@pytest.fixture
def desk(engines):
    desk = Desk(engines, Settings(preview_pixels=2000))
    yield desk
    desk.clear()


@pytest.fixture
def photo(desk):
    """An open photo with two shades in it, some alternatives of which were looked at."""
    path = desk.visits.new_folder(None) / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 90, (60, 80), np.uint8)
    pixels[:, 40:] += 120
    Image.fromarray(pixels).save(path)
    opened = desk.open(path, VISITOR)
    assert len(opened.alternatives()) >= 2
    return opened


CHANGES = {
    "choose_model": lambda photo: photo.choose_model("other"),
    "choose_tones": lambda photo: photo.choose_tones(True),
    "paint": lambda photo: photo.paint([RED]),
    "pick": lambda photo: photo.pick(2),
    "combine": lambda photo: photo.pick(1, beside=True),
    "adjust": lambda photo: photo.adjust(0.7, 1.5, 50.0),
    "choose_look": lambda photo: photo.choose_look(True, 48),
    "mask": lambda photo: photo.mask([HERE], keeps=True),
    "add_like": lambda photo: photo.add_like([CAT]),
}
DROPS_THE_PICKED = ("choose_model", "choose_tones", "choose_look")


def check_alternatives(photo) -> None:
    """They are of what is chosen now, and those that are shown are those that are marked."""
    plain, shown = photo.prediction(plain=True), photo.prediction()
    offered = photo.alternatives()
    marked = plain
    for one in photo.picked:
        marked = offered[one - 1].of(marked) if one else marked
    assert torch.allclose(marked.output, shown.output, atol=1e-4)  # sums in another order
    found = {(one.ab, round(one.share, 5)) for one in alternatives(plain, 5)}
    others = [one for n, one in enumerate(offered, 1) if n not in photo.picked]
    assert {(one.ab, round(one.share, 5)) for one in others} <= found
    assert len({one.ab for one in offered}) == len(offered)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(CHANGES, repeat=2)))
def test_any_change_after_any_other_leaves_both_true(photo, first, second):
    CHANGES[first](photo)
    if first == "pick":
        picked = photo.alternatives()[1]
    CHANGES[second](photo)
    done = {first, second}
    options = photo.options
    assert photo.model == ("other" if "choose_model" in done else "random-lite")
    assert options.as_is == ("choose_tones" in done)
    assert photo.strokes == ([RED] if "paint" in done else [])
    assert options.hints == hints_of_strokes(photo.strokes)
    assert options.saturation == (1.5 if "adjust" in done else 1.0)
    assert photo.percent == (50.0 if "adjust" in done else 100.0)
    own = second == "choose_model" or "adjust" not in done  # its own temperature
    assert options.temperature == (None if own else 0.7)
    assert photo.temperature == (photo.prediction().temperature if own else 0.7)
    assert (options.detail, options.size) == (
        (True, 48) if "choose_look" in done else (False, None)
    )
    assert photo.masking == (Masking((HERE,), True) if "mask" in done else Masking())
    assert options.like == tuple(one.path for one in photo.like)
    assert [one.path.name for one in photo.like] == ["chelsea.png"] * [first, second].count(
        "add_like"
    )
    dropped = second in DROPS_THE_PICKED or first == second == "combine"
    if done & {"pick", "combine"} and not dropped:
        assert 0 not in photo.picked
        if first == "pick":
            kept = [photo.alternatives()[one - 1].ab for one in photo.picked]
            assert picked.ab in kept or second == "combine"
            assert len(kept) <= 1 + (second == "combine")
    else:
        assert photo.picked == [0]
    check_alternatives(photo)


def test_a_picked_alternative_stays_when_hints_are_painted_and_taken_back(photo):
    photo.pick(2)
    picked = photo.alternatives()[1]
    for strokes in ([RED], [RED, BLUE], []):
        photo.paint(strokes)
        (marked,) = photo.picked
        assert photo.alternatives()[marked - 1] is picked
        check_alternatives(photo)
    photo.pick(0)
    assert torch.equal(photo.prediction().output, photo.prediction(plain=True).output)


REFUSED = (
    lambda photo: photo.choose_model("nothing"),
    lambda photo: photo.paint([{"color": "red"}]),
    lambda photo: photo.paint([RED, {**RED, "points": [[0, 0], [1e9, 0]]}]),
    lambda photo: photo.pick(17),
    lambda photo: photo.pick("1"),
    lambda photo: photo.choose_look(True, 5),
    lambda photo: photo.mask([{"radius": 3}], True),
    lambda photo: photo.add_like([CAT, GREY]),
    lambda photo: photo.add_like([CAT] * 7),
    lambda photo: photo.leave_out_like(2),
    lambda photo: photo.choose_likeness(20.0),
    lambda photo: photo.adjust(3.0, 1.0, 50.0),
    lambda photo: photo.adjust(0.5, 9.0, 50.0),
    lambda photo: photo.adjust(0.5, 1.0, 0.0),
    lambda photo: photo.adjust(0.5, 1.0, float("nan")),
)


@pytest.mark.parametrize("before", CHANGES)
def test_a_refusal_leaves_everything_as_it_was(photo, before):
    CHANGES[before](photo)
    photo.alternatives()
    said, chosen = photo.prediction(), photo._chosen
    for refused in REFUSED:
        with pytest.raises((ValueError, Refusal), match=r"\w"):
            refused(photo)
        assert photo._chosen is chosen
    assert len(list(photo.folder.glob("like/*/*"))) == (before == "add_like")
    assert torch.equal(photo.prediction().output, said.output)
    check_alternatives(photo)


def test_a_model_without_classes_has_no_alternatives_and_takes_the_picked_one_away(photo):
    photo.pick(1)
    photo.choose_model("random-regression")
    assert photo.picked == [0]
    photo.prediction()
    with pytest.raises(ValueError, match="regress"):
        photo.alternatives()


def test_the_file_is_of_what_is_shown(photo, desk):
    for change in CHANGES.values():
        change(photo)
    saved = desk.workshop.read(photo.save(".png"))
    assert saved.size == (30, 40)
    assert np.array_equal(saved.pixels, photo.colorized().pixels)


@pytest.mark.parametrize("paper", [(250,), (240, 228, 200)], ids=["white", "cream"])
def test_the_border_of_a_scan_keeps_its_tone_in_preview_and_file(desk, engines, paper):
    path = desk.visits.new_folder(None) / "scan.png"
    pixels = np.full((600, 800, len(paper)), paper, np.uint8)
    shades = 20 + 180 * np.random.default_rng(1).random((440, 600, 1))
    pixels[80:520, 100:700] = shades
    Image.fromarray(pixels.squeeze()).save(path)
    opened = desk.open(path, VISITOR)
    colorizer, photo = engines.colorizer("random-lite"), desk.workshop.read(path)
    assert colorizer.predict(photo).frames
    expected = colorizer.colorize(photo)
    assert np.array_equal(opened.colorized().pixels, expected.pixels)
    small = rendered(opened, opened.prediction(), None, 1.0)
    assert small.shape[0] < 60
    assert np.abs(small[:4].astype(int) - paper).max() <= 1


def test_the_models_own_temperature_is_no_choice(photo):
    photo.adjust(photo.temperature, 1.2, 100.0)
    assert photo.options.temperature is None
    photo.adjust(0.6, 1.2, 100.0)
    assert photo.options.temperature == 0.6


def test_without_its_references_a_photo_is_exactly_as_before(photo):
    before = photo.prediction().output
    photo.add_like([CAT])
    copied = photo.prediction().output
    assert not torch.equal(copied, before)
    photo.choose_likeness(3.0)
    assert not torch.equal(photo.prediction().output, copied)
    (kept,) = photo.like
    photo.leave_out_like(0)
    assert not kept.path.exists()
    assert (photo.options.like, photo.options.likeness) == ((), 1.0)
    photo.lay_aside()
    assert torch.equal(photo.prediction().output, before)


def test_the_file_copies_colors_as_the_engine_does(photo, desk, engines):
    photo.add_like([CAT, CAT])
    photo.choose_likeness(2.0)
    read = desk.workshop.read(photo.path)
    made = engines.colorizer("random-lite").colorize(read, like=[CAT, CAT], likeness=2.0)
    assert np.array_equal(photo.colorized().pixels, made.pixels)


def test_references_come_back_with_the_choices(photo, desk):
    photo.add_like([CAT])
    photo.choose_likeness(2.0)
    again = desk.add(desk.visits.file(photo.path, "a"), VISITOR, "", photo.written(), [CAT])
    assert again.options.likeness == 2.0
    assert torch.equal(again.prediction().output, photo.prediction().output)
    assert again.like[0].path.is_relative_to(again.folder)
