"""The temperature in the dialog: the model's own, or one that the user sets."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

from texts import _  # lies beside this file

_NAME = "temperature"
_OWN = 0.0  # stands for the model's own in the procedure
_LEAST, _MOST, _DIGITS = 0.01, 2.0, 2
_USUAL = 0.38  # is shown until it is known what the model was tuned for


class Temperature:
    """A box to tick for the model's own temperature, and a slider for another one.

    The slider always shows the temperature that counts, and moves where the box is not ticked.

    Args:
        config: the choices; changed as the user chooses.
    """

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        self._config = config
        self._models_own = _USUAL
        self._is_used = True
        self._follows = False
        self.box = Gtk.CheckButton(label=_("The model's o_wn temperature"), use_underline=True)
        self.slider = GimpUi.ScaleEntry.new(_("Te_mperature"), _USUAL, _LEAST, _MOST, _DIGITS)
        self.slider.set_tooltip_text(_("From vivid and blotchy, near 0, to even and pale, at 2"))
        self._show()
        self.box.connect("toggled", lambda *_: self._tick())
        self.slider.connect("value-changed", lambda *_: self._move())
        config.connect(f"notify::{_NAME}", lambda *_: self._show())

    def offer(self, models_own: float, is_used: bool) -> None:
        """Show what the model was tuned for.

        Args:
            models_own: above 0, up to 2.
            is_used: whether the temperature makes any difference to the model.
        """
        self._models_own, self._is_used = models_own, is_used
        self._show()

    def _show(self) -> None:
        chosen = self._config.get_property(_NAME)
        self._follows = True  # what is changed here has been chosen already
        self.box.set_active(chosen == _OWN)
        self.slider.set_value(chosen or self._models_own)
        self.box.set_sensitive(self._is_used)
        self.slider.set_sensitive(self._is_used and chosen != _OWN)
        self._follows = False

    def _tick(self) -> None:
        if not self._follows:
            is_own = self.box.get_active()
            self._config.set_property(_NAME, _OWN if is_own else self.slider.get_value())

    def _move(self) -> None:
        if not self._follows:
            self._config.set_property(_NAME, self.slider.get_value())
