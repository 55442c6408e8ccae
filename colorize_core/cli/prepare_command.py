"""``colorize prepare``: photographs of any size into tar shards that training reads quickly."""

from __future__ import annotations

from pathlib import Path

import click

from colorize_core.cli.progress import Display
from colorize_core.cli.terminal import say
from colorize_core.threads import cores


@click.command(name="prepare")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the shards: a new one, or one to resume.",
)
@click.option(
    "--short-side",
    type=click.IntRange(16, 4096),
    default=256,
    show_default=True,
    help="Short side of the photos, in pixels; smaller photos keep their size.",
)
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=90,
    show_default=True,
    help="Quality of the JPEGs, whose colour keeps its full resolution.",
)
@click.option(
    "--per-shard",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="Photos in a shard.",
)
@click.option("--near-grey", is_flag=True, help="Keep near-grey photos too.")
@click.option("--near-duplicates", is_flag=True, help="Keep near-duplicates too.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    help="Processes that work at the same time.  [default: one a core]",
)
def command(
    photos: tuple[str, ...],
    folder: Path,
    short_side: int,
    quality: int,
    per_shard: int,
    near_grey: bool,
    near_duplicates: bool,
    jobs: int | None,
) -> None:
    """Prepare PHOTOS for training: folders, tar shards, Lab arrays, files.

    Photos are turned upright, converted to sRGB, resized and packed into uncompressed tar shards
    for `colorize train`. Photos without any |a| or |b| above 5, near-duplicates of earlier ones,
    and broken files are left out and listed in FOLDER/left-out.jsonl.

    Stop it at any time; the same command resumes after the last finished shard.

    \b
    colorize prepare holidays/ weddings/ --to prepared/
    colorize train prepared/ --run runs/first
    """
    from colorize_core.data.journal import LEFT_OUT
    from colorize_core.data.prepare import PrepareOptions, prepare
    from colorize_core.data.resizing import NEAR_GREY, Recipe

    recipe = Recipe(short_side, quality, None if near_grey else NEAR_GREY)
    options = PrepareOptions(recipe, per_shard, near_duplicates)
    with _Display() as display:
        summary = prepare(photos, folder, options, jobs or cores(), display)
    left_out = summary.photographs - summary.kept
    if left_out:
        reasons = ", ".join(f"{count} {reason}" for reason, count in summary.left_out.items())
        say(f"Left out: {left_out} of {summary.photographs} ({reasons}), see {LEFT_OUT}")
    say(f"Photos: {summary.kept} in {summary.shards} shards: {folder}")


class _Display(Display):
    """A progress bar; one line where work goes on from before."""

    def __init__(self) -> None:
        super().__init__("Looking for photographs", transient=True)
        self.begun = False

    def __call__(self, done: int, total: int) -> None:
        """Take in how far the work is; the first call says where it begins."""
        if not self.begun and done:
            self.console.print(f"Going on after {done} of {total} photos")
        self.begun = True
        self.progress.update(self.bar, completed=done, total=total, description="Preparing")
