"""``colorize train``: the options of a run, and its progress."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import MISSING, fields
from typing import Any

import click
from click.core import ParameterSource

from colorize_core.cli.progress import Display
from colorize_core.cli.signals import Stopped, signals_as_requests
from colorize_core.cli.terminal import say
from colorize_core.training.config import PRESETS, TrainingConfig

_HELP = {
    "run": "Folder of the run. Where it holds a checkpoint, training goes on from it.",
    "held_out": "Photos of PHOTOS to validate with instead of training on them.",
    "preset": "Settings of a published run, or for some hundred photos; options that are given "
    "come before them.",
    "model": "Network to train.",
    "loss": "Cross entropy with rare colours weighing more, plain, or squared error of ab.",
    "steps": "Batches to train on.",
    "batch": "Crops per step, on all ranks together.",
    "accumulate": "Parts in which a batch is worked through, where it does not fit into memory.",
    "crop": "Side of a crop in pixels, a multiple of 8 (lite: of 32).",
    "smallest_crop": "Smallest crop as a share of a photo's short side, before it is resized.",
    "largest_crop": "Largest crop as such a share.",
    "rate": "Learning rate after the warm-up.",
    "encoder_rate": "Learning rate of pretrained layers.",
    "optimizer": "Optimizer.",
    "weight_decay": "Weight decay; adam adds it to the gradient, adamw does not.",
    "schedule": "How the rate falls: as a cosine, at the end alone, or to a tenth twice.",
    "warm_up": "Steps over which the rate rises; unless given, a tenth of the run, at most 300.",
    "clip": "Largest norm of the gradient; 0 for any.",
    "gamma": "Share of the uniform distribution mixed into the prior before it is inverted.",
    "alpha": "How strongly rare colours weigh: 0 not at all, 1 as in the paper.",
    "neighbours": "Bins of a soft target.",
    "distance": "Factor of the decoded colour's distance from the truth, beside cross entropy.",
    "recognition": "Factor of how a classifier's answer differs from that to the true photo.",
    "hints": "Share of crops that get colour hints, for networks that take them.",
    "ema": "Decay of the moving average of the weights; 0 for none.",
    "prior_photos": "Crops from which the prior is measured.",
    "validate_every": "Steps between validations.",
    "validation_photos": "Photographs to validate with.",
    "checkpoint_every": "Steps between checkpoints.",
    "workers": "Processes that decode photographs, on each rank.",
    "seed": "Of everything random.",
    "device": "auto, cpu, cuda, mps, xpu.",
    "precision": "Of convolutions: bfloat16, float32, or on auto what is faster on the device.",
    "start_from": "Weights to start a new run from: a model that ships with some, as lite, or a "
    "file.",
    "temperature": "Of the annealed mean, for those who use the weights.",
    "size": "Short side at which the network should see photos, for those who use the weights.",
    "shift": "Rebalancing added to the exported weights: so many times -log of the prior.",
    "prior": "File of the prior, from `colorize prior`, for a new run; else it is measured.",
    "ageing": "Share of crops whose lightness is aged as old prints are.",
    "window": "Side of the part of a crop that is learnt from, in pixels; 0 for all of it.",
    "cool_down": "With --schedule trapezoid: last share of the run, in which the rate falls.",
    "keep": "Which weights the run ends with: the last, or those of its best validation (raw and "
    "rebalanced AuC above grey together).",
    "patience": "Stop after so many validations without a better one; 0 never.",
    "sanity": "Before a new run, see whether a copy of the network can learn one batch by heart.",
}
_CHOICES = {
    "loss": ("rebalanced", "plain", "mse"),
    "optimizer": ("adamw", "adam"),
    "schedule": ("cosine", "trapezoid", "steps"),
    "precision": ("auto", "float32", "bfloat16"),
    "keep": ("last", "best"),
    "preset": tuple(PRESETS),
}
_TYPES = {"start_from": str, "prior": str}


def _with_settings(function):
    """An option for every setting of a run that has a line of help."""
    for item in reversed(fields(TrainingConfig)):
        if item.name not in _HELP:
            continue
        default = None if item.default is MISSING else item.default
        kind: Any = _TYPES.get(item.name) or type(default)
        if item.name in _CHOICES:
            kind = click.Choice(_CHOICES[item.name])
        function = click.option(
            f"--{item.name.replace('_', '-')}",
            item.name,
            default=default,
            type=kind,
            is_flag=kind is bool,
            show_default=default is not None and kind is not bool and item.name != "warm_up",
            help=_HELP[item.name],
        )(function)
    return function


@click.command(name="train")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@click.option(
    "--validation",
    multiple=True,
    metavar="PHOTOS",
    help="Folder, tar shard or photo to validate with; may be given again.",
)
@click.option(
    "--share",
    "shares",
    multiple=True,
    metavar="PATTERN=PART",
    help="Part of the crops that photos of such names make up; may be given again.",
)
@_with_settings
@click.pass_context
def command(
    context: click.Context,
    photos: tuple[str, ...],
    validation: tuple[str, ...],
    shares: tuple[str, ...],
    **settings: Any,
) -> None:
    """Train a network on PHOTOS: folders (searched in depth), uncompressed tar shards, files.

    Stop it at any time: Ctrl-C and SIGTERM let it finish its step and write a checkpoint, a second
    one ends it at once. The same command goes on where the last checkpoint was. In the end the
    run's folder holds MODEL.safetensors, which `colorize photo --model` takes.

    \b
    colorize train holidays/ --validation some-others/ --run runs/holidays
    colorize train album/ --preset few-photos --run runs/album
    colorize train imagenet/ --held-out 1000 --preset eccv16-paper --run runs/paper

    Of a mixed collection, names of photos, or of the shards and folders that they are in, say how
    often each kind is seen.

    \b
    colorize train photos/ --share 'faces*,weddings*=0.25' --run runs/people

    On several GPUs, or machines, torchrun starts the same command once for each. The lone -- keeps
    it from taking --run for an option of its own.

    \b
    torchrun --nproc-per-node 2 -m colorize_core.cli.app -- train holidays/
    """
    from colorize_core.training import train
    from colorize_core.training.distributed import leads
    from colorize_core.training.stopping import StoppedRunError

    given = {
        name: value
        for name, value in settings.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    preset = given.pop("preset", None)
    places = {"validation": list(validation), "shares": list(shares)}
    config = TrainingConfig.of_preset(preset, list(photos), **places, **given)
    with signals_as_requests() as asked:
        try:
            with _Display() if leads() else nullcontext(_say_nothing) as display:
                weights = train(config, display, asked)
        except StoppedRunError as stopped:
            after = f"Stopped after step {stopped.step}; the same command goes on from there."
            raise Stopped(asked.number, after if leads() else "") from None
    if leads():
        say(f"Weights: {weights}")


def _say_nothing(_: Any) -> None:
    """The report of a rank that does not lead."""


class _Display(Display):
    """A progress bar with photos per second and the time left; plain lines where no one looks."""

    def __init__(self) -> None:
        super().__init__("measuring the prior")
        self.started = 0.0
        self.first = 0
        self.loss = 0.0

    def __call__(self, state) -> None:
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
