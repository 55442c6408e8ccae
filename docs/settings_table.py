"""Write the table of a training run's settings into docs/training.md.

    python docs/settings_table.py

The table says what :class:`~colorize_core.training.TrainingConfig` says; a test compares them.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from colorize_core.training import TrainingConfig
from colorize_core.training.settings import ANY, Range, Setting, kind_of, settings_of

PAGE = Path(__file__).with_name("training.md")
BEGIN, END = "<!-- settings: written by settings_table.py -->", "<!-- end of settings -->"


def table() -> str:
    """Lay the settings out as Markdown, one a row."""
    rows = ["| option | in Python | unless given | values | |", "|---|---|---|---|---|"]
    settings = settings_of(TrainingConfig)
    for item in fields(TrainingConfig):
        setting = settings[item.name]
        option = "" if setting.option == "" else f"`--{setting.option or _dashed(item.name)}`"
        default = "" if kind_of(item) is list or item.default is None else f"`{item.default}`"
        if item.default == setting.unset:
            default = ""
        cells = (option, f"`{item.name}`", default, _values(kind_of(item), setting), setting.help)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """Put the table into the text of the page."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _values(kind: type, setting: Setting) -> str:
    if not isinstance(setting.values, Range):
        return ", ".join(setting.values)
    known = kind in (int, float, tuple) and setting.values != ANY
    said = [str(setting.values)] if known else []
    return ", ".join(said + [setting.unit] * bool(setting.unit))


def _dashed(name: str) -> str:
    return name.replace("_", "-")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
