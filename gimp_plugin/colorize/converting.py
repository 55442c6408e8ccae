"""Turning an image into RGB, on the way that takes GIMP the least time."""

from __future__ import annotations

from gi.repository import Gimp

import layers  # lies beside this file

_GREYS = 256  # of an image with 8 bits: each gets a place of its own in a palette


def to_rgb(image: Gimp.Image) -> bool:
    """Turn a grey or indexed image into RGB; tell whether GIMP has done it.

    Pixels, and all else that layers have, become what ``convert_rgb`` alone makes of them.
    """
    if has_only_greys_of_8_bits(image):
        # From grey GIMP goes through the curves of two profiles, twice a pixel; from a palette it
        # copies. With what it takes to make one of every grey, that is a third of the time. Where
        # GIMP refuses, the image is still grey, and the other way is open.
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE,
            Gimp.ConvertPaletteType.GENERATE,
            _GREYS,
            False,  # transparency is not dithered: there is none
            False,
            "",
        )
    return bool(image.convert_rgb())


def has_only_greys_of_8_bits(image: Gimp.Image) -> bool:
    """Tell whether a palette can hold an image: every one of its pixels, exactly.

    A palette knows no shares of transparency, and has no room for 16 bits. Profiles, filters, and
    layers that GIMP draws itself are left to GIMP.
    """
    return bool(
        image.get_base_type() == Gimp.ImageBaseType.GRAY
        and image.get_precision() == Gimp.Precision.U8_NON_LINEAR
        and not image.get_color_profile()
        and all(
            type(layer) is Gimp.Layer
            and not layer.has_alpha()
            and not layer.is_floating_sel()
            and not layer.get_filters()
            for layer in layers.every_layer(image.get_layers())
        )
    )
