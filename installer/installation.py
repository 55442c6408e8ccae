"""The whole installation: making it, and taking it away again."""

import shutil
from pathlib import Path

from colorize_core.worker.caller import connect  # standard library alone, as the next one
from colorize_core.worker.home import Engine, home_folder
from installer.advice import InstallError, say
from installer.command import colorize_sample, leads_into, link_command
from installer.gimps import install_plugins, remove_plugins
from installer.packages import bring_up_to_date
from installer.places import MARKER, claim, command_folder, environment_in
from installer.stamps import fingerprint, write_facts


def install(torch_index: str | None) -> None:
    """Install the command and show that it works."""
    home = home_folder()
    claim(home)
    environment = environment_in(home)
    wanted = fingerprint(environment, torch_index)
    bring_up_to_date(environment, wanted)
    link_command(environment.program("colorize"), command_folder(), home)
    say("Colorizing a photograph ...")
    try:
        colorized = colorize_sample(environment, home / "sample")
    except InstallError:
        # The next run shall look at every package instead of trusting the stamp.
        environment.stamp.unlink(missing_ok=True)
        raise
    write_facts(environment.stamp, wanted)
    install_plugins(environment, home)
    say(f"Done. A photograph colorized by the installed command: {colorized}")


def uninstall() -> None:
    """Take away what :func:`install` made, and nothing else."""
    home = home_folder()
    if home.exists() and not (home / MARKER).exists():
        raise InstallError(f"{home} was not made by this script and stays as it is")
    environment, sample = environment_in(home), home / "sample"
    link = command_folder() / "colorize"
    removed = [*remove_plugins(home), *_remove_worker(home)]
    photos = [sample / name for name in ("photo.part", "photo.jpg", "photo-colorized.jpg")]
    if leads_into(link, home):
        link.unlink()
        removed.append(link)
    if environment.venv.exists():
        shutil.rmtree(environment.venv)
        removed.append(environment.venv)
    for path in (*photos, environment.stamp, environment.log, home / MARKER):
        if path.exists():
            path.unlink()
            removed.append(path)
    for folder in (sample, home):
        if folder.exists() and any(folder.iterdir()):
            say(f"{folder} holds other files and stays.")
        elif folder.exists():
            folder.rmdir()
            removed.append(folder)
    for path in removed:
        say(f"Removed {path}")
    if not removed:
        say(f"Nothing is installed in {home}.")


def _remove_worker(home: Path) -> list[Path]:
    """Stop the engine's process and take away its folder; what was removed."""
    engine = Engine(environment_in(home).program("python"), home)
    if not engine.folder.exists():
        return []
    worker = connect(engine)
    if worker is not None:
        worker.stop()
    shutil.rmtree(engine.folder)
    return [engine.folder]
