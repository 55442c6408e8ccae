"""What can be wrong with a film."""

from __future__ import annotations

from colorize_core.remedies import Remedy


class VideoError(ValueError):
    """A film cannot be read, colorized or written; the message names the file and says why."""


class DamagedVideoError(VideoError):
    """A film breaks off before its end."""

    remedy = Remedy.TAKE_DAMAGED


class ExistsError(VideoError):
    """The output is there already."""

    remedy = Remedy.REPLACE
