"""What a colorized layer remembers: how it was made, and of what.

It is kept with the layer, in the image's own file, so that the filter can be called on it again
next year and change it instead of making another one.
"""

from __future__ import annotations

import json
from typing import Any

from gi.repository import Gimp

_NAME = "colorize"
_VERSION = 1
_PERSISTENT, _UNDOABLE = 1, 2  # GIMP's flags of a parasite
_VALUES = (
    *("output", "saturation", "temperature", "as-is", "model", "alternative", "dabs"),
    "likeness",
)


def keep(
    layer: Gimp.Layer,
    config: Gimp.ProcedureConfig,
    source: Gimp.Layer,
    hints: Gimp.Layer | None,
    like: dict[str, Any] | None,
) -> None:
    """Have a layer remember how it was made.

    Args:
        layer: with the result.
        config: what was chosen.
        source: the layer that was colorized; where it is the same, the result is its own source.
        hints: the layer of hints.
        like: what the colours are like, in words.
    """
    memory = {
        "version": _VERSION,
        "source": None if source == layer else source.get_tattoo(),
        "hints": hints.get_tattoo() if hints and hints.is_valid() else None,
        "like": like,
        **{name: config.get_property(name) for name in _VALUES},
    }
    data = json.dumps(memory).encode()
    layer.attach_parasite(Gimp.Parasite.new(_NAME, _PERSISTENT | _UNDOABLE, data))


def memory_of(layer: Gimp.Layer) -> dict[str, Any]:
    """Tell what a layer remembers; nothing where it was not made by this filter."""
    parasite = layer.get_parasite(_NAME)
    if parasite is None:
        return {}
    try:
        memory = json.loads(bytes(parasite.get_data()))
    except ValueError:
        return {}
    is_known = isinstance(memory, dict) and memory.get("version") == _VERSION
    return memory if is_known else {}


def source_of(layer: Gimp.Layer) -> Gimp.Layer:
    """Find what a layer was made of: another layer, if it is still there and lies under it."""
    source = _by_tattoo(layer.get_image(), memory_of(layer).get("source"))
    if source is None or source.is_group() or _place(source) != _place(layer):
        return layer
    return source


def remember(config: Gimp.ProcedureConfig, layer: Gimp.Layer, all_of_it: bool) -> None:
    """Take over what a layer remembers.

    Of what belongs to one layer alone nothing is left from the call before, on another one.

    Args:
        config: changed in place.
        layer: that the filter is called on.
        all_of_it: also what any layer could have: else the last values stay.
    """
    memory = memory_of(layer)
    config.set_property("alternative", memory.get("alternative", 0))
    config.set_property("dabs", memory.get("dabs", ""))
    image, hints = layer.get_image(), config.get_property("hints")
    if hints and (not hints.is_valid() or hints.get_image() != image):
        config.set_property("hints", None)
    if not memory or not all_of_it:
        return
    for name in _VALUES:
        if name in memory:
            config.set_property(name, memory[name])
    config.set_property("hints", _by_tattoo(image, memory.get("hints")))


def _by_tattoo(image: Gimp.Image, tattoo: int | None) -> Gimp.Layer | None:
    return image.get_layer_by_tattoo(tattoo) if tattoo else None


def _place(layer: Gimp.Layer) -> tuple[int, ...]:
    _, x, y = layer.get_offsets()
    return x, y, layer.get_width(), layer.get_height()
