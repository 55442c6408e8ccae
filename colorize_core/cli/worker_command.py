"""``colorize worker``: the warm engine that host programs call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorize_core.cli.terminal import say

if TYPE_CHECKING:
    from colorize_core.worker.home import Engine


@click.group(name="worker")
def command() -> None:
    """Show, start or stop the engine that GIMP and other programs share.

    It starts by itself when a program needs it, and ends after some idle minutes.
    """


def _engine() -> Engine:
    from colorize_core import __version__
    from colorize_core.worker.home import Engine, home_folder

    return Engine(Path(sys.executable), home_folder(), __version__)


def _print_status(status: dict) -> None:
    models = ", ".join(status["models"]) or "none yet"
    say(f"{status['state']}: process {status['pid']}, version {status['version']}")
    say(f"work     {status['work'] or 'none'}")
    say(f"device   {status['device'] or 'not known yet'}")
    say(f"models   {models}")
    say(
        f"layers   {status['done']} done, {status['cancelled']} cancelled, "
        f"{status['failed']} failed, {status['waiting']} waiting"
    )
    say(f"ends     after {status['idle_minutes']:g} idle minutes")
    say(f"log      {status['log']}")


@command.command()
def status() -> None:
    """Show whether the engine runs and what it does. The exit code is 1 if it does not run."""
    from colorize_core.worker.caller import connect
    from colorize_core.worker.process import process_of

    worker = connect(_engine())
    if worker is None:
        stuck = process_of(_engine())
        if stuck is None:
            say("not running; it starts when a program needs it")
        else:
            say(f"does not answer: {stuck}; colorize worker stop ends it")
        sys.exit(1)
    with worker:
        _print_status(worker.status())


@command.command()
def start() -> None:
    """Start the engine in the background, unless it runs already."""
    from colorize_core.worker.caller import WorkerError, connect_or_start

    try:
        with connect_or_start(_engine()) as worker:
            say(f"running: process {worker.pid}, version {worker.version}")
    except WorkerError as error:
        raise click.ClickException(str(error)) from error


@command.command()
def stop() -> None:
    """Stop the engine, even while it works."""
    from colorize_core.worker.caller import connect
    from colorize_core.worker.process import end_process

    worker = connect(_engine())
    if worker is None:
        stuck = end_process(_engine())
        say("not running" if stuck is None else f"stopped: {stuck}, which did not answer")
        return
    worker.stop()
    say(f"stopped: process {worker.pid}")


@command.command()
@click.option(
    "--idle-minutes",
    type=click.FloatRange(0, min_open=True),
    default=15.0,
    show_default=True,
    envvar="COLORIZE_WORKER_IDLE_MINUTES",
    help="End after this many minutes without a request.",
)
def run(idle_minutes: float) -> None:
    """Run the engine in the foreground until it is stopped."""
    from colorize_core.worker.server import main

    main(idle_minutes)
