"""docs/training.md says of the settings what the code does."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_settings_is_the_codes():
    """Where it is not: python docs/settings_table.py."""
    text = (DOCS / "training.md").read_text("utf-8")
    assert runpy.run_path(str(DOCS / "settings_table.py"))["page"](text) == text
