"""The options of ``colorize photo``, apart from those that other commands have too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from colorize_core.cli.photo_names import as_suffix, checked_ending
from colorize_core.cli.remedies import advised

if TYPE_CHECKING:  # which `--help` need not wait for
    from colorize_core.engine.mask import Mask
    from colorize_core.photo.credentials import Credentials


def _as_mask(_: click.Context, __: click.Parameter, value: Path | None) -> Mask | None:
    """Read a mask.

    Raises:
        click.BadParameter: the file holds none.
    """
    if value is None:
        return None
    from colorize_core.engine.mask import mask_of
    from colorize_core.photo import PhotoError

    try:
        return mask_of(value)
    except PhotoError as error:
        raise click.BadParameter(str(error)) from None


def _as_credentials(
    _: click.Context, __: click.Parameter, value: tuple[Path, Path] | None
) -> Credentials | None:
    """Read what outputs are signed with.

    Raises:
        click.BadParameter: nothing can be signed with it.
    """
    if value is None:
        return None
    from colorize_core.photo.signing import SigningError, read_credentials

    try:
        return read_credentials(*value)
    except SigningError as error:
        raise click.BadParameter(advised(error)) from None


_Function = TypeVar("_Function", bound=Callable[..., None])
time_limit_option = click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Give up on a file after this time.  [default: two minutes, and more for large photos]",
)
_LOOKS = {
    "temperature": click.option(
        "-t",
        "--temperature",
        type=click.FloatRange(0, 2, min_open=True),
        help="Vividness: lower is more vivid, higher is calmer.  [default: the model's own]",
    ),
    "saturation": click.option(
        "-s",
        "--saturation",
        type=click.FloatRange(0, 4),
        default=1.0,
        show_default=True,
        help="Factor for the strength of the colours.",
    ),
    "warmth": click.option(
        "--warmth",
        type=click.FloatRange(-1, 1),
        default=0.0,
        show_default=True,
        help="White balance: above 0 warmer, below 0 cooler.",
    ),
    "hints": click.option(
        "--hints",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help='Known colours, as JSON: [{"x": 120, "y": 80, "color": "#3366cc"}].',
    ),
    "size": click.option(
        "--size",
        type=click.IntRange(32, 2048),
        help="Short side, in pixels, at which the network sees a photo.  "
        "[default: the model's own]",
    ),
    "detail": click.option(
        "--detail",
        is_flag=True,
        help="Look again, closer, for the colours of small things; slower.",
    ),
    "as_is": click.option(
        "--as-is",
        is_flag=True,
        help="Show the network the photo as it is, without restoring a faded print's contrast or "
        "taking out the dots of a newspaper's.",
    ),
    "border": click.option(
        "--border",
        type=click.Choice(["keep", "neutral", "off"]),
        default="keep",
        show_default=True,
        help=(
            "Paper, card or film around photos: keep it, make it neutral grey, or colorize it too "
            "(off)."
        ),
    ),
    "color_photos": click.option(
        "--colour-photos",
        "color_photos",
        type=click.Choice(["leave", "recolour", "mix"]),
        default="recolour",
        show_default=True,
        help=(
            "Photos that are in colour already: leave them so, give them new colours, or keep "
            "their colours and colorize what is grey (mix)."
        ),
    ),
    "mask": click.option(
        "--mask",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=_as_mask,
        help="Image of the photo's size: white is colorized, black stays as it was, greys blend.",
    ),
    "like": click.option(
        "--like",
        metavar="REF",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A photo in colour to copy colours from, where things look alike; may be given again.",
    ),
    "likeness": click.option(
        "--likeness",
        type=click.FloatRange(0.1, 10),
        default=1.0,
        show_default=True,
        help="How readily the colours of --like are copied.",
    ),
}
_PLACES = (
    click.option("--overwrite", is_flag=True, help="Replace existing outputs."),
    click.option(
        "--split",
        is_flag=True,
        help="Write each photo on a page of an album as a file of its own, numbered.",
    ),
    click.option(
        "--suffix",
        default="-colorized",
        show_default=True,
        callback=checked_ending,
        help="Suffix of the names of outputs beside IN.",
    ),
)
_PICTURES = (
    click.option(
        "--damaged", is_flag=True, help="Colorize what is left of photos that are incomplete."
    ),
    click.option(
        "--no-provenance",
        is_flag=True,
        help="Do not record in OUT that its colours are made up, and by which model.",
    ),
    click.option(
        "--sign",
        metavar="CERT KEY",
        nargs=2,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=_as_credentials,
        help="Sign OUT by the rules of C2PA, with certificates and a private key (PEM).",
    ),
    click.option(
        "--format",
        "kind",
        metavar="KIND",
        callback=as_suffix,
        help="Format to write, such as png.  [default: IN's own, or PNG if that cannot be written]",
    ),
    click.option(
        "--quality",
        type=click.IntRange(1, 100),
        help="Quality of JPEG, WebP, AVIF and HEIC.  [default: 95, 95, 90, 90]",
    ),
)


def look_options(function: _Function) -> _Function:
    """Add the options that say how a photo is colorized."""
    return _added(function, tuple(_LOOKS.values()))


def looks(*names: str) -> Callable[[_Function], _Function]:
    """Make a decorator that adds some of the options that say how a photo is colorized."""
    return lambda function: _added(function, tuple(_LOOKS[name] for name in names))


def file_options(function: _Function) -> _Function:
    """Add the options that say where outputs go and which there are, and what is in them."""
    return _added(function, _PLACES + _PICTURES)


def picture_options(function: _Function) -> _Function:
    """Add the options that say what is in an output."""
    return _added(function, _PICTURES)


def _added(function: _Function, options: tuple[Callable[[_Function], _Function], ...]) -> _Function:
    for option in reversed(options):  # as decorators are applied
        function = option(function)
    return function
