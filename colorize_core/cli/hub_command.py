"""``colorize hub``: weights and the studio, for others to use."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from colorize_core.cli.terminal import say

_to_option = click.option(
    "--to", required=True, metavar="OWNER/NAME", help="The repository; made if it is not there."
)
_private_option = click.option(
    "--private", is_flag=True, help="Have a new repository seen by its owner alone."
)
_dry_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be pushed; ask the hub nothing."
)


@click.group(name="hub")
def command() -> None:
    """Share weights, or the studio, on a hub (huggingface.co, or $HF_ENDPOINT).

    It knows you by $HF_TOKEN, or by what `hf auth login` has kept.
    """


@command.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@_to_option
@_private_option
@_dry_option
@click.option("--licence", help="Licence of the weights, such as cc-by-4.0, for the model card.")
@click.option(
    "--figures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `colorize evaluate --json` wrote, for the model card.",
)
def push(
    run: Path, to: str, private: bool, dry_run: bool, licence: str | None, figures: Path | None
) -> None:
    """Push the weights of RUN, a run's folder or a file, with a model card.

    The card is the README.md beside the weights, which training has written, and which you may
    have changed; --licence and --figures make a new one.

    \b
    colorize hub push runs/holidays --to ann/holidays --private
    colorize photo old.jpg --model hf:ann/holidays
    """
    import json

    from colorize_core.models.loading import load_model
    from colorize_core.sharing.card import figures_of
    from colorize_core.sharing.hub import HubName
    from colorize_core.sharing.pushing import push, stage, weights_of_run

    name = HubName.parse(to)
    weights = weights_of_run(run)
    load_model(weights)  # what cannot be used is not for others either
    more: dict[str, object] = {"licence": licence} if licence else {}
    if figures:
        try:
            more["figures"] = figures_of(json.loads(figures.read_text("utf-8")))
        except ValueError as error:
            raise ValueError(f"{figures}: {error}") from error
    with tempfile.TemporaryDirectory(prefix="colorize-") as made:
        folder = Path(made)
        stage(weights, folder, name, more)
        if dry_run:
            _tell(folder, to)
        else:
            say(f"{push(folder, name, private)}: use it as {name}")


@command.command()
@_to_option
@_private_option
@_dry_option
@click.option("-m", "--model", default="lite", show_default=True, help="Model of the studio.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the Space's folder here, to look at or to run.",
)
def space(to: str, private: bool, dry_run: bool, model: str, output: Path | None) -> None:
    """Make a Space of the studio, and push it.

    \b
    colorize hub space --to ann/colorize-holidays --model hf:ann/holidays
    """
    from colorize_core.sharing.hub import HubName
    from colorize_core.sharing.pushing import push
    from colorize_core.sharing.space import stage_space

    name = HubName.parse(to)
    if output and output.exists() and any(output.iterdir()):
        raise click.UsageError(f"{output} is not empty")
    with tempfile.TemporaryDirectory(prefix="colorize-") as made:
        folder = output or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        stage_space(folder, name, model, f"{sys.version_info[0]}.{sys.version_info[1]}")
        if dry_run:
            _tell(folder, to)
        else:
            say(f"{push(folder, name, private, 'space')}")


def _tell(folder: Path, to: str) -> None:
    """Say what would be pushed: file by file at the top, folders as a whole."""
    say(f"To {to} would go:")
    for path in sorted(folder.iterdir()):
        files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        size = sum(one.stat().st_size for one in files) / 1e6
        many = "" if path.is_file() else f" ({len(files)} files)"
        say(f"  {path.name}{many}, {size:.2f} MB")
