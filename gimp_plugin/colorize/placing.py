"""Putting colours into an image: all at once, in one undo step, from pixels that are all there.

A layer is finished outside the image and comes into it last, so that no lock, selection or size
can hold it up half-way. Of all that a copy inherits, what would hide or lock the colours goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gi.repository import Gegl, Gimp

import converting  # lies beside this file, as the next ones do
import kept
import layers
import likes
from layers import LAB_FORMAT, OPAQUE_FORMAT, RGB_FORMAT, LayerError
from texts import _

NEW_LAYER = "new-layer"
COLOR_LAYER = "color-layer"
IN_PLACE = "in-place"

_PIXEL_BYTES = {LAB_FORMAT: 16, RGB_FORMAT: 4, OPAQUE_FORMAT: 3}
_MASK_FORMAT = "Y float"
_LOCKS = ("content", "alpha", "position", "visibility")

Strip = tuple[int, int, "bytes | memoryview"]  # first row, rows, pixels


class Result(NamedTuple):
    """A colorized layer that is not in the image yet.

    Attributes:
        source: the layer that was colorized.
        again: the result of an earlier call, that is to be changed.
        form: the format of its pixels.
        strips: these from the top: first row, rows, and pixels.
    """

    source: Gimp.Layer
    again: Gimp.Layer | None
    form: str
    strips: Iterable[Strip]


def show_all(
    image: Gimp.Image,
    results: list[Result],
    hints: Gimp.Layer | None,
    config: Gimp.ProcedureConfig,
) -> list[Gimp.Layer]:
    """Put results into their image, in one undo step.

    Args:
        image: a grey or indexed one becomes RGB.
        results: one or more.
        hints: the layer of hints, which is hidden: it would cover the colours that it asked for.
        config: what was chosen, which the layers remember. Its output is :data:`NEW_LAYER`,
            :data:`COLOR_LAYER` or :data:`IN_PLACE`.

    Returns:
        The layers with the results, which are selected.

    Raises:
        LayerError: GIMP refuses, or a layer has gone meanwhile.
    """
    output = config.get_property("output")
    for result in results:
        written = result.again or (result.source if output == IN_PLACE else None)
        _check_still(result.source, written)
    image.undo_group_start()
    try:
        if image.get_base_type() != Gimp.ImageBaseType.RGB:
            _must(converting.to_rgb(image), _("make the image RGB"))
        shown = []
        for result in results:
            shown.append(_show(image, result, output))
            like = likes.memory(likes.chosen(config), result.source)
            kept.keep(shown[-1], config, result.source, hints, like)
        if hints and hints.is_valid():
            hints.set_visible(False)
        image.set_selected_layers(shown)
    finally:
        image.undo_group_end()
    return shown


def _check_still(source: Gimp.Layer, written: Gimp.Layer | None) -> None:
    """Look again whether layers are as they were before the engine's work, which took a while."""
    for layer in (source, written):
        if layer and (not layer.is_valid() or layer not in layers.siblings(layer)):
            raise LayerError(_("The layer has been deleted meanwhile."))
    if written and layers.lock_of(written):
        text = _("“{name}” has been locked meanwhile: unlock it.")
        raise LayerError(text.format(name=written.get_name()))


def _show(image: Gimp.Image, result: Result, output: str) -> Gimp.Layer:
    """Put one result into its image, which is RGB."""
    layer = result.source
    if result.again:
        _change(image, result.again, result)
        if result.again != layer:
            is_color = output == COLOR_LAYER
            result.again.set_mode(Gimp.LayerMode.LCH_COLOR if is_color else layer.get_mode())
        return result.again
    if output == IN_PLACE:
        _overwrite(layer, result)
        return layer
    new = _copy(image, layer)
    try:
        _write(new.get_buffer(), new, result)
        if output == COLOR_LAYER:
            _must(new.set_mode(Gimp.LayerMode.LCH_COLOR), _("set the layer's mode"))
        if not Gimp.Selection.is_empty(image):
            _mask_by_selection(image, new, layer)
        place = layer.get_parent(), image.get_item_position(layer)
        _must(image.insert_layer(new, *place), _("insert a layer"))
    except BaseException:
        new.delete()
        raise
    if new.get_mask():  # GIMP changes these in an image alone
        new.set_edit_mask(False)
        new.set_show_mask(False)
        new.set_apply_mask(True)
    return new


