"""``colorize photo``: files and folders in, the same in colour out."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.progress import Display
from colorize_core.cli.remedies import with_remedy
from colorize_core.cli.terminal import say

if TYPE_CHECKING:
    from colorize_core.engine.options import Border


@click.command(name="photo")
@click.argument(
    "sources",
    metavar="IN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="File (for one photo) or folder to write to.  [default: NAME-colorized beside IN]",
)
@click.option(
    "-m", "--model", default="lite", show_default=True, help="Model, or the path of weights."
)
@click.option(
    "-t",
    "--temperature",
    type=click.FloatRange(0, 1, min_open=True),
    help="Towards 0 more vivid, towards 1 calmer.  [default: the model's own]",
)
@click.option(
    "-s",
    "--saturation",
    type=click.FloatRange(0, 4),
    default=1.0,
    show_default=True,
    help="Factor on the strength of the colours.",
)
@click.option(
    "--hints",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Known colours, as JSON: [{"x": 120, "y": 80, "color": "#3366cc"}].',
)
@click.option(
    "--size",
    type=click.IntRange(32, 2048),
    help="Short side at which the network looks at a photo.  [default: the model's own]",
)
@click.option(
    "--detail",
    is_flag=True,
    help="Look a second time, closer, for the colours of small things; takes longer.",
)
@click.option(
    "--as-is",
    is_flag=True,
    help="Show the network the photo as it is, not with the contrast that a faded print has lost.",
)
@click.option(
    "--border",
    type=click.Choice(["keep", "neutral", "off"]),
    default="keep",
    show_default=True,
    help="Paper, card or film around photos: left as it is, made grey, or colorized with them.",
)
@click.option(
    "--like",
    metavar="REF",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A photo in colour, whose colours are copied to what looks alike; several are taken.",
)
@click.option(
    "--likeness",
    type=click.FloatRange(0.1, 10),
    default=1.0,
    show_default=True,
    help="How readily the colours of --like are copied.",
)
@click.option(
    "-d", "--device", default="auto", show_default=True, help="auto, cpu, cuda, mps, xpu."
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that work at the same time.",
)
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Give up a file after so long.  [default: two minutes, and more for large photos]",
)
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
def command(
    sources: tuple[Path, ...],
    output: Path | None,
    model: str,
    temperature: float | None,
    saturation: float,
    hints: Path | None,
    size: int | None,
    detail: bool,
    as_is: bool,
    border: Border,
    like: tuple[Path, ...],
    likeness: float,
    device: str,
    jobs: int,
    time_limit: float | None,
    overwrite: bool,
) -> None:
    """Colorize photographs.

    IN are files and folders; folders are searched in depth, and their structure is kept in OUT.
    One bad file never stops the others; the exit code is 1 if any failed.

    Depth (8, 16 bits, floating point), colour profile, transparency, EXIF, XMP and resolution are
    kept as far as the format of OUT holds them. Of a TIFF, every page is colorized.

    \b
    colorize photo grandmother.jpg
    colorize photo scans/ -o in-colour/ --jobs 2
    colorize photo car.png -o car-red.png --hints red.json
    colorize photo portraits/ -o in-colour/ --like uncle.jpg
    """
    from colorize_core.engine.batch import BatchOptions, plan, run_batch
    from colorize_core.engine.options import ColorizeOptions

    options = ColorizeOptions(
        temperature=temperature,
        saturation=saturation,
        size=size,
        detail=detail,
        as_is=as_is,
        border=border,
        like=like,
        likeness=likeness,
    )
    started = time.monotonic()
    tasks, failed = plan(sources, output)
    for outcome in failed:
        say(f"Error: {outcome.error}", err=True)
    if not tasks and not failed:
        raise click.ClickException(f"no photographs in {', '.join(map(str, sources))}")
    batch = BatchOptions(overwrite, hints, jobs, time_limit, model, device)
    done, errors = _run(run_batch(tasks, options, batch), len(tasks))
    errors += len(failed)
    seconds = time.monotonic() - started
    if len(done) == 1 and not errors:
        say(f"{done[0]}")
    else:
        say(f"{len(done)} colorized, {errors} failed, in {seconds:.1f} s")
    if errors:
        from colorize_core.engine.limit import leave

        leave(1)


def _run(outcomes, total: int) -> tuple[list[Path], int]:
    """Follow a batch with a progress bar; returns what was written and how much failed."""
    done: list[Path] = []
    errors = 0
    with closing(outcomes), Display("Colorizing", total, transient=True) as display:
        for outcome in outcomes:
            if outcome.error:
                errors += 1
                display.say(f"Error: {with_remedy(outcome.error, outcome.remedy)}")
            else:
                done.append(outcome.target)
            display.progress.advance(display.bar)
    return done, errors
