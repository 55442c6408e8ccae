#!/usr/bin/env python3
"""Filters > Colorize…: colour for black-and-white photographs, by a local engine.

GIMP runs this in its own Python, where there is the standard library and little else. The colours
come from a process of the installed engine, which is started when it is needed and then kept. Only
when all of them are there is the image touched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402

from colorize_core.worker.caller import WorkerError, connect_or_start  # noqa: E402
from colorize_core.worker.home import Engine  # noqa: E402

import layers  # noqa: E402  # lies beside this file, as the next one does
import placing  # noqa: E402

PROCEDURE = "plug-in-colorize"
ENGINE_NOTE = Path(__file__).resolve().parent / "engine.json"

FLATPAK_MARK = Path("/.flatpak-info")
FLATPAK_ADVICE = (
    "A Flatpak GIMP may not start the colorize engine: run “colorize worker start” in a terminal "
    "and try again."
)
_DIALOG_WIDTH = 480  # leaves the sliders some length

HELP = (
    "Gives black-and-white photographs plausible colours. They are computed on this computer by "
    "the colorize engine. Tones stay as they are. To say what colour something has, paint it on "
    "a transparent layer and choose that layer under Hints."
)


def installed_engine() -> Engine:
    """Find the engine, as install.py has noted it."""
    note = json.loads(ENGINE_NOTE.read_text("utf-8"))
    return Engine(Path(note["python"]), Path(note["home"]), note["version"])


def chosen_options(config: Gimp.ProcedureConfig) -> dict[str, Any]:
    """Turn the choices into the engine's options."""
    model = config.get_property("model") or "lite"
    if model.startswith("~"):
        model = str(Path(model).expanduser())
    options = {
        "model": model,
        "saturation": config.get_property("saturation"),
    }
    if config.get_property("temperature") > 0.0:
        options["temperature"] = config.get_property("temperature")
    if config.get_property("as-is"):
        options["as_is"] = True
    return options


def colorized(
    selected: list[Gimp.Layer], hints: Gimp.Layer | None, options: dict[str, Any]
) -> list[placing.Result]:
    """Have layers colorized."""
    paints = [layers.read_paint(hints, layer) if hints else None for layer in selected]
    if hints and not any(paints):
        raise layers.LayerError(
            f"Nothing is painted on “{hints.get_name()}” over “{selected[0].get_name()}”: paint "
            "there, or choose no hints."
        )
    results: list[placing.Result] = []

    def report(share: float, text: str) -> None:
        Gimp.progress_set_text(text)
        Gimp.progress_update((len(results) + share) / len(selected))

    with connect_or_start(installed_engine(), report) as worker:
        for layer, paint in zip(selected, paints, strict=True):
            size = layer.get_width(), layer.get_height()
            form, result = layers.formats(layer.get_image())
            pixels = layers.read(layer, form)
            strips = worker.colorize(size, pixels, options, paint, report, form, result)
            results.append(placing.Result(layer, strips))
    return results


def colorize(
    image: Gimp.Image, drawables: list[Gimp.Drawable], config: Gimp.ProcedureConfig
) -> list[Gimp.Layer]:
    """Colorize layers as the configuration says; give the layers with the results."""
    hints, output = config.get_property("hints"), config.get_property("output")
    selected = layers.check(drawables, hints, output == placing.IN_PLACE)
    Gimp.progress_init("Colorize")
    results = colorized(selected, hints, chosen_options(config))
    # With the bar goes its Cancel button, which would end this process between two calls.
    Gimp.progress_end()
    shown = placing.show_all(image, results, hints, output)
    Gimp.displays_flush()
    return shown


def run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    """Run the procedure: GIMP's entry."""
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from gi.repository import GimpUi  # brings all of GTK: a script need not wait for it

        GimpUi.init("colorize")
        dialog = GimpUi.ProcedureDialog.new(procedure, config, "Colorize")
        for slider in ("saturation", "temperature"):
            dialog.get_scale_entry(slider, 1.0)
        dialog.fill(None)
        dialog.set_default_size(_DIALOG_WIDTH, -1)
        chosen = dialog.run()
        dialog.destroy()
        if not chosen:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    os.environ["GEGL_PATH"] = os.devnull  # of GEGL the buffers are used, none of its operations
    Gegl.init(None)
    try:
        shown = colorize(image, drawables, config)
    except layers.LayerError as error:
        return failure(procedure, str(error))
    except WorkerError as error:
        cannot_start = error.kind in ("absent", "start") and FLATPAK_MARK.exists()
        return failure(procedure, f"{FLATPAK_ADVICE} ({error})" if cannot_start else str(error))
    except (OSError, ValueError, KeyError) as error:
        return failure(procedure, f"The plug-in is not set up, run install.py again ({error}).")
    except Exception as error:  # GIMP would say no more than “execution error”
        return failure(procedure, f"The plug-in failed: {type(error).__name__}: {error}")
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    values.remove(1)
    values.insert(1, GObject.Value(Gimp.Layer.__gtype__, shown[0]))
    return values


def failure(procedure: Gimp.Procedure, message: str) -> Gimp.ValueArray:
    """Make the error for GIMP to show."""
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), message, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)


class Colorize(Gimp.PlugIn):
    """The plug-in as GIMP asks for it."""

    def do_set_i18n(self, _name: str) -> bool:
        """Tell GIMP that there are no translations."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Name the procedures."""
        return [PROCEDURE]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """Make the procedure, with its place in the menu and its options."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("*")
        some = Gimp.ProcedureSensitivityMask
        procedure.set_sensitivity_mask(some.DRAWABLE | some.DRAWABLES)
        procedure.set_menu_label("Colorize…")
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation("Give a black-and-white photograph colours", HELP, name)
        procedure.set_attribution("The Colorize authors", "Apache-2.0", "2026")
        add_arguments(procedure)
        return procedure


def add_arguments(procedure: Gimp.Procedure) -> None:
    """Declare the options, as the dialog shows them."""
    flags = GObject.ParamFlags.READWRITE
    output = Gimp.Choice.new()
    output.add(placing.NEW_LAYER, 0, "New layer", "A layer with the colorized photo, above")
    output.add(
        placing.COLOR_LAYER, 1, "New layer, colour only", "Only its colour counts: edit tones below"
    )
    output.add(placing.IN_PLACE, 2, "The layer itself", "Its pixels are replaced")
    procedure.add_choice_argument(
        "output", "Out_put", "Where the colours go", output, placing.NEW_LAYER, flags
    )
    procedure.add_double_argument(
        "saturation", "Sa_turation", "Factor on the chroma: 0 is grey", 0.0, 4.0, 1.0, flags
    )
    procedure.add_double_argument(
        "temperature",
        "Te_mperature",
        "0: the model's own; else from vivid and blotchy, near 0, to even and pale, at 1",
        0.0,
        1.0,
        0.0,
        flags,
    )
    procedure.add_boolean_argument(
        "as-is",
        "Show the network the photo _as it is",
        "Else with the contrast that a faded print has lost; your picture keeps its tones",
        False,
        flags,
    )
    procedure.add_layer_argument(
        "hints", "H_ints", "A layer on which the colours that are known are painted", True, flags
    )
    procedure.add_string_argument(
        "model", "Mo_del", "A model's name, or the path of your own weights", "lite", flags
    )
    procedure.add_layer_return_value("layer", "Layer", "The layer with the result", False, flags)


Gimp.main(Colorize.__gtype__, sys.argv)
