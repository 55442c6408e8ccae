"""The plug-in's own logic with GIMP mocked; a real GIMP runs it in ``tests/gimp``."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

import gimp_plugin
from colorize_core.worker.caller import WorkerError

OPAQUE = "R'G'B' u8"
SOURCES = Path(gimp_plugin.__file__).parent / "colorize"


class Layer:
    """What the plug-in asks of a layer."""

    __gtype__ = None

    def __init__(self, width: int = 3, height: int = 2) -> None:
        self.get_width = lambda: width
        self.get_height = lambda: height
        self.get_name = lambda: "photo"
        self.is_group = self.is_floating_sel = lambda: False
        self.has_alpha = self.is_valid = lambda: True
        self.get_lock_content = lambda: False
        self.get_parent = lambda: None
        self.get_id = lambda: 7
        self.get_tattoo = lambda: 9
        self.get_parasite = lambda name: None
        self.attach_parasite = MagicMock()
        self.mask_intersect = lambda: (True, 0, 0, width, height)
        self.get_offsets = lambda: (True, 5, 7)
        self.get_image = MagicMock()
        self.get_image().get_layers.return_value = [self]
        self.set_visible = MagicMock()
        self.buffer = MagicMock()
        self.buffer.get.return_value = bytes(4) + b"\xff" * (4 * width * height - 4)
        self.get_buffer = lambda: self.buffer


@pytest.fixture
def gimp(mocker) -> MagicMock:
    """The module ``Gimp`` as the plug-in sees it."""
    gimp = MagicMock()
    gimp.Layer = Layer
    gimp.tile_height.return_value = 128
    gimp.PlugIn = type("PlugIn", (), {"__gtype__": None, "error_quark": MagicMock()})
    repository = MagicMock(Gimp=gimp)
    mocker.patch.dict(
        sys.modules, {"gi": MagicMock(repository=repository), "gi.repository": repository}
    )
    mocker.patch.object(sys, "path", [str(SOURCES), *sys.path])
    return gimp


@pytest.fixture
def plugin(gimp, mocker, tmp_path):
    """The plug-in's module, loaded as GIMP loads it; its worker gives one byte for another."""
    mocker.patch.dict(sys.modules)
    spec = importlib.util.spec_from_file_location("plugin", SOURCES / "colorize.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.GObject.Value = lambda kind, value: value
    module.ENGINE_NOTE = tmp_path / "engine.json"
    note = {"python": sys.executable, "home": str(tmp_path), "version": "1"}
    module.ENGINE_NOTE.write_text(json.dumps(note))
    worker = MagicMock()
    worker.__enter__ = lambda self: worker
    worker.colorize.return_value = b"colorized"
    module.connect_or_start = mocker.Mock(return_value=worker)
    module.placing._show = mocker.Mock(side_effect=lambda image, result, *_: result.source)
    return module


def configuration(**choices) -> SimpleNamespace:
    values = {
        "output": "new-layer",
        "saturation": 1.0,
        "temperature": 0.0,
        "as-is": False,
        "hints": None,
        "model": "lite",
        "alternative": 0,
        "like": None,
        "like-image": None,
        "likeness": 1.0,
        "dabs": "",
        **choices,
    }
    return SimpleNamespace(get_property=values.__getitem__, set_property=values.__setitem__)


def run(plugin, gimp, drawables, config=None, interactive=False):
    """The procedure's answer and the image that it was called for."""
    procedure, image = MagicMock(), MagicMock()
    mode = gimp.RunMode.INTERACTIVE if interactive else gimp.RunMode.NONINTERACTIVE
    plugin.run(procedure, mode, image, drawables, config or configuration(), None)
    return procedure.new_return_values.call_args.args, image


def test_the_models_own_temperature_is_not_sent(plugin):
    assert plugin.choices.look_options(configuration()) == {"model": "lite"}
    assert plugin.choices.color_options(configuration()) == {"saturation": 1.0}


def test_a_chosen_temperature_is_sent(plugin):
    chosen = configuration(temperature=0.5)
    assert plugin.choices.color_options(chosen)["temperature"] == 0.5


def test_the_photo_as_it_is_is_asked_for_by_those_alone_who_chose_it(plugin):
    assert plugin.choices.look_options(configuration(**{"as-is": True}))["as_is"] is True


def test_an_emptied_model_means_the_one_that_ships(plugin):
    assert plugin.choices.look_options(configuration(model=""))["model"] == "lite"


@pytest.mark.parametrize("dabs", ["[", '{"x": 1}'])
def test_dabs_that_are_no_list_are_refused(plugin, gimp, dabs):
    (status, _), image = run(plugin, gimp, [Layer()], configuration(dabs=dabs))
    assert status is gimp.PDBStatusType.EXECUTION_ERROR
    assert "dabs" in plugin.GLib.Error.new_literal.call_args.args[1]
    image.undo_group_start.assert_not_called()


def test_a_layer_is_read_colorized_and_shown(plugin, gimp):
    layer = Layer()
    (status, _), image = run(plugin, gimp, [layer])
    assert status is gimp.PDBStatusType.SUCCESS
    form = plugin.layers.formats(layer)[1]
    plugin.placing._show.assert_called_once_with(
        image, (layer, None, form, b"colorized"), "new-layer"
    )
    image.set_selected_layers.assert_called_once_with([layer])


def test_hints_are_read_as_they_lie_over_the_layer_and_then_hidden(plugin, gimp):
    layer, hints = Layer(), Layer()
    hints.get_image = layer.get_image
    hints.get_offsets = lambda: (True, 1, 2)
    run(plugin, gimp, [layer, hints], configuration(hints=hints))
    plugin.layers.Gegl.Rectangle.new.assert_any_call(4, 5, 3, 2)
    hints.set_visible.assert_called_once_with(False)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WorkerError("memory", "too large", "scale it down", Path("w.log")), "too large: scale it"),
        (OSError("no file"), "run install.py again (no file)"),
        (KeyError("home"), "run install.py again ('home')"),
    ],
)
def test_errors_are_told_before_anything_was_touched(plugin, gimp, error, told):
    plugin.connect_or_start.side_effect = error
    (status, _), image = run(plugin, gimp, [Layer()])
    assert status is gimp.PDBStatusType.EXECUTION_ERROR
    assert told in plugin.GLib.Error.new_literal.call_args.args[1]
    image.undo_group_start.assert_not_called()


