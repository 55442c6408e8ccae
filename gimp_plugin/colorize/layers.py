"""Layers of GIMP: reading their pixels, and putting colours back.

The engine takes L and alpha and gives CIE Lab with alpha, as 32-bit floats. GIMP converts from
and to an image's own profile, precision and encoding, so these serve all of them. Where an image
holds no more than 8 bits of sRGB, bytes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gi.repository import Gegl, Gimp

LIGHTNESS_FORMAT = "CIE L alpha float"
GREY_FORMAT = "Y'A u8"
LAB_FORMAT = "CIE Lab alpha float"
RGB_FORMAT = "R'G'B'A u8"
PIXEL_BYTES = {LAB_FORMAT: 16, RGB_FORMAT: 4}
STRIP_PIXELS = 1 << 19  # read at a time: the first are on their way while others are read

NEW_LAYER = "new-layer"
COLOR_LAYER = "color-layer"
IN_PLACE = "in-place"

Strip = tuple[int, int, "bytes | memoryview"]  # first row, rows, pixels


class LayerError(Exception):
    """An error of the selection: the reason, and what to do about it."""


def check(drawables: list[Gimp.Drawable], hints: Gimp.Layer | None) -> list[Gimp.Layer]:
    """Choose the layers to colorize: those selected, without the one with the hints.

    After painting hints their layer is still selected: then it is the one below.
    """
    layers = [drawable for drawable in drawables if drawable != hints]
    if not layers and hints:
        layers = _below(hints)
    if not layers:
        raise LayerError("No layer to colorize: select one in the Layers dialog.")
    for layer in layers:
        if not isinstance(layer, Gimp.Layer):
            raise LayerError("Only layers can be colorized: select one in the Layers dialog.")
        if layer.is_group():
            raise LayerError(
                f"“{layer.get_name()}” is a group: select the layers in it, or merge it."
            )
    if hints and hints.get_image().get_base_type() == Gimp.ImageBaseType.GRAY:
        raise LayerError(
            "The image is in greyscale, so the hints have no colours: choose Image > Mode > RGB "
            "and paint them again."
        )
    return layers


def _below(layer: Gimp.Layer) -> list[Gimp.Layer]:
    """List the next layer of the same group, if there is one."""
    image, parent = layer.get_image(), layer.get_parent()
    siblings = parent.get_children() if parent else image.get_layers()
    below = image.get_item_position(layer) + 1
    return siblings[below : below + 1]


def formats(image: Gimp.Image) -> tuple[str, str]:
    """Choose the formats for an image's layers, and for the engine's results."""
    eight_bit = image.get_precision() in (
        Gimp.Precision.U8_NON_LINEAR,
        Gimp.Precision.U8_PERCEPTUAL,
    )
    if not eight_bit or image.get_color_profile():
        return LIGHTNESS_FORMAT, LAB_FORMAT
    is_grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    return GREY_FORMAT if is_grey else LIGHTNESS_FORMAT, RGB_FORMAT


def read(layer: Gimp.Layer, form: str) -> Iterator[bytes]:
    """Read the pixels of a layer, in strips of rows from the top."""
    buffer, width, height = layer.get_buffer(), layer.get_width(), layer.get_height()
    most = max(1, STRIP_PIXELS // width)
    for row in range(0, height, most):
        strip = Gegl.Rectangle.new(0, row, width, min(most, height - row))
        yield buffer.get(strip, 1.0, form, Gegl.AbyssPolicy.NONE)


def read_paint(hints: Gimp.Layer, layer: Gimp.Layer) -> bytes:
    """Read the paint over a layer on the layer of hints: R'G'B'A u8, clear where there is none."""
    _, x, y = layer.get_offsets()
    _, hints_x, hints_y = hints.get_offsets()
    size = Gegl.Rectangle.new(x - hints_x, y - hints_y, layer.get_width(), layer.get_height())
    return hints.get_buffer().get(size, 1.0, RGB_FORMAT, Gegl.AbyssPolicy.NONE)


def show(image: Gimp.Image, layer: Gimp.Layer, strips: Iterable[Strip], output: str) -> Gimp.Layer:
    """Put colorized pixels into the image; to be called within an undo group.

    Args:
        image: the layer's. A grey or indexed one becomes RGB.
        layer: the source of the pixels.
        strips: colorized, from the top: first row, rows, and pixels in the format for results.
        output: :data:`NEW_LAYER`, :data:`COLOR_LAYER` or :data:`IN_PLACE`.

    Returns:
        The layer with the result.
    """
    _, form = formats(image)
    if image.get_base_type() != Gimp.ImageBaseType.RGB:
        image.convert_rgb()
    if output == IN_PLACE:
        _write(layer.get_shadow_buffer(), layer, strips, form)
        layer.merge_shadow(True)  # within the selection alone
        layer.update(0, 0, layer.get_width(), layer.get_height())
        return layer
    new = _layer_above(image, layer)
    _write(new.get_buffer(), new, strips, form)
    new.update(0, 0, new.get_width(), new.get_height())
    if output == COLOR_LAYER:
        new.set_mode(Gimp.LayerMode.LCH_COLOR)
    if not Gimp.Selection.is_empty(image):
        _mask_by_selection(image, new)
    return new


def _write(buffer: Gegl.Buffer, layer: Gimp.Layer, strips: Iterable[Strip], form: str) -> None:
    width = layer.get_width()
    for row, rows, pixels in strips:
        if len(pixels) != rows * width * PIXEL_BYTES[form]:  # GIMP would not say anything
            raise ValueError(f"{len(pixels)} bytes of pixels for {rows} rows of {width}")
        buffer.set(Gegl.Rectangle.new(0, row, width, rows), form, pixels)
    buffer.flush()


def _layer_above(image: Gimp.Image, layer: Gimp.Layer) -> Gimp.Layer:
    """Copy a layer, right above it: with its mask, opacity, mode and filters."""
    if type(layer) is Gimp.Layer:
        new = layer.copy()
    else:  # a text or vector layer would be drawn anew, over the colours
        new = Gimp.Layer.new(
            image,
            "",
            layer.get_width(),
            layer.get_height(),
            Gimp.ImageType.RGBA_IMAGE,
            layer.get_opacity(),
            layer.get_mode(),
        )
        _, x, y = layer.get_offsets()
        new.set_offsets(x, y)
    new.set_name(f"{layer.get_name()} colorized")
    image.insert_layer(new, layer.get_parent(), image.get_item_position(layer))
    return new


def _mask_by_selection(image: Gimp.Image, layer: Gimp.Layer) -> None:
    """Limit a layer to the selection, and to its mask if it has one."""
    mask = layer.get_mask()
    if mask is None:
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
        return
    saved = Gimp.Selection.save(image)
    image.select_item(Gimp.ChannelOps.INTERSECT, mask)
    layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    image.select_item(Gimp.ChannelOps.REPLACE, saved)
    image.remove_channel(saved)
