"""The part of ``colorize doctor`` about GIMP: which there are, whether they have the plug-in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from colorize_core.cli.findings import Finding

if TYPE_CHECKING:
    from colorize_core.worker.home import Engine
    from gimp_plugin.hosts import Gimp

_AGAIN = "run install.py again"


def examine_gimps() -> Iterator[Finding]:
    """Look at every GIMP 3, and at the worker that they share. Starts each GIMP, windowless."""
    from colorize_core import __version__
    from colorize_core.worker.home import Engine, home_folder
    from gimp_plugin.hosts import find_gimps

    engine = Engine(Path(sys.executable), home_folder(), __version__)
    gimps = find_gimps()
    if not gimps:
        yield Finding("note", f"no GIMP 3 found; for Filters > Colorize, install one and {_AGAIN}")
        return
    for gimp in gimps:
        yield _plugin(gimp, engine)
    yield _worker(engine, all(gimp.starts_programs for gimp in gimps))


def _plugin(gimp: Gimp, engine: Engine) -> Finding:
    from gimp_plugin import installation
    from gimp_plugin.hosts import Listing, ask

    if not installation.is_there(gimp.plugins):
        return Finding("note", f"{gimp.name} has no plug-in in {gimp.plugins}: {_AGAIN}")
    listing = ask(gimp)
    if listing is Listing.SILENT:
        return Finding("bad", f"{gimp.name} does not answer ({' '.join(gimp.program)})")
    if listing is Listing.MISSING:
        return Finding(
            "bad",
            f"{gimp.name} does not list the plug-in in {gimp.plugins}: {_AGAIN}; started in a "
            "terminal, GIMP says why",
        )
    if not installation.is_current(gimp.plugins, engine):
        return Finding(
            "note",
            f"{gimp.name} lists the plug-in, but of another version or for another engine "
            f"({gimp.plugins}): {_AGAIN}",
        )
    return Finding("ok", f"{gimp.name} lists Filters > Colorize ({gimp.plugins})")


def _worker(engine: Engine, starts_by_itself: bool) -> Finding:
    from colorize_core.worker.caller import WorkerError, connect

    worker = connect(engine)
    if worker is not None:
        try:
            with worker:
                state = worker.status()["state"]
        except WorkerError as error:
            return Finding("bad", f"the worker for GIMP does not answer: {error}")
        return Finding("ok", f"the worker for GIMP runs, {state} (log: {engine.log})")
    if starts_by_itself:
        return Finding("ok", "the worker for GIMP starts when it is needed")
    return Finding(
        "note",
        "a GIMP as a Flatpak or a snap may not start the worker: run colorize worker start first",
    )
