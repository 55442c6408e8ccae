"""``colorize train``: the options of a run, and its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from typing import Any

import click
from click.core import ParameterSource

from colorize_core.cli.progress import Display
from colorize_core.cli.signals import Stopped, signals_as_requests
from colorize_core.cli.terminal import say
from colorize_core.training.config import TrainingConfig
from colorize_core.training.reports import StepReport
from colorize_core.training.settings import (
    ANY,
    Range,
    Setting,
    SettingError,
    kind_of,
    settings_of,
)


def _with_settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every setting of a run that has one."""
    settings = settings_of(TrainingConfig)
    for item in reversed(fields(TrainingConfig)):
        setting = settings[item.name]
        if setting.option == "":
            continue
        kind = kind_of(item)
        default = None if kind is list or item.default == setting.unset else item.default
        function = click.option(
            _option_of(item.name),
            item.name,
            default=default,
            type=_type_of(kind, setting),
            multiple=kind is list,
            is_flag=kind is bool,
            metavar=_metavar_of(kind, setting),
            show_default=default is not None and kind is not bool,
            help=setting.help,
        )(function)
    return function


def _option_of(name: str) -> str:
    """Name a setting as the command line does; what is no setting stays as it is."""
    setting = settings_of(TrainingConfig).get(name)
    return f"--{(setting and setting.option) or name.replace('_', '-')}"


def _type_of(kind: type, setting: Setting) -> Any:
    """Make click's type of a setting's, which shows the range and refuses what is outside."""
    values = setting.values
    if not isinstance(values, Range):
        return click.Choice(values)
    if kind not in (int, float):
        return str if kind is list else kind
    if values == ANY:
        return kind
    ranges: Any = click.IntRange if kind is int else click.FloatRange
    return ranges(values.least, values.most, values.open_least, values.open_most)


def _metavar_of(kind: type, setting: Setting) -> str | None:
    number = "NUMBER" if kind in (int, float) else None
    return setting.metavar or setting.unit.upper() or number


@click.command(name="train")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@_with_settings
@click.pass_context
def command(
    context: click.Context, photos: tuple[str, ...], preset: str | None, **settings: Any
) -> None:
    """Train a network on PHOTOS: folders (searched in depth), uncompressed tar shards, files.

    Stop it at any time: Ctrl-C and SIGTERM let it finish its step and write a checkpoint; a second
    one ends it at once. The same command resumes from the last checkpoint. In the end the
    run's folder holds MODEL.safetensors, which `colorize photo --model` takes.

    \b
    colorize train holidays/ --validation some-others/ --run runs/holidays
    colorize train album/ --preset few-photos --run runs/album
    colorize train imagenet/ --held-out 1000 --preset eccv16-paper --run runs/paper

    In a mixed collection, --share says how often each kind is seen, by the names of photos or of
    their shards and folders.

    \b
    colorize train photos/ --share 'faces*,weddings*=0.25' --run runs/people

    For several GPUs or machines, torchrun starts the same command once for each. The lone -- keeps
    torchrun from taking --run as its own option.

    \b
    torchrun --nproc-per-node 2 -m colorize_core.cli.app -- train holidays/
    """
    from colorize_core.training import train
    from colorize_core.training.distributed import leads
    from colorize_core.training.stopping import StoppedRunError

    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in settings.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    with _told_in_options(), signals_as_requests() as asked:
        config = TrainingConfig.of_preset(preset, list(photos), **given)
        try:
            with _Display() if leads() else nullcontext(_say_nothing) as display:
                weights = train(config, display, asked)
        except StoppedRunError as stopped:
            after = f"Stopped after step {stopped.step}; the same command goes on from there."
            raise Stopped(asked.number, after if leads() else "") from None
    if leads():
        say(f"Weights: {weights}")


@contextmanager
def _told_in_options() -> Iterator[None]:
    """Name settings as options where they are refused."""
    try:
        yield
    except SettingError as error:
        raise click.ClickException(f"{_option_of(error.name)} {error.said}") from error


def _say_nothing(_: Any) -> None:
    """Say nothing: the rank does not lead."""


class _Display(Display):
    """A progress bar with photos per second and the time left; plain lines where no one looks."""

    def __init__(self) -> None:
        super().__init__("measuring the prior")
        self.started = 0.0
        self.first = 0
        self.loss = 0.0

    def __call__(self, state: StepReport) -> None:
        """Take in a step, or a sanity check before the first."""
        for note in state.notes:
            self.say(note)
        if not state.step:
            return
        now = time.monotonic()
        if not self.started:
            self.started, self.first, self.loss = now, state.photos, state.loss
        self.loss += 0.05 * (state.loss - self.loss)
        speed = (state.photos - self.first) / max(1e-9, now - self.started)
        text = f"loss {self.loss:.3f}  {speed:.0f} photos/s"
        self.progress.update(self.bar, total=state.steps, completed=state.step, description=text)
        if not self.console.is_terminal and state.step % 50 == 0:
            self.console.print(f"step {state.step}/{state.steps}  {text}")
        if state.figures:
            figures = "  ".join(f"{name} {value:.2f}" for name, value in state.figures.items())
            self.console.print(f"step {state.step}: {figures}")
