import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import color as skimage_color

from colorize_core.engine import Hint, HintError, read_hints
from colorize_core.engine.hints import rasterize_hints

GOOD = {"x": 3, "y": 4.5, "color": "#3366cc"}


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "hints.json"


def refusal(file: Path, content: str) -> str:
    """The message that a file of hints is refused with; it names the file."""
    file.write_text(content)
    with pytest.raises(HintError) as caught:
        read_hints(file)
    assert str(file) in str(caught.value)
    return str(caught.value).replace(str(file), "")  # pytest puts the test's name into the path


def test_a_list_of_hints_is_read(file):
    file.write_text(json.dumps([GOOD, GOOD | {"radius": 7}]))
    assert read_hints(file) == (Hint(3, 4.5, "#3366cc"), Hint(3, 4.5, "#3366cc", 7))


def test_a_list_serves_any_photo(file):
    file.write_text(json.dumps([GOOD]))
    assert len(read_hints(file, "a.jpg")) == 1


def test_photos_get_the_lists_of_their_names(file):
    file.write_text(json.dumps({"a.jpg": [GOOD], "b.jpg": [GOOD | {"x": 9}]}))
    assert read_hints(file, "b.jpg") == (Hint(9, 4.5, "#3366cc"),)


def test_photos_without_a_list_get_no_hints(file):
    file.write_text(json.dumps({"a.jpg": [GOOD]}))
    assert read_hints(file, "c.jpg") == ()


@pytest.mark.parametrize("content", ["", "{", "not json", '[{"x": 1,}]'])
def test_files_that_are_not_json_are_refused(file, content):
    assert "not JSON" in refusal(file, content)


def test_binary_files_are_refused(file):
    file.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(HintError, match=r"hints\.json: not JSON"):
        read_hints(file)


def test_missing_files_are_refused(file):
    with pytest.raises(HintError, match=r"hints\.json: No such file"):
        read_hints(file)


@pytest.mark.parametrize("content", ["3", '"text"', "null", '{"": 3}'])
def test_json_that_holds_no_list_is_refused(file, content):
    assert "expected a list of hints" in refusal(file, content)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"color": "bleu"}, "must look like #3366cc, navy or (51, 102, 204); got 'bleu'"),
        ({"color": "#36c"}, "color must look like"),
        ({"color": "#3366cc\n"}, "color must look like"),
        ({"color": 3}, "color must look like"),
        ({"color": [51, 102]}, "color must look like"),
        ({"color": [51, 102, 256]}, "color must look like"),
        ({"color": [51, 102, 0.8]}, "color must look like"),
        ({"color": [True, 102, 204]}, "color must look like"),
        ({"x": -1}, "x must not be below 0"),
        ({"y": -0.5}, "y must not be below 0"),
        ({"radius": -2}, "radius must not be below 0"),
        ({"x": float("nan")}, "x must not be below 0 or infinite; got nan"),
        ({"y": float("inf")}, "y must not be below 0 or infinite"),
        ({"x": "3"}, "x must be a number"),
        ({"x": None}, "x must be a number"),
        ({"y": True}, "y must be a number"),
        ({"colour": "#000000"}, "expected x, y, color and maybe radius"),
    ],
)
def test_bad_hints_are_refused_by_number_and_reason(file, change, reason):
    message = refusal(file, json.dumps([GOOD, GOOD | change]))
    assert "hint 2" in message
    assert reason in message


@pytest.mark.parametrize("item", [3, "text", [1, 2, "#000000"], {"x": 1, "y": 2}])
def test_items_that_are_no_hints_are_refused_by_number(file, item):
    assert "hint 3: expected x, y, color" in refusal(file, json.dumps([GOOD, GOOD, item]))


def test_ab_of_a_hint_is_that_of_its_color():
    expected = skimage_color.rgb2lab(np.array([[[0x33, 0x66, 0xCC]]], np.uint8))[0, 0, 1:]
    np.testing.assert_allclose(Hint(0, 0, "#3366cc").ab, expected, atol=1e-3)


