"""``colorize photo``: files and folders in, the same in colour out."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.options import device_option, model_option
from colorize_core.cli.photo_names import check_agreement
from colorize_core.cli.photo_options import file_options, look_options, time_limit_option
from colorize_core.cli.progress import Display
from colorize_core.cli.remedies import with_remedy
from colorize_core.cli.terminal import quiet_libraries, say

if TYPE_CHECKING:  # which `--help` need not wait for
    from colorize_core.cli.photo_summary import Tally
    from colorize_core.engine.mask import Mask
    from colorize_core.engine.options import Border, ColorizeOptions, ColorPhotos
    from colorize_core.engine.planning import Naming
    from colorize_core.engine.tasks import BatchOptions, Outcome
    from colorize_core.photo.credentials import Credentials


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
@look_options
@device_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of parallel processes.",
)
@time_limit_option
@file_options
def command(
    sources: tuple[Path, ...],
    output: Path | None,
    model: str,
    temperature: float | None,
    saturation: float,
    warmth: float,
    hints: Path | None,
    size: int | None,
    detail: bool,
    as_is: bool,
    border: Border,
    color_photos: ColorPhotos,
    mask: Mask | None,
    like: tuple[Path, ...],
    likeness: float,
    device: str,
    jobs: int,
    time_limit: float | None,
    overwrite: bool,
    damaged: bool,
    split: bool,
    no_provenance: bool,
    sign: Credentials | None,
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
    colorize photo album-page.tif -o page/ --split
    scanimage --format=png | colorize photo - -o - --format jpg > colour.jpg
    """
    from colorize_core.cli.photo_pipes import PIPE, piped
    from colorize_core.engine.options import ColorizeOptions
    from colorize_core.engine.planning import Naming
    from colorize_core.engine.tasks import BatchOptions

    options = ColorizeOptions(
        temperature=temperature,
        saturation=saturation,
        warmth=warmth,
        size=size,
        detail=detail,
        as_is=as_is,
        provenance=not no_provenance,
        border=border,
        like=like,
        likeness=likeness,
        color_photos=color_photos,
        mask=mask,
    )
    batch = BatchOptions(
        overwrite, hints, jobs, time_limit, model, device, damaged, quality, split, sign
    )
    naming = Naming(suffix, kind, split)
    check_agreement(sources, output, kind)
    if sign and no_provenance:
        raise click.UsageError("--sign records what --no-provenance leaves out; give one of them")
    if output == PIPE or PIPE in sources:
        if split and output in (PIPE, None):
            raise click.UsageError("standard output takes one photo; --split needs a folder: -o")
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
    for line in remarks(plan, tally, options.color_photos, options.mask is not None):
        say(line, err=True)
    if not (plan.tasks or plan.failed or plan.own_outputs):
        raise click.ClickException(f"no photographs in {', '.join(map(str, sources))}")
    seconds = time.monotonic() - started
    if quietly:
        pass
    elif len(plan.tasks) == 1 and tally.done and not tally.errors:
        for path in tally.done:
            say(f"{path}")
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
