"""Looks: ways to set the sliders, each shown as a small picture of the open photo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from gradio_demo.components import as_data
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.rendering import rendered
from gradio_demo.sizes import at_size, resized, size_within

_LONG_SIDE = 160


class Look(NamedTuple):
    """What a look sets; a temperature of None is the model's own."""

    temperature: float | None
    saturation: float
    warmth: float


LOOKS = {
    "Natural": Look(None, 1.0, 0.0),
    "Warm film": Look(None, 1.05, 0.45),
    "Cool": Look(None, 0.9, -0.4),
    "Faded": Look(1.0, 0.5, 0.15),
    "Vivid": Look(0.4, 1.4, 0.0),
}


def looks_value(photo: OpenPhoto) -> dict[str, Any]:
    """Make the value of the choices between looks; no forward pass is needed."""
    prediction = photo.prediction()
    if max(photo.preview.size) > _LONG_SIDE:
        small = resized(photo.preview.lightness, size_within(photo.preview.size, _LONG_SIDE))
        prediction = at_size(prediction, small)
    pictures = [
        {
            "picture": as_data(
                rendered(
                    photo,
                    replace(prediction, warmth=look.warmth),
                    look.temperature,
                    look.saturation,
                )
            ),
            "title": name,
            "note": "",
        }
        for name, look in LOOKS.items()
    ]
    return {"pictures": pictures, "chosen": []}
