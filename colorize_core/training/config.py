"""Everything that a training run can be told, in one dataclass."""

from __future__ import annotations

import json
import os
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from colorize_core.training.agreement import check_agreement
from colorize_core.training.presets import PRESETS, completed
from colorize_core.training.settings import (
    COUNT,
    DECAY,
    NOT_NEGATIVE,
    POSITIVE_SHARE,
    SHARE,
    Range,
    check_settings,
    kind_of,
    setting,
    settings_of,
)

Loss = Literal["rebalanced", "plain", "mse"]
Optimizer = Literal["adamw", "adam"]
Schedule = Literal["cosine", "trapezoid", "steps"]
Precision = Literal["auto", "float32", "bfloat16"]
Keep = Literal["last", "best"]

_LONGEST_WARM_UP = 300  # steps, unless another one is asked for
_SEEDS = 2**24  # a seed, 40 bits further up, leaves room for the numbers of crops


@dataclass(slots=True)
class TrainingConfig:
    """A run. The defaults train ``lite`` on a machine without a GPU.

    What each setting means, and which values make sense, stands with it, and from here in the
    command line's help and in ``docs/training.md``.
    """

    photos: list[str] = setting(
        MISSING,
        "Folders (searched in depth), uncompressed tar shards and photos to train on.",
        option="",
        machine=True,
    )
    run: str = setting(
        "run",
        "Folder of the run. Where it holds a checkpoint, training goes on from it.",
        machine=True,
    )
    validation: list[str] = setting(
        [],
        "Folder, tar shard or photo to validate with; may be given again.",
        metavar="PHOTOS",
        machine=True,
    )
    held_out: int = setting(
        0,
        "Photos of PHOTOS to validate with instead of training on them.",
        NOT_NEGATIVE,
        "photos",
        metavar="N",
        kept="photographs that it has learnt from could be among those that validate it",
    )
    preset: str | None = setting(
        None,
        "Settings of a published run, or for some hundred photos; options that are given "
        "come before them.",
        tuple(PRESETS),
    )
    model: str = setting(
        "lite",
        "Network to train.",
        kept="the checkpoint holds the weights of the one that it was started with",
    )
    loss: Loss = setting(
        "rebalanced",
        "Cross entropy with rare colours weighing more, plain, or squared error of ab.",
        get_args(Loss),
        kept="the weights so far were learnt from the one that it was started with",
    )
    steps: int = setting(10_000, "Batches to train on.", COUNT, "steps")
    batch: int = setting(
        32, "Crops per step, on all ranks and in all of its parts together.", COUNT, "crops"
    )
    accumulate: int = setting(
        1,
        "Parts in which a batch is worked through, where it does not fit into memory.",
        COUNT,
        "parts",
    )
    crop: int = setting(
        128, "Side of a crop; for lite a multiple of 32.", Range(8, multiple=8), "pixels"
    )
    smallest_crop: float = setting(
        0.5,
        "Smallest crop as a share of a photo's short side, before it is resized.",
        POSITIVE_SHARE,
    )
    largest_crop: float = setting(1.0, "Largest crop as such a share.", POSITIVE_SHARE)
    rate: float = setting(1e-3, "Learning rate at the end of the warm-up.", NOT_NEGATIVE)
    encoder_rate: float = setting(2e-4, "Learning rate of pretrained layers.", NOT_NEGATIVE)
    optimizer: Optimizer = setting("adamw", "Optimizer.", get_args(Optimizer))
    betas: tuple[float, float] = setting(
        (0.9, 0.99), "Decays of the optimizer's two moving averages.", DECAY, option=""
    )
    weight_decay: float = setting(
        1e-2, "Weight decay; adam adds it to the gradient (L2), adamw does not.", NOT_NEGATIVE
    )
    schedule: Schedule = setting(
        "cosine",
        "How the rate falls: as a cosine, along a line at the end alone (trapezoid), or "
        "in steps, twice.",
        get_args(Schedule),
    )
    drop_at: tuple[float, ...] = setting(
        (0.5, 0.8),
        "Of the schedule steps: from which shares of the run on the rates are lower.",
        SHARE,
        option="",
    )
    drop_to: tuple[float, ...] = setting(
        (0.1, 0.01), "What the rates are multiplied by from there on.", NOT_NEGATIVE, option=""
    )
    warm_up: int = setting(
        -1,
        "Steps over which the rate rises; unless given, a tenth of the run, at most 300.",
        NOT_NEGATIVE,
        "steps",
        unset=-1,
    )
    clip: float = setting(1.0, "Largest norm of the gradient; 0 for any.", NOT_NEGATIVE)
    gamma: float = setting(
        0.5, "Share of the uniform distribution mixed into the prior before it is inverted.", SHARE
    )
    alpha: float = setting(
        1.0, "How strongly rare colours weigh: 0 not at all, 1 as in the paper.", NOT_NEGATIVE
    )
    neighbours: int = setting(10, "Bins of a soft target.", Range(1, 313), "bins")
    distance: float = setting(
        0.0,
        "Factor of the decoded colour's distance from the truth, beside cross entropy.",
        NOT_NEGATIVE,
    )
    recognition: float = setting(
        0.0,
        "Factor of how a classifier's answer differs from that to the true photo.",
        NOT_NEGATIVE,
    )
    hints: float = setting(
        0.5, "Share of crops that get colour hints, for networks that take them.", SHARE
    )
    ema: float = setting(0.999, "Decay of the moving average of the weights; 0 for none.", DECAY)
    prior_photos: int = setting(2000, "Crops from which the prior is measured.", COUNT, "crops")
    validate_every: int = setting(500, "Steps between validations.", COUNT, "steps")
    validation_photos: int = setting(
        128, "Photographs to validate with.", COUNT, "photos", metavar="N"
    )
    checkpoint_every: int = setting(250, "Steps between checkpoints.", COUNT, "steps")
    workers: int = setting(
        1,
        "Processes that decode photographs, on each rank.",
        NOT_NEGATIVE,
        "processes",
        machine=True,
    )
    seed: int = setting(0, "Of everything random.", Range(0, _SEEDS - 1))
    device: str = setting("auto", "auto, cpu, cuda, mps, xpu.", machine=True)
    precision: Precision = setting(
        "auto",
        "Of convolutions: bfloat16, float32, or on auto what is faster on the device.",
        get_args(Precision),
    )
    start_from: str | None = setting(
        None,
        "Weights to start a new run from: a model that ships with some, as lite, or a file.",
        machine=True,
    )
    temperature: float = setting(
        0.38, "Of the annealed mean, for those who use the weights.", POSITIVE_SHARE
    )
    size: int = setting(
        256,
        "Short side at which the network should see photos, for those who use the weights.",
        Range(32, 2048),
        "pixels",
    )
    shift: float = setting(
        0.0, "Rebalancing added to the exported weights: so many times -log of the prior."
    )
    prior: str | None = setting(
        None, "File of the prior, from `colorize prior`, for a new run; else it is measured."
    )
    sanity: bool = setting(
        False,
        "Before a new run, see whether a copy of the network can learn one batch by heart.",
        machine=True,
    )
    shares: list[str] = setting(
        [],
        "Part of the crops that photos of such names make up; may be given again.",
        option="share",
        metavar="PATTERN=PART",
    )
    ageing: float = setting(0.0, "Share of crops whose lightness is aged as old prints are.", SHARE)
    window: int = setting(
        0,
        "Side of the part of a crop that is learnt from; 0 for all of it.",
        Range(0, multiple=16),
        "pixels",
    )
    cool_down: float = setting(
        0.2,
        "Of the schedule trapezoid: last share of the run, in which the rate falls to 0.",
        SHARE,
    )
    keep: Keep = setting(
        "last",
        "Which weights the run ends with: the last, or those of its best validation (raw and "
        "rebalanced AuC above grey together).",
        get_args(Keep),
    )
    patience: int = setting(
        0,
        "Stop after so many validations in a row without a better one; 0 never.",
        NOT_NEGATIVE,
        "validations",
    )
    references: float = setting(
        0.0,
        "Share of crops that are shown another view of the same photo, whose colours they may "
        "copy, for networks that take references.",
        SHARE,
    )
    threads: int = setting(
        0,
        "Threads that compute, on each rank; 0 for as many as there are cores that other processes "
        "leave free, or as OMP_NUM_THREADS says.",
        NOT_NEGATIVE,
        "threads",
        machine=True,
    )

    def __post_init__(self) -> None:
        """Take paths as texts, refuse what cannot be meant, choose what is left to the program.

        Raises:
            SettingError: naming the field, its value and what it may be.
        """
        for item in fields(self):
            setattr(self, item.name, _as_text(getattr(self, item.name)))
        check_settings(self)
        check_agreement(self)
        if self.warm_up < 0:
            self.warm_up = min(_LONGEST_WARM_UP, self.steps // 10)

    def to_json(self) -> str:
        """Write the settings as JSON, for checkpoints and sidecars."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainingConfig:
        """Read the run that :meth:`to_json` wrote.

        Raises:
            ValueError: a field is unknown; it is named.
        """
        values = json.loads(text)
        unknown = set(values) - {item.name for item in fields(cls)}
        if unknown:
            raise ValueError(f"unknown training settings: {', '.join(sorted(unknown))}")
        tuples = {item.name for item in fields(cls) if kind_of(item) is tuple}
        values |= {name: tuple(values[name]) for name in tuples & values.keys()}
        return cls(**values)

    @classmethod
    def of_preset(cls, name: str | None, photos: list[str], **given: Any) -> TrainingConfig:
        """Take the settings of a preset, those that are given in place of its own.

        Where weights to start from are given, what they were tuned for (temperature and size, from
        the file beside them) takes the place of the defaults.

        Args:
            name: one of :data:`PRESETS`; None for none.
            photos: to train on.
            given: any other settings.

        Raises:
            ValueError: there is no such preset, or a setting cannot be meant; or there is no
                model of that name to start from.
            FileNotFoundError: no weights come with the model to start from.
        """
        return cls(photos, preset=name, **completed(name, given))

    def recipe(self) -> dict[str, Any]:
        """List what made the weights what they are: all settings but those of one machine.

        Of a prior that was given, the file's name stays, and no count of photos.
        """
        recipe = {name: value for name, value in asdict(self).items() if name not in MACHINE}
        given = recipe.pop("prior")
        if given:
            recipe |= {"prior": Path(given).name, "prior_photos": None}
        return recipe

    def changes_since(self, earlier: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Compare with the settings that a checkpoint holds: name -> (then, now) of what differs.

        Settings of one machine are passed over, and those that the checkpoint does not know.
        """
        now = json.loads(self.to_json())
        return {
            name: (then, now[name])
            for name, then in earlier.items()
            if name in now and name not in (*MACHINE, "preset", "prior") and now[name] != then
        }

    @property
    def folder(self) -> Path:
        """Where the run's checkpoints, samples and logs go."""
        return Path(self.run)


def _as_text(value: Any) -> Any:
    """Turn paths, and those in lists, into texts; everything else stays as it is."""
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


_SETTINGS = settings_of(TrainingConfig)
# Settings of one machine, which say nothing of what the weights are.
MACHINE = tuple(name for name, setting in _SETTINGS.items() if setting.machine)
# Settings that a run keeps for as long as it lives, and what stands in the way of another value.
KEPT = {name: setting.kept for name, setting in _SETTINGS.items() if setting.kept}