def test_in_a_flatpak_the_user_is_told_to_start_the_worker(plugin, gimp, tmp_path):
    plugin.FLATPAK_MARK = tmp_path
    plugin.connect_or_start.side_effect = WorkerError("absent", "no engine", "run it", Path("w"))
    run(plugin, gimp, [Layer()])
    assert "run “colorize worker start”" in plugin.GLib.Error.new_literal.call_args.args[1]


def test_the_undo_step_is_closed_when_showing_fails(plugin, gimp):
    plugin.placing._show.side_effect = ValueError("7 bytes")
    (status, _), image = run(plugin, gimp, [Layer()])
    assert status is gimp.PDBStatusType.EXECUTION_ERROR
    image.undo_group_end.assert_called_once_with()


def test_a_cancelled_dialog_starts_nothing(plugin, gimp):
    plugin.asked = lambda *_: None
    (status, _), image = run(plugin, gimp, [Layer()], interactive=True)
    assert status is gimp.PDBStatusType.CANCEL
    plugin.connect_or_start.assert_not_called()
    image.undo_group_start.assert_not_called()


def test_only_layers_are_taken(plugin, gimp):
    (status, _), _ = run(plugin, gimp, [MagicMock()])
    assert status is gimp.PDBStatusType.EXECUTION_ERROR
    assert "Only layers" in plugin.GLib.Error.new_literal.call_args.args[1]


class Dialog:
    """A dialog whose worker has looked at a layer, or at one that has been changed since."""

    def __init__(self, has_shown: bool) -> None:
        self.has_shown = lambda key: has_shown
        self.worker = MagicMock()
        self.worker.__enter__ = lambda worker: worker
        self.worker.rendered.return_value = b"rendered"
        self.begin_render = MagicMock(return_value=self.worker)
        self.close = MagicMock()


def test_what_the_dialog_has_shown_is_coloured_while_the_layer_is_read(plugin, gimp):
    layer, dialog = Layer(), Dialog(has_shown=True)
    layer.buffer.get.side_effect = lambda *_: dialog.begin_render.assert_called_once() or b"read"
    plugin.asked = lambda *_: dialog
    _, image = run(plugin, gimp, [layer], interactive=True)
    form = plugin.layers.formats(layer)[1]
    dialog.begin_render.assert_called_once_with({"saturation": 1.0}, form)
    layer.buffer.get.assert_called()
    plugin.placing._show.assert_called_once_with(
        image, (layer, None, form, b"rendered"), "new-layer"
    )
    plugin.connect_or_start.assert_not_called()


def test_a_layer_that_is_not_what_the_dialog_has_shown_is_looked_at_anew(plugin, gimp):
    layer, dialog = Layer(), Dialog(has_shown=False)
    plugin.asked = lambda *_: dialog
    _, image = run(plugin, gimp, [layer], interactive=True)
    dialog.close.assert_called()
    dialog.worker.rendered.assert_not_called()
    form = plugin.layers.formats(layer)[1]
    plugin.placing._show.assert_called_once_with(
        image, (layer, None, form, b"colorized"), "new-layer"
    )


@pytest.mark.parametrize("rows", [1, 18, 128, 129, 300, 1000])
def test_strips_are_written_in_whole_tiles(plugin, rows):
    width, height, buffer, layer = 7, 1000, MagicMock(), Layer(7, 1000)
    plugin.layers._STRIP_PIXELS = 2 * 128 * width  # two tiles at a time
    pixels = bytes(value % 251 for value in range(3 * width * height))
    strips = [
        (top, min(rows, height - top), pixels[3 * width * top : 3 * width * (top + rows)])
        for top in range(0, height, rows)
    ]
    plugin.placing._write(buffer, layer, plugin.placing.Result(layer, None, OPAQUE, strips))
    places = [call.args for call in plugin.placing.Gegl.Rectangle.new.call_args_list]
    assert places == [(0, top, width, min(256, height - top)) for top in range(0, height, 256)]
    assert b"".join(call.args[2] for call in buffer.set.call_args_list) == pixels


def test_pixels_of_a_wrong_length_are_never_written(plugin):
    buffer, layer = MagicMock(), Layer()
    result = plugin.placing.Result(layer, None, plugin.layers.LAB_FORMAT, [(0, 2, b"12345")])
    with pytest.raises(ValueError, match="5 bytes of pixels for 2 rows"):
        plugin.placing._write(buffer, layer, result)
    buffer.set.assert_not_called()
