"""The picker of colours: a click on a place, and its likely colours to choose among."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gdk, GdkPixbuf, Gtk

from preview import Preview
from texts import _

_SIDE = 28  # pixels of a colour's button
_SPACE = 6


class Picker:
    """The small window that comes up beside a place.

    Args:
        preview: the picture that was clicked on.
        put: called with a place in the layer's pixels and the colour, ``#rrggbb``.

    Attributes:
        offers_colors: whether the model would listen.
    """

    def __init__(self, preview: Preview, put: Callable[[int, int, str], None]) -> None:
        self._preview = preview
        self._put = put
        self.offers_colors = False

    def offer(self, place: tuple[int, int], colors: list[tuple[str, float]]) -> None:
        """Offer the colours of a place, and any other.

        Args:
            place: in the layer's pixels.
            colors: ``#rrggbb`` and share of 1, the likeliest first.
        """
        if not self.offers_colors:
            return
        popover = Gtk.Popover(relative_to=self._preview.area)
        spot = Gdk.Rectangle()
        spot.x, spot.y = self._preview.in_area(*place)
        spot.width = spot.height = 1
        popover.set_pointing_to(spot)
        row = Gtk.Box(spacing=_SPACE, border_width=_SPACE)
        for color, share in colors:
            button = Gtk.Button(image=Gtk.Image.new_from_pixbuf(_filled(color)))
            button.set_always_show_image(True)
            button.set_tooltip_text(f"{color}, {share:.0%}")
            button.connect("clicked", self._on_click(popover, place, color))
            row.pack_start(button, False, False, 0)
        other = Gtk.ColorButton(title=_("Another colour"), tooltip_text=_("Another colour"))
        other.connect("color-set", lambda one: self._choose(popover, place, _hex_of(one)))
        row.pack_start(other, False, False, 0)
        popover.add(row)
        popover.show_all()
        popover.popup()

    def _on_click(
        self, popover: Gtk.Popover, place: tuple[int, int], color: str
    ) -> Callable[[Gtk.Button], None]:
        return lambda _button: self._choose(popover, place, color)

    def _choose(self, popover: Gtk.Popover, place: tuple[int, int], color: str) -> None:
        popover.popdown()
        self._put(*place, color)


def _filled(color: str) -> GdkPixbuf.Pixbuf:
    pixbuf = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, _SIDE, _SIDE)
    pixbuf.fill((int(color[1:], 16) << 8) | 0xFF)
    return pixbuf


def _hex_of(button: Gtk.ColorButton) -> str:
    chosen = button.get_rgba()
    levels = (round(255 * level) for level in (chosen.red, chosen.green, chosen.blue))
    return "#" + "".join(f"{level:02x}" for level in levels)
