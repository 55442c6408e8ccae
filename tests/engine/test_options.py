import dataclasses
import math
import pickle

import pytest

from colorize_core.engine import ColorizeOptions, Hint, HintError
from colorize_core.engine.options import OptionValues, chosen


@pytest.mark.parametrize("temperature", [0.0, -0.1, 2.01, math.nan])
def test_temperatures_out_of_range_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be above 0 and at most 2"):
        ColorizeOptions(temperature=temperature)


@pytest.mark.parametrize("saturation", [-0.1, 4.1, math.nan])
def test_saturations_out_of_range_are_refused(saturation):
    with pytest.raises(ValueError, match=r"saturation must be within 0\.\.4"):
        ColorizeOptions(saturation=saturation)


@pytest.mark.parametrize("size", [0, 31, 2049])
def test_sizes_out_of_range_are_refused(size):
    with pytest.raises(ValueError, match=r"size must be within 32\.\.2048"):
        ColorizeOptions(size=size)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 1e-3),
        ("temperature", 2.0),
        ("saturation", 0.0),
        ("saturation", 4.0),
        ("size", 32),
        ("size", 2048),
    ],
)
def test_the_ends_of_the_ranges_are_accepted(name, value):
    assert getattr(ColorizeOptions(**{name: value}), name) == value


@pytest.mark.parametrize(
    "hints",
    [
        [{"x": 3, "y": 4, "color": "#0000ff"}],
        (Hint(3, 4, "#0000ff"),),
        ({"x": 3, "y": 4, "color": color} for color in ["blue"]),
    ],
    ids=["dicts", "hints", "generator"],
)
def test_hints_are_taken_as_dicts_too_and_kept_as_hints(hints):
    assert ColorizeOptions(hints=hints).hints == (Hint(3, 4, "#0000ff"),)


@pytest.mark.parametrize(
    ("hints", "reason"),
    [
        ({"x": 3, "y": 4, "color": "blue"}, "expected a list of hints"),
        (Hint(3, 4, "blue"), "expected a list of hints"),
        ("hints.json", "expected a list of hints; got 'hints.json'"),
        ([(3, 4, "blue")], "hint 1: expected x, y, color and maybe radius"),
        ([Hint(3, 4, "blue"), {"x": 3, "y": 4, "color": "bleu"}], "hint 2: .*bleu"),
    ],
)
def test_hints_that_make_no_sense_are_refused_by_number(hints, reason):
    with pytest.raises(HintError, match=reason):
        ColorizeOptions(hints=hints)


@pytest.mark.parametrize("name", ["model", "device"])
def test_model_and_device_are_no_options(name):
    with pytest.raises(TypeError, match=rf"{name} is no option but a Colorizer's own"):
        ColorizeOptions(**{name: "nonsense"})


def test_options_that_do_not_exist_are_refused_with_those_that_do():
    with pytest.raises(TypeError, match="no option 'saturate'; there are temperature, saturation"):
        ColorizeOptions(saturate=2.0)  # type: ignore[call-arg]


def test_options_go_by_name_alone():
    with pytest.raises(TypeError, match="positional"):
        ColorizeOptions(0.5)  # type: ignore[call-arg, misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", "hot"), ("saturation", None), ("saturation", True), ("size", 256.5)],
)
def test_values_of_another_type_are_refused_by_name_and_value(name, value):
    with pytest.raises(TypeError, match=f"{name} must be .*; got {value!r}"):
        ColorizeOptions(**{name: value})


def test_single_values_go_before_options():
    options = ColorizeOptions(saturation=0.5, size=64)
    assert chosen(options, {"saturation": 2.0}) == ColorizeOptions(saturation=2.0, size=64)


def test_what_is_no_options_is_refused():
    with pytest.raises(TypeError, match="options must be ColorizeOptions; got dict"):
        chosen({"saturation": 2.0}, {})


def test_options_that_do_not_exist_are_refused_beside_options_too():
    with pytest.raises(TypeError, match="device is no option"):
        chosen(ColorizeOptions(), {"device": "cpu"})


def test_options_survive_pickling():
    options = ColorizeOptions(temperature=0.3, hints=[Hint(3, 4, "blue")])
    assert pickle.loads(pickle.dumps(options)) == options


def test_keywords_of_calls_are_the_options():
    fields = {field.name for field in dataclasses.fields(ColorizeOptions)}
    assert OptionValues.__annotations__.keys() == fields
