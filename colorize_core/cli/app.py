"""``colorize``: finds its commands by name and imports only the one that runs."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from colorize_core import __version__
from colorize_core.cli.remedies import advised
from colorize_core.cli.signals import Stopped, leave, unwind_when_terminated
from colorize_core.cli.terminal import guard_warnings, say, show
from colorize_core.threads import wait_calmly

# Name of the command -> its line in the overview. The code is in ``<name>_command.py``.
_COMMANDS = {
    "photo": "Colorize photographs: files and whole folders.",
    "video": "Colorize films, with colours that hold still.",
    "archive": "Colorize a million scans, on one machine or many, with a record of each.",
    "prepare": "Pack photographs for training: small, in shards, without duplicates.",
    "train": "Train a network on your own photographs.",
    "prior": "Measure how common each colour is in photographs.",
    "evaluate": "Measure how good a model's colours are.",
    "visualize": "Draw priors, learning curves, and a model's view of photos.",
    "export": "Write a model as ONNX, for programs without PyTorch.",
    "models": "List the models and where their weights are; fetch weights.",
    "hub": "Share weights, or the studio, on a hub.",
    "studio": "Colorize in the browser.",
    "worker": "Show, start or stop the engine that GIMP and other programs share.",
    "doctor": "Check this installation and suggest improvements.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        return import_module(f"colorize_core.cli.{cmd_name}_command").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="colorize")
def app() -> None:
    """Give black-and-white photographs plausible colour.

    \b
    colorize photo grandmother.jpg
    colorize photo scans/ -o in-colour/
    """


def main() -> None:
    """Run the command line; what goes wrong is said in one line, not in a traceback."""
    wait_calmly()
    guard_warnings()
    unwind_when_terminated()
    last_words, status = "Stopped.", 130
    try:
        app(standalone_mode=False)
    except click.ClickException as error:
        show(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        pass
    except Stopped as stopped:
        last_words, status = stopped.message, stopped.status
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except (OSError, ValueError, ImportError, FloatingPointError) as error:
        say(f"Error: {advised(error)}", err=True, lines=True)
        sys.exit(1)
    else:
        return
    # Out here, where nothing holds on to the stack, all that was interrupted has cleaned up.
    leave(last_words, status)


if __name__ == "__main__":
    main()
