"""The words that users read, in their language: catalogues lie beside this file."""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "colorize"
LOCALE = Path(__file__).resolve().parent / "locale"

_ = gettext.translation(DOMAIN, LOCALE, fallback=True).gettext
