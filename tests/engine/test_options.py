import math

import pytest

from colorize_core.engine import ColorizeOptions


@pytest.mark.parametrize("temperature", [0.0, -0.1, 1.01, math.nan])
def test_temperatures_out_of_range_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be above 0 and at most 1"):
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
        ("temperature", 1.0),
        ("saturation", 0.0),
        ("saturation", 4.0),
        ("size", 32),
        ("size", 2048),
    ],
)
def test_the_ends_of_the_ranges_are_accepted(name, value):
    assert getattr(ColorizeOptions(**{name: value}), name) == value
