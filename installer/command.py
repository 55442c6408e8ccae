"""The ``colorize`` command: its link, and the photograph that shows that it works."""

import os
import shutil
import subprocess
from pathlib import Path

from installer.advice import InstallError, advice_on, say
from installer.places import WINDOWS, Environment
from installer.processes import Command, child_variables

SAMPLE_PHOTO = "chelsea"  # one of the photographs that lie in scikit-image's wheel

MAKE_SAMPLE = """
import sys
from PIL import Image
from skimage import data
photo = getattr(data, sys.argv[1])()
Image.fromarray(photo).convert("L").save(sys.argv[2], "JPEG", quality=95)
"""


def link_command(program: Path, folder: Path, home: Path) -> None:
    """Put ``colorize`` where the shell finds it, or say how it can be found."""
    if WINDOWS:
        say(f"To have the colorize command everywhere, add {program.parent} to PATH.")
        return
    link = folder / "colorize"
    if (link.exists() or link.is_symlink()) and not leads_into(link, home):
        say(f"{link} is another program and stays as it is; colorize's command is {program}")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    except OSError as error:
        say(f"{link} cannot be made ({error.strerror}); colorize's command is {program}")
        return
    if str(folder) not in os.environ.get("PATH", "").split(os.pathsep):
        profile = "~/.zprofile" if os.environ.get("SHELL", "").endswith("zsh") else "~/.profile"
        say(f'To have the colorize command, add to {profile}: export PATH="{folder}:$PATH"')
    elif shutil.which("colorize") != str(link):
        say(f"In PATH another colorize comes first: {shutil.which('colorize')}; this one is {link}")


def leads_into(link: Path, home: Path) -> bool:
    """Tell whether this is a link to something in the home, be it still there or not."""
    if not link.is_symlink():
        return False
    return home in Path(os.path.normpath(link.parent / link.readlink())).parents


def colorize_sample(environment: Environment, folder: Path) -> Path:
    """Colorize a photograph with the installed command, as its user will."""
    photo, colorized = folder / "photo.jpg", folder / "photo-colorized.jpg"
    folder.mkdir(exist_ok=True)
    if not photo.exists():
        part = folder / "photo.part"
        python = environment.program("python")
        run_captured([python, "-I", "-c", MAKE_SAMPLE, SAMPLE_PHOTO, part], environment.log)
        part.replace(photo)
    command = environment.program("colorize")
    run_captured([command, "photo", photo, "-o", colorized, "--overwrite"], environment.log)
    return colorized


def run_captured(command: Command, log: Path) -> None:
    """Run a command whose output goes to the log only if it fails."""
    asked = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=child_variables(),
    )
    if asked.returncode:
        with log.open("ab") as file:
            file.write(f"$ {' '.join(map(str, command))}\n".encode() + asked.stdout)
        raise InstallError(
            f"the sample could not be colorized: {advice_on(asked.stdout.decode(errors='replace'))}"
            f" (details: {log})"
        )