@pytest.mark.parametrize(("x", "y"), [(100, 5), (5, 50), (1000, 1000), (100.0, 49.9)])
def test_hints_outside_of_the_photo_are_refused(x, y):
    with pytest.raises(HintError, match=rf"hint at \({x:g}, {y:g}\) is outside.*100 x 50 pixels"):
        rasterize_hints([Hint(x, y, "#3366cc")], (50, 100), (64, 128))


def test_no_hints_are_none():
    assert rasterize_hints((), (50, 100), (64, 128)) is None


def test_nothing_is_painted_outside_of_the_hints():
    canvas = rasterize_hints([Hint(50, 25, "#3366cc", 5)], (50, 100), (50, 100))
    assert not canvas[:, :2, canvas[0, 2] == 0].any()


def test_a_hint_is_painted_as_a_disc_of_its_radius():
    mask = rasterize_hints([Hint(50, 25, "#3366cc", 10)], (50, 100), (50, 100))[0, 2]
    assert mask.sum().item() == pytest.approx(np.pi * 10**2, rel=0.05)
    assert mask.nonzero().float().mean(0).tolist() == [25.0, 50.0]


def test_a_hint_is_painted_in_its_color():
    hint = Hint(50, 25, "#3366cc", 5)
    canvas = rasterize_hints([hint], (50, 100), (50, 100))
    np.testing.assert_array_equal(canvas[0, :2, 25, 50].numpy(), hint.ab)


def test_later_hints_cover_earlier_ones():
    hints = [Hint(20, 20, "#3366cc", 5), Hint(20, 20, "#cc6633", 5)]
    canvas = rasterize_hints(hints, (50, 100), (50, 100))
    np.testing.assert_array_equal(canvas[0, :2, 20, 20].numpy(), hints[1].ab)


def test_hints_follow_the_photos_scale():
    mask = rasterize_hints([Hint(900, 100, "#3366cc", 20)], (500, 1000), (100, 100))[0, 2]
    rows, columns = mask.nonzero(as_tuple=True)
    assert rows.float().mean().item() == pytest.approx(100 * 100 / 500, abs=0.5)
    assert columns.float().mean().item() == pytest.approx(100 * 900 / 1000, abs=0.5)


@settings(max_examples=200, deadline=None)
@given(
    size=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    network=st.tuples(st.integers(1, 64), st.integers(1, 64)),
    place=st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True)),
    radius=st.sampled_from([None, 0, 0.1]),
)
def test_every_hint_covers_a_pixel_at_least(size, network, place, radius):
    down, across = (share * side for share, side in zip(place, size, strict=True))
    if down < size[0] and across < size[1]:  # the product may round up to the side
        canvas = rasterize_hints([Hint(across, down, "#3366cc", radius)], size, network)
        assert canvas[0, 2].any()


def test_a_hint_near_the_far_corner_of_a_small_photo_is_painted():
    canvas = rasterize_hints([Hint(3.9, 3.9, "#3366cc")], (4, 4), (256, 256))
    assert torch.nonzero(canvas[0, 2]).float().mean(0).tolist() == pytest.approx([223.5, 223.5])


@pytest.mark.parametrize(
    "color", ["#0000ff", "blue", "Blue", (0, 0, 255), [0, 0, 255], np.array([0, 0, 255], np.uint8)]
)
def test_colors_may_be_named_or_given_as_levels(color):
    assert Hint(3, 4, color) == Hint(3, 4, "#0000ff")


def test_numbers_of_numpy_become_pythons():
    hint = Hint(np.int64(3), np.float32(4.5), "#0000ff", np.float64(2.0))
    assert json.dumps([hint.x, hint.y, hint.radius]) == "[3, 4.5, 2.0]"


def test_files_may_name_colors(file):
    file.write_text(json.dumps([GOOD | {"color": "navy"}, GOOD | {"color": [0, 0, 128]}]))
    assert {hint.color for hint in read_hints(file)} == {"#000080"}
