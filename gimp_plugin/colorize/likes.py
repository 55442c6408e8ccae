"""Photos whose colours others are to have: layers of the same image, and other open images."""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp

from colorize_core.worker.answers import Reference

import kept  # lies beside this file, as the next ones do
import layers
from texts import _

LIKE = "like"
LIKE_IMAGE = "like-image"
LIKENESS = "likeness"
_LONG_SIDE = 1024  # pixels at which a reference is sent: the network sees no more


def chosen(config: Gimp.ProcedureConfig) -> Gimp.Layer | Gimp.Image | None:
    """Give the layer or the image whose colours are wanted, if any is."""
    return config.get_property(LIKE) or config.get_property(LIKE_IMAGE)


def choose(config: Gimp.ProcedureConfig, what: Gimp.Layer | Gimp.Image | None) -> None:
    """Want the colours of a layer, of an image, or of none."""
    is_image = isinstance(what, Gimp.Image)
    with config.freeze_notify():  # so that the network looks once, not twice
        config.set_property(LIKE, None if is_image else what)
        config.set_property(LIKE_IMAGE, what if is_image else None)


def offered(image: Gimp.Image, source: Gimp.Layer) -> list[Gimp.Layer | Gimp.Image]:
    """List what can have colours for a layer: the image's other layers, and other images.

    What was made of the layer itself is left out.
    """
    found: list[Gimp.Layer | Gimp.Image] = []
    if _has_colors(image):
        for layer in layers.every_layer(image.get_layers()):
            if layer != source and kept.source_of(layer) != source:
                found.append(layer)
    return found + [other for other in Gimp.get_images() if other != image and _has_colors(other)]


def check(what: Gimp.Layer | Gimp.Image, source: Gimp.Layer) -> None:
    """Look whether colours can be copied.

    Raises:
        LayerError: they cannot; the message says why.
    """
    if not what.is_valid():
        raise layers.LayerError(_("What the colours were to be like has been closed."))
    image = what if isinstance(what, Gimp.Image) else what.get_image()
    if what == source:
        text = _("“{name}” cannot have its own colours: choose another layer for them.")
    elif not _has_colors(image):
        text = _("“{name}” is in greyscale: it has no colours to copy.")
    else:
        return
    raise layers.LayerError(text.format(name=what.get_name()))


def read(what: Gimp.Layer | Gimp.Image) -> Reference:
    """Read the pixels of a layer, or of all that is seen of an image."""
    if not isinstance(what, Gimp.Image):
        return _reduced(what)
    visible = Gimp.Layer.new_from_visible(what, what, "")
    try:
        return _reduced(visible)
    finally:
        visible.delete()


def memory(what: Gimp.Layer | Gimp.Image | None, layer: Gimp.Layer) -> dict[str, Any] | None:
    """Put into words for a layer's memory what its colours are like.

    Layers of its own image are found by their tattoos, images and their layers by their names.
    """
    if what is None or not what.is_valid():
        return None
    if isinstance(what, Gimp.Image):
        return {"image": what.get_name()}
    if what.get_image() == layer.get_image():
        return {"layer": what.get_name(), "tattoo": what.get_tattoo()}
    return {"image": what.get_image().get_name(), "layer": what.get_name()}


def remember(config: Gimp.ProcedureConfig, layer: Gimp.Layer, all_of_it: bool) -> None:
    """Take over what the colours of a layer are like; forget what has been closed.

    Args:
        config: changed in place.
        layer: that the filter is called on.
        all_of_it: also where the layer remembers something else than was chosen last.
    """
    words = kept.memory_of(layer).get(LIKE)
    if all_of_it and kept.memory_of(layer):
        choose(config, _found(words, layer.get_image()) if isinstance(words, dict) else None)
    for name in (LIKE, LIKE_IMAGE):
        if config.get_property(name) and not config.get_property(name).is_valid():
            config.set_property(name, None)


def missed(config: Gimp.ProcedureConfig, layer: Gimp.Layer) -> str:
    """Name what the colours of a layer are like where it is not open any more; empty else."""
    words = kept.memory_of(layer).get(LIKE)
    if not isinstance(words, dict) or chosen(config):
        return ""
    return str(words.get("layer") or words.get("image"))


def _found(words: dict[str, Any], image: Gimp.Image) -> Gimp.Layer | Gimp.Image | None:
    """Find what a layer's memory names; None where it is not open any more."""
    if words.get("tattoo"):
        return image.get_layer_by_tattoo(words["tattoo"])
    for other in Gimp.get_images():
        if other != image and other.get_name() == words.get("image"):
            if not words.get("layer"):
                return other
            for layer in layers.every_layer(other.get_layers()):
                if layer.get_name() == words["layer"]:
                    return layer
    return None


def _has_colors(image: Gimp.Image) -> bool:
    return bool(image.get_base_type() != Gimp.ImageBaseType.GRAY)


def _reduced(layer: Gimp.Layer) -> Reference:
    width, height = layers.within((layer.get_width(), layer.get_height()), _LONG_SIDE)
    return Reference(width, height, layers.read_small(layer, (width, height)))