def _overwrite(layer: Gimp.Layer, result: Result) -> None:
    """Replace a layer's pixels, within the selection alone."""
    _write(layer.get_shadow_buffer(), layer, result)
    _must(layer.merge_shadow(True), _("write on the layer"))
    layer.update(0, 0, layer.get_width(), layer.get_height())


def _change(image: Gimp.Image, layer: Gimp.Layer, result: Result) -> None:
    """Replace all of the pixels of an earlier result; its mask limits it already."""
    if Gimp.Selection.is_empty(image):
        _overwrite(layer, result)
        return
    saved = Gimp.Selection.save(image)
    Gimp.Selection.none(image)
    try:
        _overwrite(layer, result)
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, saved)
        image.remove_channel(saved)


def _must(result: Any, doing: str) -> None:
    """Look at the answer of GIMP's.

    Raises:
        LayerError: it has refused.
    """
    if not result:
        text = _("GIMP has refused to {step}: {reason}")
        raise LayerError(text.format(step=doing, reason=Gimp.get_pdb().get_last_error()))


def _write(buffer: Gegl.Buffer, layer: Gimp.Layer, result: Result) -> None:
    width = layer.get_width()
    for row, rows, pixels in _in_whole_tiles(result, width, layers.rows_at_a_time(width)):
        buffer.set(Gegl.Rectangle.new(0, row, width, rows), result.form, pixels)
    buffer.flush()


def _in_whole_tiles(result: Result, width: int, most: int) -> Iterator[tuple[int, int, bytes]]:
    """Join strips to longer ones: of a tile that is written in parts, GIMP fetches the rest first.

    Yields:
        The first row, the rows, which are ``most`` but for the last time, and pixels.

    Raises:
        ValueError: a strip is not as long as it has to be, of which GIMP would not say anything.
    """
    row_bytes = width * _PIXEL_BYTES[result.form]
    top = row = 0
    waiting: list[memoryview] = []
    for _first, rows, pixels in result.strips:
        if len(pixels) != rows * row_bytes:
            raise ValueError(f"{len(pixels)} bytes of pixels for {rows} rows of {width}")
        rest = memoryview(pixels)
        while rest:
            part = rest[: (top + most - row) * row_bytes]
            rest = rest[len(part) :]
            row += len(part) // row_bytes
            waiting.append(part)
            if row == top + most:
                yield top, row - top, b"".join(waiting)
                top, waiting = row, []
    if waiting:
        yield top, row - top, b"".join(waiting)


def _copy(image: Gimp.Image, layer: Gimp.Layer) -> Gimp.Layer:
    """Copy a layer, outside the image: with its mask, opacity, mode and filters."""
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
        x, y = layer.get_offsets()[1:]
        new.set_offsets(x, y)
        if layer.get_mask():
            new.add_mask(new.create_mask(Gimp.AddMaskType.WHITE))
            _copy_mask(layer.get_mask(), new.get_mask())
    new.set_name(f"{layer.get_name()} colorized")
    for lock in _LOCKS:
        getattr(new, f"set_lock_{lock}")(False)
    new.set_visible(True)
    if not new.get_opacity():
        new.set_opacity(100.0)
    return new


def _mask_by_selection(image: Gimp.Image, layer: Gimp.Layer, source: Gimp.Layer) -> None:
    """Limit a copy outside the image to the selection, and to its mask if its source applies that.

    A mask cannot be taken off such a layer, but it can be painted over. Nor can it be selected or
    asked whether it is applied: GIMP does that for layers in an image alone, so it is the source's.
    """
    mask = layer.get_mask()
    if not mask:
        _must(layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION)), _("add a mask"))
        return
    saved = Gimp.Selection.save(image)
    try:
        if source.get_apply_mask():
            chosen = image.select_item(Gimp.ChannelOps.INTERSECT, source.get_mask())
            _must(chosen, _("select by a mask"))
        both = layer.create_mask(Gimp.AddMaskType.SELECTION)
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, saved)
        image.remove_channel(saved)
    _copy_mask(both, mask)
    both.delete()


def _copy_mask(source: Gimp.Channel, mask: Gimp.LayerMask) -> None:
    """Copy a mask's pixels into another of its size."""
    size = Gegl.Rectangle.new(0, 0, mask.get_width(), mask.get_height())
    shares = source.get_buffer().get(size, 1.0, _MASK_FORMAT, Gegl.AbyssPolicy.NONE)
    buffer = mask.get_buffer()
    buffer.set(size, _MASK_FORMAT, shares)
    buffer.flush()
