"""Layers of GIMP: which can be colorized, and reading their pixels.

The engine takes L and alpha and gives CIE Lab with alpha, as 32-bit floats. GIMP converts from
and to an image's own profile, precision and encoding, so these serve all of them. Where an image
holds no more than 8 bits of sRGB, bytes do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gi.repository import Gegl, Gimp

import kept  # lies beside this file, as the next one does
from texts import _

LIGHTNESS_FORMAT = "CIE L alpha float"
GREY_FORMAT = "Y'A u8"
LAB_FORMAT = "CIE Lab alpha float"
RGB_FORMAT = "R'G'B'A u8"
OPAQUE_FORMAT = "R'G'B' u8"
_STRIP_PIXELS = 1 << 19  # read or written at a time, at least
_GLANCE = 256  # pixels of a side, at which a layer is looked at for strokes
_IN_COLOR = 24  # levels between the channels of strokes in colour


class LayerError(Exception):
    """An error of the selection: the reason, and what to do about it."""


class Plan(NamedTuple):
    """A layer to colorize.

    Attributes:
        source: whose tones and size it has.
        again: the result of an earlier call, that is to be changed; None for a first call.
    """

    source: Gimp.Layer
    again: Gimp.Layer | None


def check(drawables: list[Gimp.Drawable], hints: Gimp.Layer | None, in_place: bool) -> list[Plan]:
    """Choose the layers to colorize: those selected, without the one with the hints.

    After painting hints their layer is still selected: then it is the one below.

    Raises:
        LayerError: one cannot be colorized, or the hints cannot be used.
    """
    layers = [drawable for drawable in drawables if drawable != hints]
    if not layers and hints:
        layers = _below(hints)
    if not layers:
        raise LayerError(_("No layer to colorize: select one in the Layers dialog."))
    plans = []
    for layer in layers:
        _check_kind(layer)
        plan = Plan(layer, None)
        if kept.memory_of(layer):
            plan = Plan(kept.source_of(layer), layer)
        if in_place or plan.again:
            _check_lock(layer)
        if not plan.again:
            _check_selection(layer)
        plans.append(plan)
    if hints:
        _check_hints(hints, layers[0].get_image())
    return plans


def _check_kind(layer: Gimp.Drawable) -> None:
    if not isinstance(layer, Gimp.Layer):
        raise LayerError(_("Only layers can be colorized: select one in the Layers dialog."))
    if layer.is_group():
        text = _("“{name}” is a group: select the layers in it, or merge it.")
    elif layer.is_floating_sel():
        text = _("“{name}” floats: anchor it, or make it a layer (Layer menu).")
    else:
        return
    raise LayerError(text.format(name=layer.get_name()))


def _check_lock(layer: Gimp.Layer) -> None:
    locked_by = lock_of(layer)
    if locked_by:
        text = _(
            "The pixels of “{name}” are locked by “{locked_by}”: unlock them in the Layers "
            "dialog, or choose a new layer as output."
        )
        raise LayerError(text.format(name=layer.get_name(), locked_by=locked_by.get_name()))


def _check_selection(layer: Gimp.Layer) -> None:
    if not Gimp.Selection.is_empty(layer.get_image()) and not layer.mask_intersect()[0]:
        text = _(
            "The selection lies beside “{name}”: choose Select > None, or select a part of it."
        )
        raise LayerError(text.format(name=layer.get_name()))


def lock_of(layer: Gimp.Layer) -> Gimp.Item | None:
    """Find what locks the pixels of a layer: itself, or a group that it is in."""
    item = layer
    while item and not item.get_lock_content():
        item = item.get_parent()
    return item


def may_hold_hints(layer: Gimp.Layer) -> bool:
    """Tell whether hints can be painted on a layer: it may be transparent, and is no group."""
    return bool(layer.has_alpha()) and not layer.is_group()


def painted_on(drawables: list[Gimp.Drawable]) -> Gimp.Layer | None:
    """Find the layer of hints of somebody who has just painted them: it is still selected.

    A few strokes in colour on a transparent layer are hints for the photo below.
    """
    layer = drawables[0]
    if len(drawables) > 1 or not isinstance(layer, Gimp.Layer) or not may_hold_hints(layer):
        return None
    is_grey = layer.get_image().get_base_type() == Gimp.ImageBaseType.GRAY
    if is_grey or kept.memory_of(layer) or not _below(layer):
        return None
    seen = read_small(layer, within((layer.get_width(), layer.get_height()), _GLANCE))
    pixels = zip(seen[0::4], seen[1::4], seen[2::4], seen[3::4], strict=True)
    strengths = [max(color) - min(color) for *color, alpha in pixels if alpha]
    is_sparse = 0 < len(strengths) < len(seen) // 4 / 2
    return layer if is_sparse and sum(strengths) > _IN_COLOR * len(strengths) else None


def _check_hints(hints: Gimp.Layer, image: Gimp.Image) -> None:
    if hints.get_image() != image:
        text = _("“{name}” is in another image: hints must be in the photo's own.")
    elif not may_hold_hints(hints):
        text = _("“{name}” cannot hold hints: add a transparent layer and paint them on that.")
    elif image.get_base_type() == Gimp.ImageBaseType.GRAY:
        text = _(
            "The image is in greyscale, so the hints have no colours: choose Image > Mode > RGB "
            "and paint them again."
        )
    else:
        return
    raise LayerError(text.format(name=hints.get_name()))


def _below(layer: Gimp.Layer) -> list[Gimp.Layer]:
    """List the next layer of the same group, if there is one."""
    below = layer.get_image().get_item_position(layer) + 1
    return siblings(layer)[below : below + 1]


def siblings(layer: Gimp.Layer) -> list[Gimp.Layer]:
    """List the layers of a layer's group, or of the image where it is in none; itself too."""
    parent = layer.get_parent()
    return parent.get_children() if parent else layer.get_image().get_layers()


