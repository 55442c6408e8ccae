"""``colorize evaluate``: a table, a JSON file and a contact sheet."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from colorize_core.cli.terminal import say

_SHOWN = 24


@click.command(name="evaluate")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@click.option(
    "-m", "--model", default="lite", show_default=True, help="Model, or the path of weights."
)
@click.option(
    "--size", type=click.IntRange(32), default=256, show_default=True, help="Short side in pixels."
)
@click.option(
    "--hints",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="True colours given per photo.",
)
@click.option("-t", "--temperature", type=click.FloatRange(0, 1, min_open=True))
@click.option("-s", "--saturation", type=click.FloatRange(0, 4), default=1.0, show_default=True)
@click.option("--limit", type=click.IntRange(1), help="Take only so many photos, evenly spread.")
@click.option(
    "--held-out",
    type=click.IntRange(1),
    help="Take only the photos that `colorize train PHOTOS --held-out` kept for validation.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write figures here.")
@click.option(
    "--sheet", type=click.Path(path_type=Path), help="Write a contact sheet here (PNG or JPEG)."
)
@click.option(
    "--recognise/--no-recognise",
    default=True,
    show_default=True,
    help="Ask a classifier whether it still knows what is shown.",
)
@click.option("-d", "--device", default="auto", show_default=True, help="auto, cpu, cuda, ...")
def command(
    photos: tuple[str, ...],
    model: str,
    size: int,
    hints: int,
    temperature: float | None,
    saturation: float,
    limit: int | None,
    held_out: int | None,
    json_file: Path | None,
    sheet: Path | None,
    recognise: bool,
    device: str,
) -> None:
    """Measure colorizations of PHOTOS, which are in colour: folders, tar shards, files.

    Shows the area under the curve of ab errors (raw, and rebalanced so that rare colours count
    as much as common ones), PSNR, chroma, colourfulness and recognisability, each beside the
    same figure for the photo in grey and for the truth.
    """
    from rich.console import Console
    from rich.progress import track

    from colorize_core.atomic import write_bytes
    from colorize_core.data import Photographs, evenly
    from colorize_core.engine import ColorizeOptions, Colorizer
    from colorize_core.evaluation.classifier import Classifier
    from colorize_core.evaluation.contact_sheet import contact_sheet, save_sheet
    from colorize_core.evaluation.evaluate import evaluate

    options = ColorizeOptions(model=model, temperature=temperature, saturation=saturation)
    colorizer = Colorizer(model, device)
    photographs = Photographs(photos)
    if held_out:
        _, photographs = photographs.split(held_out)
    entries = evenly(photographs, limit)
    shown_numbers = {number for number, _ in evenly(list(enumerate(entries)), _SHOWN)}
    shown = []

    def look(number, versions) -> None:
        if number in shown_numbers:
            shown.append(versions)

    console = Console(stderr=True)
    tracked = _Tracked(
        entries, track(entries, "Evaluating", console=console, disable=not console.is_terminal)
    )
    report = evaluate(
        colorizer,
        tracked,
        size,
        hints,
        options,
        Classifier(colorizer.device) if recognise else None,
        look,
    )
    _print(report)
    if json_file:
        content = {"model": model} | asdict(report) | {"recovered": report.recovered}
        write_bytes(json_file, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    if sheet:
        save_sheet(contact_sheet(shown), sheet)


class _Tracked(list):
    """A list whose iteration moves a progress bar."""

    def __init__(self, items, iterator) -> None:
        super().__init__(items)
        self._iterator = iterator

    def __iter__(self):
        return iter(self._iterator)


def _print(report) -> None:
    from rich.console import Console
    from rich.table import Table

    hints = f", {report.hints} true hints each" if report.hints else ""
    table = Table(title=f"{report.photos} photos at {report.size} pixels{hints}")
    table.add_column("")
    for name in ("grey", "colorized", "truth"):
        table.add_column(name, justify="right")
    rows = {
        "AuC raw, %": "auc_raw",
        "AuC rebalanced, %": "auc_rebalanced",
        "PSNR, dB": "psnr",
        "mean chroma": "chroma",
        "colourfulness": "colourfulness",
        "recognised, %": "recognised",
    }
    for heading, name in rows.items():
        values = [
            getattr(version, name) for version in (report.grey, report.colorized, report.truth)
        ]
        if values[0] is not None:
            shown = ("" if value is None else f"{value:.2f}" for value in values)
            table.add_row(heading, *shown)
    Console().print(table)
    chroma = report.colorized.chroma / max(1e-9, report.truth.chroma)
    say(
        f"above grey: raw {report.colorized.auc_raw - report.grey.auc_raw:+.2f}, "
        f"rebalanced {report.colorized.auc_rebalanced - report.grey.auc_rebalanced:+.2f}; "
        f"chroma {chroma:.2f} of the truth's"
    )
    if report.recovered is not None:
        say(f"of the gap in recognisability, {report.recovered:.0f} % is recovered")
