"""The words that users read, in their language: catalogues lie beside this file."""

from __future__ import annotations

import gettext
from pathlib import Path

from colorize_core.worker.answers import WorkerError, filled

DOMAIN = "colorize"
LOCALE = Path(__file__).resolve().parent / "locale"

_ = translated = gettext.translation(DOMAIN, LOCALE, fallback=True).gettext


def told(error: WorkerError) -> str:
    """Say what the worker, or the way to it, has failed at."""
    message, advice = (filled(translated(text), error.fields) for text in error.texts)
    return _("{message}: {advice} (log: {log})").format(
        message=message, advice=advice, log=error.log
    )
