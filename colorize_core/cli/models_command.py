"""``colorize models``: what there is to choose from, and the weights that can be fetched."""

from __future__ import annotations

from pathlib import Path

import click

from colorize_core.cli.terminal import say


@click.group(name="models", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the models, whether they take hints, and where their weights are."""
    if context.invoked_subcommand is None:
        _list()


@command.command()
@click.argument("name", metavar="eccv16|siggraph17|hf:OWNER/NAME[@REVISION]")
@click.option(
    "--from",
    "given",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take the authors' file from here instead of fetching it.",
)
def fetch(name: str, given: Path | None) -> None:
    """Fetch weights, to be used by that name from then on.

    The authors' weights come from their own address, or from below $COLORIZE_WEIGHTS_MIRROR. A
    download that was stopped goes on where it was; what has come is checked.

    \b
    colorize models fetch eccv16
    colorize models fetch hf:ann/old-streets@v2
    """
    from colorize_core.cli.progress import Bytes
    from colorize_core.sharing.hub import HubName, fetch_from_hub, is_hub_name
    from colorize_core.sharing.published import PUBLISHED, fetch_published

    if is_hub_name(name):
        if given:
            raise click.UsageError("--from takes the authors' files alone")
        hub_name = HubName.parse(name)
        with Bytes(name) as progress:
            path, fetched = fetch_from_hub(hub_name, progress)
    else:
        if name in PUBLISHED and not PUBLISHED[name].path.is_file():
            say(f"The weights of {name} are their authors': {PUBLISHED[name].licence}", err=True)
        with Bytes(name) as progress:
            path, fetched = fetch_published(name, given, progress)
    say(f"{path}{'' if fetched else ' (was there already)'}")


def _list() -> None:
    from rich.console import Console
    from rich.table import Table

    from colorize_core.models.registry import MODELS, ModelEntry, read_sidecar, sidecar_of

    def weights_of(entry: ModelEntry) -> Path | None:
        published = entry.published.path if entry.published else entry.weights
        return next((path for path in (entry.weights, published) if path.is_file()), None)

    table = Table(box=None, pad_edge=False)
    for heading in ("Model", "What it is", "Hints", "Weights", "Licence"):
        table.add_column(heading)
    for entry in MODELS.values():
        path = weights_of(entry)
        where = "included" if entry.ships else "fetched"
        missing = "fetch" if entry.published else "bring"
        sidecar = read_sidecar(sidecar_of(path)) if path else {}
        table.add_row(
            entry.name,
            f"{entry.summary}\n[dim]{entry.paper}[/dim]",
            "yes" if entry.takes_hints else "no",
            f"{where}, {path.stat().st_size / 1e6:.1f} MB" if path else missing,
            sidecar.get("licence", "Apache-2.0 (code)"),
        )
    Console().print(table)
    for entry in MODELS.values():
        if path := weights_of(entry):
            # Not in the table, where a path would be broken into lines that nobody can copy.
            click.echo(f"Weights of {entry.name}: {path}")
