"""``colorize evaluate``: a table, a JSON file and a contact sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.options import device_option, limit_option, model_option

if TYPE_CHECKING:
    from PIL import Image

    from colorize_core.data.index import Entry
    from colorize_core.data.sources import Half


@click.command(name="evaluate")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@model_option
@click.option(
    "--size",
    type=click.IntRange(32),
    default=256,
    show_default=True,
    help="Short side of the photos, in pixels.",
)
@click.option(
    "--hints",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Number of true colours to give per photo.",
)
@click.option("-t", "--temperature", type=click.FloatRange(0, 1, min_open=True))
@click.option("-s", "--saturation", type=click.FloatRange(0, 4), default=1.0, show_default=True)
@click.option(
    "--as-is",
    is_flag=True,
    help="Show the network the lightness as it is, without stretching it.",
)
@limit_option
@click.option(
    "--held-out",
    type=click.IntRange(1),
    help="Use only the photos that `colorize train PHOTOS --held-out` kept for validation.",
)
@click.option(
    "--half",
    type=click.Choice(["choosing", "reporting"]),
    help="Take every other photo: the 1st, 3rd, ... of each folder and shard to choose settings "
    "on, or the 2nd, 4th, ... to report figures of.",
)
@click.option(
    "--by",
    type=click.Choice(["kind", "place"]),
    multiple=True,
    help="Show each kind (what names begin with, as faces of faces-0012.webp) or each of PHOTOS "
    "beside the whole; may be given again.",
)
@click.option(
    "--aged",
    is_flag=True,
    help="Also colorize aged prints of the photos: soft, grainy, faded, on film blind to red.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write the figures to this file.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="Write a contact sheet to this file, PNG or JPEG.",
)
@click.option(
    "--sheet-photos",
    type=click.IntRange(1),
    default=24,
    show_default=True,
    help="Number of photos on the contact sheet, evenly spread.",
)
@click.option(
    "--recognise/--no-recognise",
    default=True,
    show_default=True,
    help="Ask a classifier whether it recognises what the photos show.",
)
@click.option(
    "--labels",
    type=click.Choice(["names", "answers"]),
    help="What a photo should be recognised as: the ImageNet class in its name, a WordNet id as in "
    "n02123045.jpg, or the classifier's answer to the true photo. Unless given, names where all "
    "photos have one.",
)
@device_option
def command(
    photos: tuple[str, ...],
    model: str,
    size: int,
    hints: int,
    temperature: float | None,
    saturation: float,
    as_is: bool,
    limit: int | None,
    held_out: int | None,
    half: Half | None,
    by: tuple[str, ...],
    aged: bool,
    json_file: Path | None,
    sheet: Path | None,
    sheet_photos: int,
    recognise: bool,
    labels: str | None,
    device: str,
) -> None:
    """Colorize PHOTOS, which are in colour, and compare: folders, tar shards, files.

    Shows the area under the curve of ab errors (raw, and rebalanced so that rare colours count
    as much as common ones), the mean ab error, PSNR, chroma, colourfulness and recognisability,
    each beside the same figure for the grey photo and for the true one.

    \b
    colorize evaluate val/ --half choosing --temperature 0.9
    colorize evaluate people.tar objects.tar --half reporting --by kind --json figures.json
    """
    from rich.console import Console
    from rich.progress import track

    from colorize_core.atomic import write_bytes
    from colorize_core.cli.evaluate_tables import show
    from colorize_core.data import Photographs, evenly
    from colorize_core.engine import ColorizeOptions, Colorizer
    from colorize_core.evaluation.aged import AGEINGS
    from colorize_core.evaluation.classes import classes_of, kind_of, place_of
    from colorize_core.evaluation.classifier import Classifier
    from colorize_core.evaluation.contact_sheet import contact_sheet, save_sheet
    from colorize_core.evaluation.evaluate import evaluate

    options = ColorizeOptions(temperature=temperature, saturation=saturation, as_is=as_is)
    colorizer = Colorizer(model, device)
    photographs = Photographs(photos)
    if held_out:
        _, photographs = photographs.split(held_out)
    if half:
        photographs = photographs.half(half)
    entries = evenly(photographs, limit)
    classes = None
    if recognise and labels != "answers":
        classes = classes_of(entries, needed=labels == "names")
    shown_numbers = {number for number, _ in evenly(list(enumerate(entries)), sheet_photos)}
    shown: list[list[Image.Image]] = []

    def look(number: int, versions: list[Image.Image]) -> None:
        if number in shown_numbers:
            shown.append(versions)

    console = Console(stderr=True)
    tracked = _Tracked(
        entries, track(entries, "Evaluating", console=console, disable=not console.is_terminal)
    )
    groupings = {"kind": kind_of, "place": lambda entry: place_of(entry, photographs.places)}
    report = evaluate(
        colorizer,
        tracked,
        size,
        hints,
        options,
        Classifier(colorizer.device) if recognise else None,
        look,
        classes,
        {way: groupings[way] for way in by},
        AGEINGS if aged else None,
    )
    recognised = None
    if recognise:
        recognised = "classes of the photos' names" if classes else "answers to the true photos"
    show(report, half, recognised)
    if json_file:
        choices = {"model": model, "as_is": as_is, "half": half, "recognised_as": recognised}
        text = json.dumps(choices | report.content(), indent=2, allow_nan=False)
        write_bytes(json_file, f"{text}\n".encode())
    if sheet:
        save_sheet(contact_sheet(shown, columns=1 if aged else 4), sheet)


class _Tracked(list["Entry"]):
    """A list whose iteration moves a progress bar."""

    def __init__(self, items: Iterable[Entry], iterator: Iterable[Entry]) -> None:
        super().__init__(items)
        self._iterator = iterator

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._iterator)
