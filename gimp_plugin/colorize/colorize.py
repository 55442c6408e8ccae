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
from typing import TYPE_CHECKING

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gegl, Gimp, Gio, GLib, GObject  # noqa: E402

from colorize_core.worker.caller import WorkerError, connect_or_start  # noqa: E402
from colorize_core.worker.home import Engine  # noqa: E402

import choices  # noqa: E402  # lies beside this file, as the next ones do
import kept  # noqa: E402
import layers  # noqa: E402
import likes  # noqa: E402
import placing  # noqa: E402
from texts import _, told, translated  # noqa: E402

if TYPE_CHECKING:
    from dialog import Dialog

PROCEDURE = "plug-in-colorize"
ENGINE_NOTE = Path(__file__).resolve().parent / "engine.json"

FLATPAK_MARK = Path("/.flatpak-info")
FLATPAK_ADVICE = _(
    "A Flatpak GIMP may not start the colorize engine: run “colorize worker start” in a terminal "
    "and try again."
)

ICON = Path(__file__).resolve().parent / "colorize.png"
SHORT_HELP = _(
    "Gives a black-and-white photograph the colours of what it shows, by a neural network; to tint "
    "it in one colour there is Colors > Colorize…"
)
HELP = _(
    "Gives black-and-white photographs plausible colours. They are computed on this computer by "
    "the colorize engine. Tones stay as they are. To say what colour something has, paint it on "
    "a transparent layer and choose that layer under Hints; to copy the colours of another photo, "
    "choose it under Colours like."
)


def installed_engine() -> Engine:
    """Find the engine, as install.py has noted it."""
    note = json.loads(ENGINE_NOTE.read_text("utf-8"))
    return Engine(Path(note["python"]), Path(note["home"]), note["version"])


def colorized(
    plans: list[layers.Plan],
    hints: Gimp.Layer | None,
    config: Gimp.ProcedureConfig,
    dialog: Dialog | None,
) -> list[placing.Result]:
    """Have layers colorized; what a dialog showed is coloured while it is compared with that."""
    results: list[placing.Result] = []

    def report(share: float, text: str) -> None:
        Gimp.progress_set_text(translated(text))
        Gimp.progress_update((len(results) + share) / len(plans))

    colors = choices.color_options(config)
    forms = [layers.formats(plan.source)[1] for plan in plans]
    looked = dialog.begin_render(colors, forms[0]) if dialog else None
    views = [choices.view_of(plan.source, hints, config) for plan in plans]
    if hints and not any(view.paint for view in views):
        text = _("Nothing is painted on “{hints}” over “{name}”: paint there, or choose no hints.")
        names = {"hints": hints.get_name(), "name": plans[0].source.get_name()}
        raise layers.LayerError(text.format(**names))
    if dialog and looked and not dialog.has_shown(views[0].key):
        dialog.close()
        looked = None
    with looked or connect_or_start(installed_engine(), report) as worker:
        for plan, view, form in zip(plans, views, forms, strict=True):
            if looked and not results:
                strips = worker.rendered(report)
            else:
                strips = worker.colorize(
                    view.size,
                    view.pixels,
                    {**view.options, **colors},
                    view.paint,
                    report,
                    view.form,
                    form,
                    view.like,
                )
            results.append(placing.Result(plan.source, plan.again, form, strips))
    return results


def colorize(
    image: Gimp.Image,
    plans: list[layers.Plan],
    config: Gimp.ProcedureConfig,
    dialog: Dialog | None = None,
) -> list[Gimp.Layer]:
    """Colorize layers as the configuration says; give the layers with the results."""
    hints = config.get_property("hints")
    Gimp.progress_init("Colorize")
    results = colorized(plans, hints, config, dialog)
    # With the bar goes its Cancel button, which would end this process between two calls.
    Gimp.progress_end()
    shown = placing.show_all(image, results, hints, config)
    Gimp.displays_flush()
    return shown


def asked(
    procedure: Gimp.Procedure,
    config: Gimp.ProcedureConfig,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
) -> Dialog | None:
    """Ask the user; None if the answer is Cancel."""
    from gi.repository import GimpUi  # brings all of GTK: a script need not wait for it

    GimpUi.init("colorize")
    from dialog import Dialog

    plan = layers.check(drawables, config.get_property("hints"), False)[0]
    dialog = Dialog(procedure, config, image, plan, installed_engine())
    if dialog.run():
        return dialog
    dialog.close()
    return None


