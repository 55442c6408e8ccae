"""GIMP: putting the plug-in into every one that is there, and taking it out again."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from colorize_core import __version__
from colorize_core.worker.home import Engine
from gimp_plugin import installation
from gimp_plugin.hosts import Gimp, Kind, Listing, ask, find_gimps
from installer.advice import say
from installer.places import Environment

MENU = "Filters > Colorize…"
NONE_FOUND = f"No GIMP 3 was found. For {MENU}, install one and run this again."


def install_plugins(environment: Environment, home: Path) -> None:
    """Put the plug-in into every GIMP 3 and let GIMP itself say whether it is there.

    What goes wrong is told; the engine works without GIMP.
    """
    engine = Engine(environment.program("python"), home, __version__)
    gimps = find_gimps()
    if not gimps:
        say(NONE_FOUND)
    confirmed = _confirmed(home)
    for gimp in gimps:
        where = str(gimp.plugins)
        if installation.is_current(gimp.plugins, engine) and gimp.name in confirmed.get(where, ()):
            say(f"{gimp.name}: {MENU} is there.")
            continue
        if not gimp.has_settings:
            ask(gimp)  # only for its first start, in which it makes its folder
        if not gimp.has_settings:
            missing = gimp.plugins.parent
            say(f"{gimp.name} did not make {missing}: start it once, and run this again.")
            continue
        names = [name for name in confirmed.get(where, ()) if name != gimp.name]
        confirmed[where] = names
        _write(home, confirmed)  # at once: uninstalling looks there even if this run is cut short
        try:
            if not installation.is_current(gimp.plugins, engine):
                installation.install(gimp.plugins, engine)
                confirmed[where] = names = []
        except OSError as error:
            reason = error.strerror or error
            say(f"{gimp.name}: the plug-in could not be put into {where}: {reason}")
            continue
        listing = ask(gimp)
        if listing is Listing.LISTED:
            confirmed[where] = [*names, gimp.name]
        _write(home, confirmed)
        say(f"{gimp.name}: {tell(gimp, listing)}")
    _write(home, confirmed)


def tell(gimp: Gimp, listing: Listing) -> str:
    """Explain a GIMP's answer to its user."""
    if listing is Listing.SILENT:
        return f"the plug-in is in {gimp.plugins}, but GIMP did not answer; start it to see"
    if listing is Listing.MISSING:
        return (
            f"the plug-in is in {gimp.plugins}, but GIMP does not list it: start "
            f"{' '.join(gimp.program)} in a terminal, it says why"
        )
    if gimp.kind is Kind.SNAP:
        return f"{MENU} is there, but a snap may not reach the engine; a GIMP of another kind may"
    if not gimp.starts_programs:
        return f"{MENU} is there; run colorize worker start before you use it"
    return f"{MENU} is there. If GIMP is open, start it again."


def remove_plugins(home: Path) -> list[Path]:
    """Take the plug-in out of every GIMP, those that are gone included; what was removed."""
    noted = [Path(where) for where in _confirmed(home)]
    removed = []
    for plugins in _unique([*noted, *(gimp.plugins for gimp in find_gimps())]):
        if installation.remove(plugins, home):
            removed.append(plugins / installation.NAME)
    _note(home).unlink(missing_ok=True)
    return removed


def _unique(folders: Iterable[Path]) -> list[Path]:
    return list({os.path.realpath(folder): folder for folder in folders}.values())


def _note(home: Path) -> Path:
    return home / "gimp.json"


def _confirmed(home: Path) -> dict[str, list[str]]:
    """Find the GIMPs that have said that they list the plug-in, by folder of plug-ins."""
    try:
        content = json.loads(_note(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(home: Path, confirmed: dict[str, list[str]]) -> None:
    part = _note(home).with_suffix(".part")
    part.write_text(json.dumps(confirmed, indent=2) + "\n", encoding="utf-8")
    part.replace(_note(home))
