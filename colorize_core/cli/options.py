"""Options that several commands share."""

from __future__ import annotations

import click

model_option = click.option(
    "-m",
    "--model",
    default="lite",
    show_default=True,
    help="Model name, hf:OWNER/NAME of a hub, or path of a weights file.",
)
device_option = click.option(
    "-d",
    "--device",
    default="auto",
    show_default=True,
    help="Device to compute on: auto, cpu, cuda, mps or xpu.",
)
limit_option = click.option(
    "--limit", type=click.IntRange(1), help="Use only this many photos, evenly spread."
)
