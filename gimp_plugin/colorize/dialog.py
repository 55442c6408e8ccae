"""The dialog: the photo in colour before anything is done to it.

The preview comes from the worker, which looks at the layer once; see :mod:`sitting`. GIMP's own
widgets show the simple options, and this file those that depend on the image.
"""

from __future__ import annotations

import json
from typing import Any

from gi.repository import Gimp, GimpUi, GLib, Gtk

from colorize_core.worker.connection import WorkerConnection
from colorize_core.worker.home import Engine

import choices  # lies beside this file, as the next ones do
import layers
from picker import Picker
from preview import Preview
from sitting import Sitting
from texts import _

_OPTIONS = ("output", "saturation", "temperature", "as-is")
_NO_HINTS = -1
_SPACE = 6
_WIDTH = 380  # of the options, at least: leaves the sliders some length
_OF_A_PRESET = ("temperature", "saturation")
_PRESETS = {  # a temperature of 0 is the model's own
    _("Natural"): (0.0, 1.0),
    _("Vivid"): (0.4, 1.4),
    _("Gentle"): (0.0, 0.7),
    _("Faded"): (1.0, 0.5),
}


class Dialog:
    """The dialog for one layer.

    Args:
        procedure: the plug-in's.
        config: the choices; changed as the user chooses.
        image: the layer's.
        layer: that the preview shows: the source of the first one that is colorized.
        engine: makes the preview.
    """

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        image: Gimp.Image,
        layer: Gimp.Layer,
        engine: Engine,
    ) -> None:
        self._config = config
        self._image = image
        self._layer = layer
        self._key: tuple[Any, ...] | None = None
        self._hints: list[Gimp.Layer] = []
        self._window = GimpUi.ProcedureDialog.new(procedure, config, _("Colorize"))
        for slider in ("saturation", "temperature"):
            self._window.get_scale_entry(slider, 1.0)
        self._preview = Preview(layer, self._pick)
        self._models = Gtk.ComboBoxText()
        self._presets = Gtk.ComboBoxText()
        self._status = Gtk.Label(xalign=0.0, wrap=True, max_width_chars=50)
        self._lay_out()
        self._sitting = Sitting(engine, lambda what, value: GLib.idle_add(self._told, what, value))
        self._picker = Picker(self._preview, self._put_dab)
        self._show_models([])
        for name in ("saturation", "temperature", "alternative"):
            config.connect(f"notify::{name}", lambda *_: self._color())
        for name in ("model", "as-is", "hints", "dabs"):
            config.connect(f"notify::{name}", lambda *_: self._look())
        self._window.connect("focus-in-event", lambda *_: self._look())
        self._look()

    def run(self) -> bool:
        """Show the dialog until the user has chosen; tell whether to go on."""
        chosen = self._window.run()
        self._window.destroy()
        self._sitting.end()
        return bool(chosen)

    def worker_for(self, key: tuple[Any, ...]) -> WorkerConnection | None:
        """Give the worker, if it has looked at just what is asked for; None else."""
        while self._sitting.thread.is_alive():
            self._sitting.thread.join(0.1)
            Gimp.progress_pulse()
        return self._sitting.worker_for(key)

    def close(self) -> None:
        """Hang up."""
        self._sitting.close()

    def _lay_out(self) -> None:
        options = self._window.fill_box("colorize-options", list(_OPTIONS))
        options.set_orientation(Gtk.Orientation.VERTICAL)
        options.set_spacing(_SPACE)
        grid = Gtk.Grid(row_spacing=_SPACE, column_spacing=_SPACE)
        rows = ((_("_Preset"), self._presets), (_("H_ints"), self._hints_box()))
        for row, (text, widget) in enumerate((*rows, (_("Mo_del"), self._models))):
            label = Gtk.Label(label=text, use_underline=True, xalign=0.0, mnemonic_widget=widget)
            widget.set_hexpand(True)
            grid.attach(label, 0, row, 1, 1)
            grid.attach(widget, 1, row, 1, 1)
        for name in _PRESETS:
            self._presets.append_text(name)
        self._presets.connect("changed", self._set_preset)
        clear = Gtk.Button(label=_("Take back the picked _colours"), use_underline=True)
        clear.connect("clicked", lambda *_: self._config.set_property("dabs", ""))
        right = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2 * _SPACE)
        right.set_size_request(_WIDTH, -1)
        for widget in (options, grid, clear, self._status):
            right.pack_start(widget, False, False, 0)
        whole = Gtk.Box(spacing=2 * _SPACE, border_width=2 * _SPACE)
        whole.pack_start(self._preview.widget, False, False, 0)
        whole.pack_start(right, True, True, 0)
        self._window.get_content_area().pack_start(whole, True, True, 0)
        whole.show_all()

    def _hints_box(self) -> Gtk.ComboBoxText:
        """Offer the layers that can hold hints, and none."""
        box = Gtk.ComboBoxText()
        box.append(str(_NO_HINTS), _("none"))
        chosen = self._config.get_property("hints")
        box.set_active_id(str(_NO_HINTS))
        if self._image.get_base_type() != Gimp.ImageBaseType.GRAY:
            for layer in every_layer(self._image.get_layers()):
                if layer != self._layer and layers.may_hold_hints(layer):
                    self._hints.append(layer)
                    box.append(str(layer.get_id()), layer.get_name())
        if chosen in self._hints:
            box.set_active_id(str(chosen.get_id()))
        else:
            self._config.set_property("hints", None)
        box.connect("changed", self._set_hints)
        return box

    def _set_hints(self, box: Gtk.ComboBoxText) -> None:
        chosen = int(box.get_active_id())
        found = [layer for layer in self._hints if layer.get_id() == chosen]
        self._config.set_property("hints", found[0] if found else None)

    def _set_preset(self, box: Gtk.ComboBoxText) -> None:
        if box.get_active_text() is None:  # after a slider was moved
            return
        preset = _PRESETS[box.get_active_text()]
        with self._config.freeze_notify():  # so that one picture is made, not two
            for name, value in zip(_OF_A_PRESET, preset, strict=True):
                self._config.set_property(name, value)

    def _show_models(self, names: list[str]) -> None:
        """Offer the models that there are, the one that is chosen, and files."""
        chosen = self._config.get_property("model") or "lite"
        self._models.remove_all()
        for name in dict.fromkeys([*names, chosen]):
            self._models.append(name, name)
        self._models.append("", _("from a file…"))
        self._models.set_active_id(chosen)
        if not hasattr(self, "_models_signal"):
            self._models_signal = self._models.connect("changed", self._set_model)

    def _set_model(self, box: Gtk.ComboBoxText) -> None:
        name = box.get_active_id()
        if name is None:  # while the list is made anew
            return
        if not name:
            name = self._file() or self._config.get_property("model")
            if box.set_active_id(name):
                return
            box.insert(0, name, name)
            box.set_active_id(name)
            return
        self._config.set_property("model", name)

    def _file(self) -> str | None:
        """Let the user choose a file of weights."""
        chooser = Gtk.FileChooserNative.new(
            _("Weights"), self._window, Gtk.FileChooserAction.OPEN, None, None
        )
        chosen = chooser.run() == Gtk.ResponseType.ACCEPT
        return str(chooser.get_filename()) if chosen else None

    def _look(self) -> bool:
        """Have the network look, if what it would see has changed."""
        try:
            view = choices.view_of(self._layer, self._config.get_property("hints"), self._config)
        except layers.LayerError as error:
            self._status.set_text(str(error))
            return False
        if view.key != self._key:
            self._key = view.key
            self._status.set_text(_("Looking at the picture…"))
            self._sitting.ask("look", view)
            self._color()
        return False

    def _color(self) -> None:
        options = choices.color_options(self._config)
        self._sitting.ask("picture", (self._preview.size, options))
        set_now = tuple(round(self._config.get_property(name), 3) for name in _OF_A_PRESET)
        self._presets.set_active(
            list(_PRESETS.values()).index(set_now) if set_now in _PRESETS.values() else -1
        )
        self._preview.set_dabs(choices.dabs_of(self._config))

    def _told(self, what: str, value: Any) -> bool:
        """Take what the sitting tells, in the dialog's own thread."""
        if what == "models":
            self._show_models([name for name, _hints in value])
        elif what == "looked":
            self._status.set_text("")
            self._picker.offers_colors = value.takes_hints
            if value.has_classes:
                options = choices.color_options(self._config)
                options.pop("alternative", None)
                self._sitting.ask("thumbnails", (self._preview.thumbnail_size, options))
            else:
                self._preview.show_alternatives([], 0, self._choose)
        elif what == "picture":
            self._preview.show(value)
        elif what == "thumbnails":
            chosen = self._config.get_property("alternative")
            self._preview.show_alternatives(value, chosen, self._choose)
        elif what == "colors":
            self._picker.offer(*value)
        elif what == "error":
            self._status.set_text(value)
            self._key = None  # so that the next look asks again
        return False

    def _choose(self, alternative: int) -> None:
        self._config.set_property("alternative", alternative)

    def _pick(self, x: int, y: int) -> None:
        self._sitting.ask("colors", (x, y))

    def _put_dab(self, x: int, y: int, color: str) -> None:
        dabs = [*choices.dabs_of(self._config), {"x": x, "y": y, "color": color}]
        self._config.set_property("dabs", json.dumps(dabs))


def every_layer(items: list[Gimp.Layer]) -> list[Gimp.Layer]:
    """List layers and those in their groups."""
    found = []
    for item in items:
        found.append(item)
        if item.is_group():
            found += every_layer(item.get_children())
    return found
