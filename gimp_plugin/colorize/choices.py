"""What was chosen, in the words of the engine, and the view of a layer that it asks for."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from gi.repository import Gimp

import layers  # lies beside this file, as the next ones do
import likes
from sitting import View
from texts import _


def look_options(config: Gimp.ProcedureConfig) -> dict[str, Any]:
    """Turn the choices into options of what the network sees."""
    model = config.get_property("model") or "lite"
    if model.startswith("~"):
        model = str(Path(model).expanduser())
    options: dict[str, Any] = {"model": model}
    if config.get_property("as-is"):
        options["as_is"] = True
    dabs = dabs_of(config)
    if dabs:
        options["hints"] = dabs
    if likes.chosen(config):
        options["likeness"] = config.get_property(likes.LIKENESS)
    return options


def color_options(config: Gimp.ProcedureConfig) -> dict[str, Any]:
    """Turn the choices into options of how that is coloured."""
    options: dict[str, Any] = {"saturation": config.get_property("saturation")}
    if config.get_property("temperature") > 0.0:
        options["temperature"] = config.get_property("temperature")
    if config.get_property("alternative"):
        options["alternative"] = config.get_property("alternative")
    return options


def dabs_of(config: Gimp.ProcedureConfig) -> list[dict[str, Any]]:
    """Read the colours that were chosen for places: x, y and color, in the layer's pixels.

    Raises:
        LayerError: it is not JSON.
    """
    text = config.get_property("dabs")
    if not text:
        return []
    try:
        dabs = json.loads(text)
    except ValueError as error:
        raise layers.LayerError(_("The dabs are not JSON: {error}").format(error=error)) from error
    if not isinstance(dabs, list):
        raise layers.LayerError(_("The dabs are not a list of x, y and color."))
    return dabs


def view_of(layer: Gimp.Layer, hints: Gimp.Layer | None, config: Gimp.ProcedureConfig) -> View:
    """Read a layer and the paint over it.

    Raises:
        LayerError: the paint covers all of it, the dabs make no sense, or what the colours are to
            be like has none.
    """
    form = layers.formats(layer)[0]
    pixels = list(layers.read(layer, form))
    paint = layers.read_paint(hints, layer) if hints else None
    options, wanted = look_options(config), likes.chosen(config)
    if wanted:
        likes.check(wanted, layer)
    like = likes.read(wanted) if wanted else None
    check = 0
    for part in [*pixels, paint or b"", like.pixels if like else b""]:
        check = zlib.crc32(part, check)
    key = (layer.get_id(), form, check, json.dumps(options, sort_keys=True))
    size = layer.get_width(), layer.get_height()
    return View(key, size, pixels, form, paint, like, options)
