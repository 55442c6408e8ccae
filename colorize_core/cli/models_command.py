"""``colorize models``: what there is to choose from."""

from __future__ import annotations

import click


@click.command(name="models")
def command() -> None:
    """List the models, whether they take hints, and where their weights are."""
    from rich.console import Console
    from rich.table import Table

    from colorize_core.models.registry import MODELS, read_sidecar

    table = Table(box=None, pad_edge=False)
    for heading in ("Model", "What it is", "Hints", "Weights", "Licence"):
        table.add_column(heading)
    for entry in MODELS.values():
        sidecar = read_sidecar(entry.sidecar)
        table.add_row(
            entry.name,
            f"{entry.summary}\n[dim]{entry.paper}[/dim]",
            "yes" if entry.takes_hints else "no",
            f"included, {entry.weights.stat().st_size / 1e6:.1f} MB" if entry.ships else "bring",
            sidecar.get("licence", "Apache-2.0 (code)"),
        )
    Console().print(table)
    for entry in MODELS.values():
        if entry.ships:
            # Not in the table, where a path would be broken into lines that nobody can copy.
            click.echo(f"Weights of {entry.name}: {entry.weights}")
