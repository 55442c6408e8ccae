"""``colorize prior``: how common each of the 313 colours is in photographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.terminal import say

if TYPE_CHECKING:
    from torch import Tensor

_TOP = 5


@click.command(name="prior")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="prior.json",
    show_default=True,
    help="File to write: JSON, or a NumPy array if the name ends in .npy.",
)
@click.option(
    "--crops",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Number of crops to measure.",
)
@click.option(
    "--crop",
    type=click.IntRange(4),
    default=128,
    show_default=True,
    help="Side of a crop, in pixels.",
)
@click.option(
    "--smallest-crop",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Smallest crop, as a share of a photo's short side, before resizing.",
)
@click.option(
    "--neighbours",
    type=click.IntRange(1, 313),
    default=10,
    show_default=True,
    help="Number of bins in a soft target.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of all random numbers.")
@click.option("--near-grey", is_flag=True, help="Count near-grey photos too.")
def command(
    photos: tuple[str, ...],
    output: Path,
    crops: int,
    crop: int,
    smallest_crop: float,
    neighbours: int,
    seed: int,
    near_grey: bool,
) -> None:
    """Measure how common each of the 313 colours is in PHOTOS: folders, tar shards, files.

    Crops without any |a| or |b| above 5 are left out, because training learns nothing from them.
    The file, for `colorize train --prior`, holds 313 numbers that sum to 1, ordered by a, then b.

    \b
    colorize prior holidays/ -o holidays.json
    """
    from rich.console import Console
    from rich.progress import track

    from colorize_core.data import CropStream, Photographs
    from colorize_core.training.prior import measure_prior, write_prior

    console = Console(stderr=True)
    if not output.absolute().parent.is_dir():
        raise FileNotFoundError(f"{output.parent}: no such folder")
    stream = CropStream(Photographs(photos), crop, smallest_crop, seed)
    prior = measure_prior(
        stream,
        crops,
        neighbours,
        near_grey,
        track=lambda numbers: track(
            numbers, "Measuring the prior", console=console, disable=not console.is_terminal
        ),
    )
    about: dict[str, str | int | float] = {
        "photographs": len(stream.photographs),
        "crops": crops,
        "crop": crop,
        "smallest_crop": smallest_crop,
        "neighbours": neighbours,
        "seed": seed,
        "near_grey": near_grey,
    }
    write_prior(output, prior, about)
    _print(prior)
    say(f"Prior: {output}")


def _print(prior: Tensor) -> None:
    import math

    from rich.console import Console
    from rich.table import Table

    from colorize_core.color.gamut import ab_bins
    from colorize_core.training.prior import entropy, mass_near_grey

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("entropy, nats", f"{entropy(prior):.3f}")
    table.add_row("of all bins alike", f"{math.log(len(prior)):.3f}")
    table.add_row("mass within |a|, |b| <= 20, %", f"{100 * mass_near_grey(prior):.1f}")
    masses, places = prior.topk(_TOP)
    for mass, (a, b) in zip(masses.tolist(), ab_bins()[places].tolist(), strict=True):
        table.add_row(f"at a = {a:.0f}, b = {b:.0f}, %", f"{100 * mass:.1f}")
    Console().print(table)
