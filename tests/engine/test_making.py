"""What a file says of the options that it was made with."""

from colorize_core.engine import ColorizeOptions, Hint
from colorize_core.engine.making import settings_of


def settings(*hint) -> str:
    return settings_of(ColorizeOptions(hints=[Hint(*hint)]))


def test_hints_that_differ_by_rounding_are_the_same():
    assert settings(236.25, 150, "#c01020", 0.014 * 300) == settings(
        236.25000000000003, 150.0, "#c01020", 4.2
    )


def test_hints_that_differ_by_a_pixel_are_others():
    assert settings(236, 150, "#c01020", 4.2) != settings(237, 150, "#c01020", 4.2)
    assert settings(236, 150, "#c01020", 4.2) != settings(236, 150, "#c01020", None)