def every_layer(items: list[Gimp.Layer]) -> list[Gimp.Layer]:
    """List layers and those in their groups."""
    found = []
    for item in items:
        found.append(item)
        if item.is_group():
            found += every_layer(item.get_children())
    return found


def formats(layer: Gimp.Layer) -> tuple[str, str]:
    """Choose the formats for a layer, and for the engine's result."""
    image = layer.get_image()
    eight_bit = image.get_precision() in (
        Gimp.Precision.U8_NON_LINEAR,
        Gimp.Precision.U8_PERCEPTUAL,
    )
    if not eight_bit or image.get_color_profile():
        return LIGHTNESS_FORMAT, LAB_FORMAT
    is_grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    form = GREY_FORMAT if is_grey else LIGHTNESS_FORMAT
    return form, RGB_FORMAT if layer.has_alpha() else OPAQUE_FORMAT


def read(layer: Gimp.Layer, form: str) -> Iterator[bytes]:
    """Read the pixels of a layer, in strips of rows from the top.

    The first are on their way while others are read.
    """
    buffer, width, height = layer.get_buffer(), layer.get_width(), layer.get_height()
    most = rows_at_a_time(width)
    for row in range(0, height, most):
        strip = Gegl.Rectangle.new(0, row, width, min(most, height - row))
        yield buffer.get(strip, 1.0, form, Gegl.AbyssPolicy.NONE)


def rows_at_a_time(width: int) -> int:
    """Count the rows of a strip: GIMP keeps pixels in tiles, so none of them is cut."""
    tile = Gimp.tile_height()
    return int(-(-_STRIP_PIXELS // (width * tile)) * tile)


def within(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Scale width and height down to a long side."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def read_small(layer: Gimp.Layer, size: tuple[int, int]) -> bytes:
    """Read a layer at another size, as it is: R'G'B'A u8."""
    area, scale = Gegl.Rectangle.new(0, 0, *size), size[0] / layer.get_width()
    return bytes(layer.get_buffer().get(area, scale, RGB_FORMAT, Gegl.AbyssPolicy.CLAMP))


def read_paint(hints: Gimp.Layer, layer: Gimp.Layer) -> bytes | None:
    """Read the paint over a layer on the layer of hints.

    Returns:
        R'G'B'A u8, clear where there is no paint; None where there is none at all.

    Raises:
        LayerError: the paint covers all of the layer.
    """
    x, y = layer.get_offsets()[1:]
    hints_x, hints_y = hints.get_offsets()[1:]
    size = Gegl.Rectangle.new(x - hints_x, y - hints_y, layer.get_width(), layer.get_height())
    paint = hints.get_buffer().get(size, 1.0, RGB_FORMAT, Gegl.AbyssPolicy.NONE)
    alpha = paint[3::4]
    if not alpha.count(0):
        text = _(
            "“{hints}” covers all of “{name}”, so there is nothing to colorize: paint strokes on "
            "a transparent layer."
        )
        raise LayerError(text.format(hints=hints.get_name(), name=layer.get_name()))
    return paint if alpha.count(0) < len(alpha) else None
