"""Remedies for errors; each door words them in its own way.

The library says what is wrong: its errors name no flag and no button. Where something can be done
that a door has a handle for, the class of the error bears a ``remedy``.
"""

from __future__ import annotations

from enum import Enum


class Remedy(Enum):
    """A remedy for an error."""

    REPLACE = "let the file that is there be replaced"
    MORE_TIME = "give a file more time"
    TRAIN = "train weights"
    FETCH = "fetch the weights that a model's authors published"
    FEWER_PROCESSES = "use fewer processes, and so less memory"
    TAKE_DAMAGED = "take what there is of a damaged photo"
    EVERY_PAGE = "colorize page by page"
    OTHER_RUN = "train in another folder, from this run's weights"
    HOLD_OUT = "hold photographs out instead of giving others to validate with"
    NO_COPIES = "leave copies out"
    ADD_HEIC = "install the package that reads and writes HEIC"
    ADD_SIGNING = "install the package that signs by the rules of C2PA"
    ADD_VIDEO = "install the packages that read films and follow movement"


def remedy_of(error: BaseException) -> Remedy | None:
    """Say what helps against an error, where that is known."""
    return getattr(error, "remedy", None)
