"""``colorize video``: a film in, the same in colour out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.options import device_option, model_option
from colorize_core.cli.photo_options import looks
from colorize_core.cli.progress import Display
from colorize_core.cli.terminal import quiet_libraries, say

if TYPE_CHECKING:  # which `--help` need not wait for
    from colorize_core.engine import ColorizeOptions, Colorizer
    from colorize_core.video import FilmOptions
    from colorize_core.video.options import Deinterlace


def _as_seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Read a time.

    Raises:
        click.BadParameter: it is none.
    """
    if value is None:
        return None
    from colorize_core.video.hints import seconds_of

    try:
        return seconds_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(name="video")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Film to write: .mkv, .mp4, .m4v or .mov.  [default: NAME-colorized beside IN]",
)
@click.option(
    "--preview",
    metavar="SHEET",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one frame of each scene to this picture instead of a film; quick.",
)
@model_option
@looks("temperature", "saturation", "warmth", "size", "as_is", "like", "likeness")
@click.option(
    "--hints",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Known colours, as JSON: [{"time": 12.5, "x": 120, "y": 80, "color": "#3366cc"}]. They '
    "hold for the scene and follow what moves.",
)
@click.option(
    "--every",
    type=click.IntRange(1, 12),
    default=3,
    show_default=True,
    help="Have the network look at each so many-eth frame; the others follow the movement.",
)
@click.option(
    "--steady",
    type=click.FloatRange(0, 0.99),
    default=0.97,
    show_default=True,
    help="How far colours hold on to what they were a frame before; 0 colorizes frame by frame.",
)
@click.option(
    "--from",
    "begin",
    metavar="TIME",
    callback=_as_seconds,
    help="Begin here: seconds, MM:SS or HH:MM:SS.",
)
@click.option("--to", "end", metavar="TIME", callback=_as_seconds, help="End here.")
@click.option(
    "--codec",
    default="x264",
    show_default=True,
    help="x264, x265, ffv1 (lossless), prores, or an encoder of FFmpeg such as h264_nvenc.",
)
@click.option(
    "--quality",
    type=click.IntRange(0, 63),
    help="Quality of the encoder: lower is better and larger.  [default: 18 for x264, 20 for x265]",
)
@click.option(
    "--deinterlace",
    type=click.Choice(["auto", "no"]),
    default="auto",
    show_default=True,
    help="Take woven fields apart where the film has them.",
)
@device_option
@click.option("--overwrite", is_flag=True, help="Replace an existing output.")
@click.option("--damaged", is_flag=True, help="Colorize what is left of a film that breaks off.")
@click.option(
    "--no-provenance", is_flag=True, help="Do not record in OUT that its colours are made up."
)
def command(
    source: Path,
    output: Path | None,
    preview: Path | None,
    model: str,
    temperature: float | None,
    saturation: float,
    warmth: float,
    size: int | None,
    as_is: bool,
    like: tuple[Path, ...],
    likeness: float,
    hints: Path | None,
    every: int,
    steady: float,
    begin: float | None,
    end: float | None,
    codec: str,
    quality: int | None,
    deinterlace: Deinterlace,
    device: str,
    overwrite: bool,
    damaged: bool,
    no_provenance: bool,
) -> None:
    """Colorize a film.

    The picture stays: only its colours are written anew, and they hold still from frame to frame.
    Times, sound, subtitles, chapters, attachments and tags are kept. A run that is stopped, or
    killed, goes on where it was when the same command is given again; OUT appears when it is whole.

    \b
    colorize video reel.mp4
    colorize video reel.mkv --preview sheet.png
    colorize video reel.mkv -o reel-colour.mkv --like uncle.jpg --hints shirt.json
    colorize video reel.mov -o minute.mp4 --from 1:00 --to 2:00
    """
    quiet_libraries()
    from colorize_core.engine import ColorizeOptions, Colorizer
    from colorize_core.video import FilmOptions, read_timed_hints
    from colorize_core.video.source import examined

    options = ColorizeOptions(
        temperature=temperature,
        saturation=saturation,
        warmth=warmth,
        size=size,
        as_is=as_is,
        like=like,
        likeness=likeness,
    )
    film = FilmOptions(
        every=every,
        steady=steady,
        hints=read_timed_hints(hints) if hints else (),
        begin=begin,
        end=end,
        encoder=codec,
        quality=quality,
        deinterlace=deinterlace,
        damaged=damaged,
        overwrite=overwrite,
        provenance=not no_provenance,
    )
    examined(source, damaged)  # told before a network is loaded
    colorizer = Colorizer(model, device)
    if preview:
        from colorize_core.video.preview import write_preview

        count = write_preview(source, preview, options, film, colorizer)
        say(f"{preview}: {count} scene{'s' * (count != 1)}")
        return
    _colorize(source, output or _beside(source), options, film, colorizer)


def _colorize(
    source: Path, target: Path, options: ColorizeOptions, film: FilmOptions, colorizer: Colorizer
) -> None:
    """Colorize with a progress bar, and say what became of it."""
    from colorize_core.video import colorize_video

    started = time.monotonic()
    with Display("Colorizing", None, transient=True) as display:

        def report(done: int, total: int) -> None:
            display.progress.update(display.bar, completed=done, total=total)

        made = colorize_video(source, target, options, film, colorizer, report)
    for remark in made.remarks:
        say(f"Warning: {source}: {remark}", err=True)
    went_on = f", {made.resumed} of them by an earlier run" if made.resumed else ""
    seconds = time.monotonic() - started
    say(f"{target}: {made.frames} frames{went_on}, in {seconds:.1f} s")


def _beside(source: Path) -> Path:
    """Name the output beside the film."""
    kept = source.suffix.lower() in (".mkv", ".mp4", ".m4v", ".mov")
    return source.with_name(f"{source.stem}-colorized{source.suffix if kept else '.mkv'}")
