"""``colorize archive``: more photographs than one machine does in a night."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from colorize_core.cli.options import device_option, model_option
from colorize_core.cli.photo_options import look_options, picture_options, time_limit_option
from colorize_core.cli.terminal import quiet_libraries, say

if TYPE_CHECKING:
    from colorize_core.archive.listing import Listed
    from colorize_core.archive.status import Status


class _RunsByDefault(click.Group):
    """A group whose first word may be missing: then it is ``run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Complete the words of the command line."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _range(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read ``N`` or ``FEWEST:MOST``.

    Raises:
        click.BadParameter: it is neither.
    """
    if value is None:
        return None
    try:
        numbers = [int(number) for number in value.split(":")]
        found = numbers[0], numbers[-1]
    except ValueError:
        found = (0, 0)
    if not 1 <= found[0] <= found[1] or value.count(":") > 1:
        raise click.BadParameter("expected a number from 1, or two, as 1:64")
    return found


@click.group(name="archive", cls=_RunsByDefault, subcommand_metavar="SRC... -o DEST [OPTIONS]")
def command() -> None:
    """Colorize an archive of photographs, on one machine or many, with a record of each.

    \b
    colorize archive scans/ -o archive/
    colorize archive s3://museum/scans -o s3://museum/colour --cluster auto --actors 1:64
    colorize archive status archive/
    colorize archive verify archive/

    `colorize archive run --help` has all options.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise click.ClickException("archives need Ray and pyarrow: pip install 'colorize[archive]'")


@command.command()
@click.argument("sources", metavar="SRC...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="DEST", required=True, help="Folder of the archive: new, or begun."
)
@click.option(
    "--cluster",
    default="local",
    show_default=True,
    help="local: this machine; auto: the cluster it belongs to; or an address, ray://HOST:10001.",
)
@click.option(
    "--actors",
    metavar="FEWEST:MOST",
    callback=_range,
    help="Processes that colorize.  [default: one for each free core; on a cluster 1:64]",
)
@click.option(
    "--gpus-each",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Share of a GPU for each of them, such as 0.25.",
)
@click.option(
    "--block",
    type=click.IntRange(1),
    help="Photographs between two checkpoints.  [default: 64; fewer where there are few]",
)
@click.option("--retry-errors", is_flag=True, help="Try those again that failed before.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Colorize all again, also with another model or other options.",
)
@click.option("--bag", is_flag=True, help="Make a BagIt bag of it in the end, DEST/bag.")
@model_option
@look_options
@device_option
@time_limit_option
@picture_options
def run(
    sources: tuple[str, ...],
    output: str,
    cluster: str,
    actors: tuple[int, int] | None,
    gpus_each: float,
    block: int | None,
    retry_errors: bool,
    overwrite: bool,
    bag: bool,
    model: str,
    device: str,
    hints: Path | None,
    time_limit: float | None,
    damaged: bool,
    no_provenance: bool,
    kind: str | None,
    quality: int | None,
    sign: Any,
    **looks: Any,
) -> None:
    """Colorize all photographs in SRC: folders, photographs, tar shards, s3:// and gs:// addresses.

    SRC is only read. DEST gets the pictures, a listing of what there is, and a manifest with a row
    for each photograph: hashes, sizes, errors. The same command goes on where it was stopped or
    killed. The exit code is 1 if any photograph failed.

    Each photograph has one picture, of its own name, so there is no --suffix and no --split: split
    pages of albums first, with `colorize photo --split`.

    \b
    colorize archive scans/ -o archive/
    colorize archive scans/ -o archive/ --retry-errors
    """
    from colorize_core.archive.places import Place
    from colorize_core.archive.running import Work, run_archive
    from colorize_core.engine.options import ColorizeOptions
    from colorize_core.engine.tasks import BatchOptions

    if sign and no_provenance:
        raise click.UsageError("--sign records what --no-provenance leaves out; give one of them")
    quiet_libraries()
    options = ColorizeOptions(provenance=not no_provenance, **looks)
    batch = BatchOptions(
        overwrite=True,  # what a killed run has written without recording it
        hints=hints,
        time_limit=time_limit,
        model=model,
        device=device,
        damaged=damaged,
        quality=quality,
        sign=sign,
    )
    work = Work(cluster, actors, gpus_each, block, retry_errors, overwrite, kind)
    destination = Place.parse(output)
    if bag and destination.local is None:
        raise click.UsageError("--bag needs a DEST on a disk")
    started = time.monotonic()
    listed = run_archive(list(map(Place.parse, sources)), destination, options, batch, work, _plan)
    if not listed.total and not listed.failures:
        raise click.ClickException(f"no photographs in {', '.join(sources)}")
    failed = _tell_end(destination, time.monotonic() - started)
    if bag:
        from colorize_core.archive.bags import make_bag

        say(f"{make_bag(destination)}")
    if failed or listed.failures:
        sys.exit(1)


def _plan(listed: Listed, left: int) -> None:
    """Say what there is to do."""
    for failure in listed.failures:
        say(f"Error: {failure}", err=True)
    before = f", {listed.total - left} of them done before" if left < listed.total else ""
    say(f"{listed.total} photographs{before}", err=True)


def _tell_end(destination: Any, seconds: float) -> int:
    """Say what has become of them; return how many have failed."""
    from colorize_core.archive.status import status_of

    state = status_of(destination)
    _tell_errors(state)
    say(f"{state.done} colorized, {state.failed} failed, in {seconds:.1f} s")
    return state.failed


def _tell_errors(state: Status) -> None:
    for error in state.errors:
        say(f"Error: {error}", err=True)
    more = state.failed - len(state.errors)
    if more > 0:
        say(f"... and {more} more, which are in the manifest", err=True)


@command.command()
@click.argument("destination", metavar="DEST")
def status(destination: str) -> None:
    """Tell how far an archive is, also while it is being made."""
    from colorize_core.archive.places import Place
    from colorize_core.archive.status import status_of

    state = status_of(Place.parse(destination))
    say(f"total    {state.total}")
    say(f"done     {state.done}")
    say(f"failed   {state.failed}")
    say(f"rate     {state.rate:.2f} a second")
    if not state.left:
        left = "none: all have had their turn"
    elif state.ended or state.seconds_left is None:
        left = f"{state.left} photographs"
    else:
        left = f"{state.left} photographs, about {_duration(state.seconds_left)}"
    say(f"left     {left}")
    _tell_errors(state)


@command.command()
@click.argument("destination", metavar="DEST")
@click.option("--masters", is_flag=True, help="Look at the photographs themselves as well.")
def verify(destination: str, masters: bool) -> None:
    """Look whether every picture is there, with the bytes that were written.

    The exit code is 1 if anything is missing, has changed, has failed or is still to be done.
    """
    from colorize_core.archive.places import Place
    from colorize_core.archive.verifying import verify
    from colorize_core.cli.progress import Display

    right = wrong = 0
    with Display("Verifying", transient=True) as display:
        for found in verify(Place.parse(destination), masters):
            display.progress.advance(display.bar)
            right += not found.fault
            wrong += bool(found.fault)
            if found.fault:
                display.say(f"Error: {found.place}: {found.fault}")
    say(f"{right} right, {wrong} wrong")
    if wrong:
        sys.exit(1)


def _duration(seconds: float) -> str:
    """Write a time as people say it."""
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"
