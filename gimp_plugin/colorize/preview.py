"""The picture in the dialog: before and after, alternatives beneath, and a click on a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gi.repository import GdkPixbuf, Gimp, GLib, Gtk

from colorize_core.worker.connection import Picture

import layers  # lies beside this file, as the next one does
from texts import _

_LONG_SIDE = 440  # pixels of the picture
_THUMBNAIL = 84
_SPACE = 6
_MARK = 4  # pixels from the middle of a dab's mark to its side


class Preview:
    """The picture.

    Args:
        layer: what it shows.
        pick: called with the place of a click, in the layer's pixels.
    """

    def __init__(self, layer: Gimp.Layer, pick: Callable[[int, int], None]) -> None:
        self._full = layer.get_width(), layer.get_height()
        self._pick = pick
        self._dabs: list[dict[str, Any]] = []
        self._before = _pixbuf(*self.size, layers.read_small(layer, self.size))
        self._after: GdkPixbuf.Pixbuf | None = None
        self._image = Gtk.Image.new_from_pixbuf(self._before)
        self.area = Gtk.EventBox(tooltip_text=_("Click on a place to choose among its colours"))
        self.area.add(self._image)
        self.area.connect("button-press-event", self._click)
        self._toggle = Gtk.CheckButton(label=_("_Before"), use_underline=True)
        self._toggle.connect("toggled", lambda *_: self._draw())
        self._others = Gtk.Box(spacing=_SPACE)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=_SPACE)
        self.widget.set_valign(Gtk.Align.START)
        for child in (self.area, self._toggle, self._others):
            self.widget.pack_start(child, False, False, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return layers.within(self._full, _LONG_SIDE)

    @property
    def thumbnail_size(self) -> tuple[int, int]:
        """Width and height of the alternatives' pictures."""
        return layers.within(self._full, _THUMBNAIL)

    def show(self, picture: Picture) -> None:
        """Show the photo as it will be."""
        self._after = _pixbuf(picture.width, picture.height, picture.pixels)
        self._draw()

    def set_dabs(self, dabs: list[dict[str, Any]]) -> None:
        """Mark the places whose colour was picked."""
        self._dabs = dabs
        self._draw()

    def show_alternatives(
        self, pictures: list[Picture], chosen: int, choose: Callable[[int], None]
    ) -> None:
        """Show what the photo could look like, too, as buttons.

        Args:
            pictures: the network's first choice, then the others.
            chosen: the number of one.
            choose: called with the number of the one that is pressed.
        """
        for child in self._others.get_children():
            self._others.remove(child)
        group = None
        for number, picture in enumerate(pictures if len(pictures) > 1 else []):
            button = Gtk.RadioButton.new_from_widget(group)
            group = group or button
            button.set_mode(False)  # looks like a button that stays pressed
            pixbuf = _pixbuf(picture.width, picture.height, picture.pixels)
            button.add(Gtk.Image.new_from_pixbuf(pixbuf))
            name = _("Alternative {number}").format(number=number)
            button.set_tooltip_text(name if number else _("The model's own choice"))
            button.set_active(number == chosen)
            button.connect("toggled", _on_press(choose, number))
            self._others.pack_start(button, False, False, 0)
        self._others.show_all()

    def in_area(self, x: float, y: float) -> tuple[int, int]:
        """Find where a place of the layer lies in the area that is clicked on."""
        left, top = self._margins()
        across, down = self._on_picture(x, y)
        return left + across, top + down

    def _margins(self) -> tuple[int, int]:
        """Measure what lies left of and above the picture, which is in the middle of its area."""
        across, down = self.size
        left = (self._image.get_allocated_width() - across) // 2
        return left, (self._image.get_allocated_height() - down) // 2

    def _draw(self) -> None:
        pixbuf = self._before
        if self._after is not None and not self._toggle.get_active():
            pixbuf = self._after.copy()
            for dab in self._dabs:
                _mark(pixbuf, *self._on_picture(dab["x"], dab["y"]), dab["color"])
        self._image.set_from_pixbuf(pixbuf)

    def _on_picture(self, x: float, y: float) -> tuple[int, int]:
        (width, height), (across, down) = self._full, self.size
        return int(x * across / width), int(y * down / height)

    def _click(self, _area: Gtk.Widget, event: Any) -> bool:
        (across, down), (left, top) = self.size, self._margins()
        x, y = event.x - left, event.y - top
        if 0 <= x < across and 0 <= y < down:
            width, height = self._full
            self._pick(int(x * width / across), int(y * height / down))
        return True


def _on_press(choose: Callable[[int], None], number: int) -> Callable[[Gtk.ToggleButton], None]:
    return lambda button: choose(number) if button.get_active() else None


def _pixbuf(width: int, height: int, pixels: bytes) -> GdkPixbuf.Pixbuf:
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(pixels), GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
    )


def _mark(pixbuf: GdkPixbuf.Pixbuf, x: int, y: int, color: str) -> None:
    """Draw a small square of a colour with a white border."""
    for reach, value in ((_MARK, 0xFFFFFFFF), (_MARK - 1, (int(color[1:], 16) << 8) | 0xFF)):
        left, top = max(0, x - reach), max(0, y - reach)
        right = min(pixbuf.get_width(), x + reach + 1)
        bottom = min(pixbuf.get_height(), y + reach + 1)
        if left < right and top < bottom:
            pixbuf.new_subpixbuf(left, top, right - left, bottom - top).fill(value)
