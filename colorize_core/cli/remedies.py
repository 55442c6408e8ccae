"""Remedies in the words of the command line."""

from __future__ import annotations

import shlex
import sys

from colorize_core.remedies import Remedy, remedy_of


def _pip(*packages: str) -> str:
    """Tell how packages come into the environment that this runs in, which may be private."""
    adds = "adds it" if len(packages) == 1 else "adds them"
    return f"{shlex.join([sys.executable, '-m', 'pip', 'install', *packages])} {adds}"


_WORDS = {
    Remedy.REPLACE: "pass --overwrite to replace it",
    Remedy.MORE_TIME: "--time-limit gives it more",
    Remedy.TRAIN: "colorize train --help says how",
    Remedy.FETCH: "colorize models fetch NAME gets them",
    Remedy.FEWER_PROCESSES: "the same command with fewer --jobs goes on from here",
    Remedy.TAKE_DAMAGED: "pass --damaged to take it as it is",
    Remedy.EVERY_PAGE: "colorize photo colorizes them all",
    Remedy.OTHER_RUN: "give another --run; --start-from takes this one's weights along",
    Remedy.HOLD_OUT: "or let --held-out N keep N of PHOTOS for validation instead",
    Remedy.NO_COPIES: "or let colorize prepare leave out copies",
    Remedy.ADD_HEIC: _pip("pillow-heif"),
    Remedy.ADD_SIGNING: _pip("c2pa-python"),
    Remedy.ADD_VIDEO: _pip("av", "opencv-python-headless"),
}


def with_remedy(message: str, remedy: Remedy | None) -> str:
    """Add to a message what to do on the command line."""
    return f"{message}; {_WORDS[remedy]}" if remedy else message


def advised(error: BaseException) -> str:
    """Add to an error's message what to do on the command line."""
    return with_remedy(str(error), remedy_of(error))
