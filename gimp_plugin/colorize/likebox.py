"""The choice of a photo whose colours are copied, in the dialog, and of how readily they are."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

import likes  # lies beside this file, as the next one does
from texts import _

_NONE = "none"


class LikeBox:
    """A list of layers and images by their names, and none; and a slider.

    Args:
        window: the dialog.
        config: the choices; changed as the user chooses.
        image: the layer's.
        layer: that is colorized.
        missed: the name of what was chosen for the layer once, and is not open any more.
    """

    def __init__(
        self,
        window: GimpUi.ProcedureDialog,
        config: Gimp.ProcedureConfig,
        image: Gimp.Image,
        layer: Gimp.Layer,
        missed: str,
    ) -> None:
        self._config = config
        self._image = image
        self._layer = layer
        self._missed = missed
        self._offered: dict[str, Gimp.Layer | Gimp.Image] = {}
        self._is_filling = False
        self.box = Gtk.ComboBoxText()
        window.get_scale_entry(likes.LIKENESS, 1.0).set_logarithmic(True)
        self.slider = window.fill_box("colorize-like", [likes.LIKENESS])
        self.fill()
        self.box.connect("changed", lambda *_: self._choose())
        for name in (likes.LIKE, likes.LIKE_IMAGE):
            config.connect(f"notify::{name}", lambda *_: self.fill())

    def fill(self) -> None:
        """Offer what there is now, if that is not what is offered."""
        chosen = likes.chosen(self._config)
        offered = {_id_of(one): one for one in likes.offered(self._image, self._layer)}
        if chosen and _id_of(chosen) not in offered:
            chosen = None
            likes.choose(self._config, None)
        self._is_filling = True
        if offered.keys() != self._offered.keys() or self.box.get_active_id() is None:
            self._offered = offered
            self.box.remove_all()
            none = _("none (“{name}” is not open)").format(name=self._missed)
            self.box.append(_NONE, none if self._missed else _("none"))
            for key, one in offered.items():
                self.box.append(key, one.get_name())
        self.box.set_active_id(_id_of(chosen) if chosen else _NONE)
        self.slider.set_sensitive(chosen is not None)
        self._is_filling = False

    def _choose(self) -> None:
        if not self._is_filling:
            likes.choose(self._config, self._offered.get(self.box.get_active_id() or _NONE))


def _id_of(what: Gimp.Layer | Gimp.Image) -> str:
    kind = "image" if isinstance(what, Gimp.Image) else "layer"
    return f"{kind} {what.get_id()}"
