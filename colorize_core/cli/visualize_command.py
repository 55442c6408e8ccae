"""``colorize visualize``: figures of priors, of runs, and of what a model thinks of photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.options import device_option, limit_option, model_option
from colorize_core.cli.terminal import say

if TYPE_CHECKING:
    from PIL import Image

_LONGEST = 384  # pixels; photos are drawn no larger


@click.command(name="visualize")
@click.argument("photos", metavar="[PHOTOS]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="figures",
    show_default=True,
    help="Folder to write PNG files into.",
)
@click.option(
    "--prior",
    "prior_file",
    type=click.Path(path_type=Path),
    help="Draw a prior, a file from `colorize prior`, and its class weights.",
)
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path),
    help="Draw the learning curves of a training run, from its folder.",
)
@model_option
@limit_option
@click.option(
    "--gamma",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Parameter of the class weights, as in `colorize train`.",
)
@click.option(
    "--alpha",
    type=float,
    default=1.0,
    show_default=True,
    help="Parameter of the class weights, as in `colorize train`.",
)
@device_option
def command(
    photos: tuple[str, ...],
    output: Path,
    prior_file: Path | None,
    run_folder: Path | None,
    model: str,
    limit: int | None,
    gamma: float,
    alpha: float,
    device: str,
) -> None:
    """Draw figures: of a prior, of a training run, and of PHOTOS as a model sees them.

    For each photo, one figure shows how sure the model is of every pixel's colour (the entropy of
    its distribution), another the photo at temperatures from 1, the mean, to 0, the mode.

    \b
    colorize visualize --prior prior.json --run runs/first -o figures
    colorize visualize grandmother.jpg
    """
    if not (photos or prior_file or run_folder):
        raise click.UsageError("nothing to draw: give PHOTOS, --prior or --run")
    from colorize_core.evaluation.contact_sheet import save_sheet

    figures: dict[str, Image.Image] = {}
    if prior_file:
        figures |= _of_prior(prior_file, gamma, alpha)
    if run_folder:
        from colorize_core.figures.curves import curves_figure
        from colorize_core.training.logs import read_curves

        figures["curves"] = curves_figure(read_curves(run_folder))
    output.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        save_sheet(figure, output / f"{name}.png")
    for name, figure in _of_photos(photos, model, limit, device) if photos else ():
        save_sheet(figure, output / f"{name}.png")
    say(f"Figures: {output}")


def _of_prior(path: Path, gamma: float, alpha: float) -> dict[str, Image.Image]:
    from colorize_core.color.rebalance import class_weights
    from colorize_core.figures.plane import plane_figure
    from colorize_core.training.prior import entropy, read_prior

    prior = read_prior(path)
    weights = class_weights(prior, gamma, alpha)
    return {
        "prior": plane_figure(
            prior, f"Prior over the 313 bins, {entropy(prior):.2f} nats", "share of pixels"
        ),
        "class-weights": plane_figure(
            weights, f"Class weights, gamma {gamma:g}, alpha {alpha:g}", "weight, mean 1"
        ),
    }


def _of_photos(
    photos: tuple[str, ...], model: str, limit: int | None, device: str
) -> Iterator[tuple[str, Image.Image]]:
    """Draw the figures of photos, with their names."""
    import numpy as np

    from colorize_core.data import Photographs, evenly
    from colorize_core.engine import Colorizer
    from colorize_core.figures.photo import entropy_figure, temperature_strip

    entries = evenly(Photographs(photos).entries, limit)
    colorizer = Colorizer(model, device)
    names: set[str] = set()
    for number, entry in enumerate(entries, 1):
        image = Photographs.open(entry)
        image.thumbnail((_LONGEST, _LONGEST))
        prediction = colorizer.predict(np.asarray(image))
        name = Path(entry.name).stem
        if name in names:
            name = f"{name}-{number}"
        names.add(name)
        yield f"{name}-entropy", entropy_figure(prediction, f"{name}, {colorizer.model.name}")
        yield f"{name}-temperatures", temperature_strip(prediction)
