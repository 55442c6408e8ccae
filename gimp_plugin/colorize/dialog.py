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
import likes
from likebox import LikeBox
from picker import Picker
from preview import Preview
from sitting import Sitting
from temperature import Temperature
from texts import _

_OF_THE_NETWORK = ("model", "as-is", "hints", "dabs")
_OF_ANOTHER_PHOTO = (likes.LIKE, likes.LIKE_IMAGE, likes.LIKENESS)
_OF_THE_COLORS = ("saturation", "temperature", "alternative")
_PAUSE = 150  # milliseconds for which a slider rests before the network looks anew
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
        plan: of the first layer that is colorized: the preview shows its source.
        engine: makes the preview.
    """

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        image: Gimp.Image,
        plan: layers.Plan,
        engine: Engine,
    ) -> None:
        self._config = config
        self._image = image
        self._layer = plan.source
        self._soon = 0
        self._key: tuple[Any, ...] | None = None
        self._hints: list[Gimp.Layer] = []
        self._window = GimpUi.ProcedureDialog.new(procedure, config, _("Colorize"))
        self._window.get_scale_entry("saturation", 1.0)
        self._temperature = Temperature(config)
        missed = likes.missed(config, plan.again or plan.source)
        self._like = LikeBox(self._window, config, image, plan.source, missed)
        self._preview = Preview(plan.source, self._pick)
        self._models = Gtk.ComboBoxText()
        self._presets = Gtk.ComboBoxText()
        self._status = Gtk.Label(xalign=0.0, wrap=True, max_width_chars=50)
        self._lay_out()
        self._sitting = Sitting(engine, lambda what, value: GLib.idle_add(self._told, what, value))
        self._picker = Picker(self._preview, self._put_dab)
        self._show_models([])
        for name in _OF_THE_COLORS:
            config.connect(f"notify::{name}", lambda *_: self._color())
        for name in _OF_THE_NETWORK:
            config.connect(f"notify::{name}", lambda *_: self._look())
        for name in _OF_ANOTHER_PHOTO:
            config.connect(f"notify::{name}", lambda *_: self._look_soon())
        self._window.connect("focus-in-event", lambda *_: self._come_back())
        self._look()

    def run(self) -> bool:
        """Show the dialog until the user has chosen; tell whether to go on."""
        chosen = self._window.run()
        self._wait_no_more()
        self._window.destroy()
        self._sitting.end()
        return bool(chosen)

    def begin_render(self, options: dict[str, Any], form: str) -> WorkerConnection | None:
        """Have the worker colour what it has looked at last; None if it has looked at nothing."""
        while self._sitting.thread.is_alive():
            self._sitting.thread.join(0.1)
            Gimp.progress_pulse()
        return self._sitting.begin_render(options, form)

    def has_shown(self, key: tuple[Any, ...]) -> bool:
        """Tell whether just this view was looked at last."""
        return self._sitting.seen == key

    def close(self) -> None:
        """Hang up."""
        self._sitting.close()

    def _lay_out(self) -> None:
        colors = self._window.fill_box("colorize-colors", ["output", "saturation"])
        network = self._window.fill_box("colorize-network", ["as-is"])
        for box in (colors, network):
            box.set_orientation(Gtk.Orientation.VERTICAL)
            box.set_spacing(_SPACE)
        presets = _grid((_("Pr_eset"), self._presets))
        grid = _grid(
            (_("Mo_del"), self._models),
            (_("H_ints"), self._hints_box()),
            (_("Colours li_ke"), self._like.box),
        )
        for name in _PRESETS:
            self._presets.append_text(name)
        self._presets.connect("changed", self._set_preset)
        clear = Gtk.Button(label=_("Take back the picked colo_urs"), use_underline=True)
        clear.connect("clicked", lambda *_: self._config.set_property("dabs", ""))
        right = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2 * _SPACE)
        right.set_size_request(_WIDTH, -1)
        temperature = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=_SPACE)
        for part in (self._temperature.box, self._temperature.slider):
            temperature.pack_start(part, False, False, 0)
        kinds = (colors, temperature, presets, network, grid, self._like.slider)
        for widget in (*kinds, clear, self._status):
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
            for layer in layers.every_layer(self._image.get_layers()):
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

    def _come_back(self) -> bool:
        """Look again at what the user may have changed in GIMP meanwhile."""
        self._like.fill()
        return self._look()

    def _look_soon(self) -> None:
        """Look once the user moves nothing any more."""
        self._wait_no_more()
        self._soon = GLib.timeout_add(_PAUSE, self._look_now)

    def _look_now(self) -> bool:
        self._soon = 0
        return self._look()

    def _wait_no_more(self) -> None:
        if self._soon:
            GLib.source_remove(self._soon)
            self._soon = 0

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
            self._temperature.offer(value.temperature, value.has_classes)
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


def _grid(*rows: tuple[str, Gtk.Widget]) -> Gtk.Grid:
    """Set widgets beside their names."""
    grid = Gtk.Grid(row_spacing=_SPACE, column_spacing=_SPACE)
    for row, (text, widget) in enumerate(rows):
        label = Gtk.Label(label=text, use_underline=True, xalign=0.0, mnemonic_widget=widget)
        widget.set_hexpand(True)
        grid.attach(label, 0, row, 1, 1)
        grid.attach(widget, 1, row, 1, 1)
    return grid
