"""``colorize photo``: files and folders in, the same in colour out."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.options import device_option, model_option
from colorize_core.cli.photo_names import as_suffix, check_agreement, checked_ending
from colorize_core.cli.progress import Display
from colorize_core.cli.remedies import with_remedy
from colorize_core.cli.terminal import quiet_libraries, say

if TYPE_CHECKING:  # which `--help` need not wait for
    from colorize_core.cli.photo_summary import Tally
    from colorize_core.engine.options import Border, ColorizeOptions
    from colorize_core.engine.planning import Naming
    from colorize_core.engine.tasks import BatchOptions, Outcome


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
    help="File (for one photo) or folder to write to, - for standard output.  "
    "[default: NAME-colorized beside IN]",
)
@model_option
@click.option(
    "-t",
    "--temperature",
    type=click.FloatRange(0, 1, min_open=True),
    help="Vividness: lower is more vivid, higher is calmer.  [default: the model's own]",
)
@click.option(
    "-s",
    "--saturation",
    type=click.FloatRange(0, 4),
    default=1.0,
    show_default=True,
    help="Factor for the strength of the colours.",
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
    help="Short side, in pixels, at which the network sees a photo.  [default: the model's own]",
)
@click.option(
    "--detail",
    is_flag=True,
    help="Look again, closer, for the colours of small things; slower.",
)
@click.option(
    "--as-is",
    is_flag=True,
    help="Show the network the photo as it is, without restoring a faded print's contrast.",
)
@click.option(
    "--border",
    type=click.Choice(["keep", "neutral", "off"]),
    default="keep",
    show_default=True,
    help=(
        "Paper, card or film around photos: keep it, make it neutral grey, or colorize it too "
        "(off)."
    ),
)
@click.option(
    "--like",
    metavar="REF",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A photo in colour to copy colours from, where things look alike; may be given again.",
)
@click.option(
    "--likeness",
    type=click.FloatRange(0.1, 10),
    default=1.0,
    show_default=True,
    help="How readily the colours of --like are copied.",
)
@device_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of parallel processes.",
)
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Give up on a file after this time.  [default: two minutes, and more for large photos]",
)
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
@click.option(
    "--damaged", is_flag=True, help="Colorize what is left of photos that are incomplete."
)
@click.option(
    "--no-provenance",
    is_flag=True,
    help="Do not record in OUT that its colours are made up, and by which model.",
)
@click.option(
    "--format",
    "kind",
    metavar="KIND",
    callback=as_suffix,
    help="Format to write, such as png.  [default: IN's own, or PNG if that cannot be written]",
)
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    help="Quality of JPEG, WebP, AVIF and HEIC.  [default: 95, 95, 90, 90]",
)
@click.option(
    "--suffix",
    default="-colorized",
    show_default=True,
    callback=checked_ending,
    help="Suffix of the names of outputs beside IN.",
)
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
    damaged: bool,
    no_provenance: bool,
    kind: str | None,
    quality: int | None,
    suffix: str,
) -> None:
    """Colorize photographs.

    IN are files and folders; folders are searched in depth, and their structure is kept in OUT.
    A file that fails does not stop the others; the exit code is 1 if any failed. Photos whose
    output exists are skipped, so a run that was stopped can be resumed by the same command.

    Depth (8 and 16 bits, floating point), colour profile, transparency, EXIF, XMP and resolution
    are kept where the format of OUT can hold them. Every page of a TIFF is colorized.

    \b
    colorize photo grandmother.jpg
    colorize photo scans/ -o in-colour/ --jobs 2
    colorize photo car.png -o car-red.png --hints red.json
    colorize photo portraits/ -o in-colour/ --like uncle.jpg
    scanimage --format=png | colorize photo - -o - --format jpg > colour.jpg
    """
    from colorize_core.cli.photo_pipes import PIPE, piped
    from colorize_core.engine.options import ColorizeOptions
    from colorize_core.engine.planning import Naming
    from colorize_core.engine.tasks import BatchOptions

    options = ColorizeOptions(
        temperature=temperature,
        saturation=saturation,
        size=size,
        detail=detail,
        as_is=as_is,
        provenance=not no_provenance,
        border=border,
        like=like,
        likeness=likeness,
    )
    batch = BatchOptions(overwrite, hints, jobs, time_limit, model, device, damaged, quality)
    naming = Naming(suffix, kind)
    check_agreement(sources, output, kind)
    if output == PIPE or PIPE in sources:
        with piped(sources, output, kind) as (real_sources, real_output):
            failed = _colorize(real_sources, real_output, naming, options, batch, quietly=True)
    else:
        failed = _colorize(sources, output, naming, options, batch)
    if failed:
        from colorize_core.engine.limit import leave

        leave(1)


def _colorize(
    sources: tuple[Path, ...],
    output: Path | None,
    naming: Naming,
    options: ColorizeOptions,
    batch: BatchOptions,
    quietly: bool = False,
) -> bool:
    """Plan, colorize and say what became of it; whether anything failed.

    Args:
        sources: files and folders.
        output: a file or a folder.
        naming: how outputs are called.
        options: how to colorize.
        batch: how to go about the files.
        quietly: whether nothing is said but what goes wrong.
    """
    from colorize_core.cli.photo_summary import Tally, remarks
    from colorize_core.engine.batch import run_batch
    from colorize_core.engine.planning import plan_batch

    quiet_libraries()
    started = time.monotonic()
    plan = plan_batch(sources, output, naming)
    for outcome in plan.failed:
        say(f"Error: {outcome.error}", err=True)
    tally = Tally(errors=len(plan.failed))
    if plan.tasks:
        _run(run_batch(plan.tasks, options, batch), len(plan.tasks), tally)
    for line in remarks(plan, tally):
        say(line, err=True)
    if not (plan.tasks or plan.failed or plan.own_outputs):
        raise click.ClickException(f"no photographs in {', '.join(map(str, sources))}")
    seconds = time.monotonic() - started
    if quietly:
        pass
    elif len(plan.tasks) == len(tally.done) == 1 and not tally.errors:
        say(f"{tally.done[0]}")
    else:
        say(f"{tally}, in {seconds:.1f} s")
    return bool(tally.errors)


def _run(outcomes: Generator[Outcome, None, None], total: int, tally: Tally) -> None:
    """Follow a batch with a progress bar, and count what becomes of the photos."""
    with closing(outcomes), Display("Colorizing", total, transient=True) as display:
        for outcome in outcomes:
            tally.add(outcome)
            for warning in outcome.warnings:
                display.say(f"Warning: {outcome.source}: {warning}")
            if outcome.error:
                display.say(f"Error: {with_remedy(outcome.error, outcome.remedy)}")
            display.progress.advance(display.bar)