def run(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    """Run the procedure: GIMP's entry."""
    os.environ["GEGL_PATH"] = os.devnull  # of GEGL the buffers are used, none of its operations
    Gegl.init(None)
    dialog = None
    try:
        if run_mode != Gimp.RunMode.NONINTERACTIVE and isinstance(drawables[0], Gimp.Layer):
            is_asked = run_mode == Gimp.RunMode.INTERACTIVE
            kept.remember(config, drawables[0], all_of_it=is_asked)
            likes.remember(config, drawables[0], all_of_it=is_asked)
        if run_mode == Gimp.RunMode.INTERACTIVE:
            if not config.get_property("hints"):
                config.set_property("hints", layers.painted_on(drawables))
            dialog = asked(procedure, config, image, drawables)
            if dialog is None:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
        in_place = config.get_property("output") == placing.IN_PLACE
        plans = layers.check(drawables, config.get_property("hints"), in_place)
        shown = colorize(image, plans, config, dialog)
    except layers.LayerError as error:
        return failure(procedure, str(error))
    except WorkerError as error:
        cannot_start = error.kind in ("absent", "start") and FLATPAK_MARK.exists()
        text = told(error)
        return failure(procedure, f"{FLATPAK_ADVICE} ({text})" if cannot_start else text)
    except (OSError, ValueError, KeyError) as error:
        text = _("The plug-in is not set up, run install.py again ({error}).")
        return failure(procedure, text.format(error=error))
    except Exception as error:  # GIMP would say no more than “execution error”
        text = _("The plug-in failed: {error}")
        return failure(procedure, text.format(error=f"{type(error).__name__}: {error}"))
    finally:
        if dialog:
            dialog.close()
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
        """Keep GIMP from translating: all it is given is translated already."""
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
        procedure.set_menu_label(_("Colorize…"))
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation(SHORT_HELP, HELP, name)
        procedure.set_icon_file(Gio.File.new_for_path(str(ICON)))
        procedure.set_attribution("The Colorize authors", "Apache-2.0", "2026")
        add_arguments(procedure)
        return procedure


def add_arguments(procedure: Gimp.Procedure) -> None:
    """Declare the options, as the dialog shows them."""
    flags = GObject.ParamFlags.READWRITE
    output = Gimp.Choice.new()
    output.add(placing.NEW_LAYER, 0, _("New layer"), _("A layer with the colorized photo, above"))
    output.add(
        placing.COLOR_LAYER,
        1,
        _("New layer, colour only"),
        _("Only its colour counts: edit tones below"),
    )
    output.add(placing.IN_PLACE, 2, _("The layer itself"), _("Its pixels are replaced"))
    procedure.add_choice_argument(
        "output", _("Out_put"), _("Where the colours go"), output, placing.NEW_LAYER, flags
    )
    procedure.add_double_argument(
        "saturation", _("Sa_turation"), _("Factor on the chroma: 0 is grey"), 0.0, 4.0, 1.0, flags
    )
    procedure.add_double_argument(
        "temperature",
        _("Te_mperature"),
        _("0: the model's own; else from vivid and blotchy, near 0, to even and pale, at 2"),
        0.0,
        2.0,
        0.0,
        flags,
    )
    procedure.add_boolean_argument(
        "as-is",
        _("Show the network the photo _as it is"),
        _("Else with the contrast that a faded print has lost; your picture keeps its tones"),
        False,
        flags,
    )
    procedure.add_layer_argument(
        "hints", "H_ints", "A layer on which the colours that are known are painted", True, flags
    )
    procedure.add_string_argument(
        "model", "Mo_del", "A model's name, or the path of your own weights", "lite", flags
    )
    procedure.add_layer_argument(
        likes.LIKE, "Li_ke", "A layer whose colours are copied to what looks like them", True, flags
    )
    procedure.add_image_argument(
        likes.LIKE_IMAGE, "Like image", "Else an image, as it is seen, for the same", True, flags
    )
    procedure.add_double_argument(
        likes.LIKENESS,
        _("Like_ness"),
        _("How readily the other photo's colours are copied: 1 is as the model has learnt to"),
        0.1,
        10.0,
        1.0,
        flags,
    )
    procedure.add_int_argument(
        "alternative",
        "Alternative",
        "0: the model's own choice; else one of the others, counted from 1",
        0,
        9,
        0,
        flags,
    )
    procedure.add_string_argument(
        "dabs",
        "Dabs",
        'Colours of places in the layer, as JSON: [{"x": 120, "y": 80, "color": "#3366cc"}]',
        "",
        flags,
    )
    procedure.add_layer_return_value("layer", "Layer", "The layer with the result", False, flags)


Gimp.main(Colorize.__gtype__, sys.argv)
