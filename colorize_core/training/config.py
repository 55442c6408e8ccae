"""Everything that a training run can be told, in one dataclass."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from colorize_core.training.agreement import check_agreement
from colorize_core.training.presets import PRESETS, completed
from colorize_core.training.recorded import Recorded
from colorize_core.training.settings import (
    COUNT,
    DECAY,
    NOT_NEGATIVE,
    POSITIVE_SHARE,
    SHARE,
    Range,
    as_text,
    check_settings,
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
class TrainingConfig(Recorded):
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
        "Folder of the run. If it holds a checkpoint, training resumes from it.",
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
        "Number of PHOTOS to validate with instead of training on them.",
        NOT_NEGATIVE,
        "photos",
        metavar="N",
        kept="photographs that it has learnt from could be among those that validate it",
    )
    preset: str | None = setting(
        None,
        "Settings of a published run, or for a few hundred photos; options given here "
        "override them.",
        tuple(PRESETS),
    )
    model: str = setting(
        "lite",
        "Network to train.",
        kept="the checkpoint holds the weights of the one that it was started with",
    )
    loss: Loss = setting(
        "rebalanced",
        "Cross entropy that weighs rare colours up, plain cross entropy, or squared error of ab.",
        get_args(Loss),
        kept="the weights so far were learnt from the one that it was started with",
    )
    steps: int = setting(10_000, "Batches to train on.", COUNT, "steps")
    batch: int = setting(32, "Crops per step, over all ranks and parts.", COUNT, "crops")
    accumulate: int = setting(
        1, "Parts to split a batch into when it does not fit into memory.", COUNT, "parts"
    )
    crop: int = setting(
        128, "Side of a crop; a multiple of 32 for lite.", Range(8, multiple=8), "pixels"
    )
    smallest_crop: float = setting(
        0.5,
        "Smallest crop, as a share of a photo's short side, before resizing.",
        POSITIVE_SHARE,
    )
    largest_crop: float = setting(1.0, "Largest crop, likewise.", POSITIVE_SHARE)
    rate: float = setting(1e-3, "Learning rate at the end of the warm-up.", NOT_NEGATIVE)
    encoder_rate: float = setting(2e-4, "Learning rate of pretrained layers.", NOT_NEGATIVE)
    optimizer: Optimizer = setting("adamw", "Optimizer.", get_args(Optimizer))
    betas: tuple[float, float] = setting(
        (0.9, 0.99), "Decays of the optimizer's two moving averages.", DECAY, option=""
    )
    weight_decay: float = setting(
        1e-2,
        "Weight decay; decoupled for adamw, added to the gradient (L2) for adam.",
        NOT_NEGATIVE,
    )
    schedule: Schedule = setting(
        "cosine",
        "How the rate falls: as a cosine, linearly at the end (trapezoid), or in two steps.",
        get_args(Schedule),
    )
    drop_at: tuple[float, ...] = setting(
        (0.5, 0.8),
        "Schedule steps: shares of the run after which the rates drop.",
        SHARE,
        option="",
    )
    drop_to: tuple[float, ...] = setting(
        (0.1, 0.01), "Schedule steps: factors of the rates from there on.", NOT_NEGATIVE, option=""
    )
    warm_up: int = setting(
        -1,
        "Steps over which the rate rises. Default: a tenth of the run, at most 300.",
        NOT_NEGATIVE,
        "steps",
        unset=-1,
    )
    clip: float = setting(1.0, "Largest norm of the gradient; 0 for no limit.", NOT_NEGATIVE)
    gamma: float = setting(
        0.5, "Share of the uniform distribution mixed into the prior before it is inverted.", SHARE
    )
    alpha: float = setting(
        1.0, "How much more rare colours weigh: 0 for no more, 1 as in the paper.", NOT_NEGATIVE
    )
    neighbours: int = setting(10, "Number of bins in a soft target.", Range(1, 313), "bins")
    distance: float = setting(
        0.0,
        "Weight of the decoded colour's distance from the truth, beside cross entropy.",
        NOT_NEGATIVE,
    )
    recognition: float = setting(
        0.0,
        "Weight of the difference between a classifier's answers to the colorized and the "
        "true photo.",
        NOT_NEGATIVE,
    )
    hints: float = setting(
        0.5, "Share of crops with colour hints, for networks that take them.", SHARE
    )
    ema: float = setting(0.999, "Decay of the moving average of the weights; 0 for none.", DECAY)
    prior_photos: int = setting(2000, "Number of crops to measure the prior on.", COUNT, "crops")
    validate_every: int = setting(500, "Steps between validations.", COUNT, "steps")
    validation_photos: int = setting(
        128, "Photographs to validate with.", COUNT, "photos", metavar="N"
    )
    checkpoint_every: int = setting(250, "Steps between checkpoints.", COUNT, "steps")
    workers: int = setting(
        1, "Processes that decode photographs, per rank.", NOT_NEGATIVE, "processes", machine=True
    )
    seed: int = setting(0, "Seed of all random numbers.", Range(0, _SEEDS - 1))
    device: str = setting(
        "auto", "Device to compute on: auto, cpu, cuda, mps or xpu.", machine=True
    )
    precision: Precision = setting(
        "auto",
        "Precision of convolutions; auto takes the faster one on the device.",
        get_args(Precision),
    )
    start_from: str | None = setting(
        None,
        "Weights to start a new run from: a model with weights of its own, such as lite, or a"
        " file.",
        machine=True,
    )
    temperature: float = setting(
        0.38, "Temperature of the annealed mean, recorded with the weights.", POSITIVE_SHARE
    )
    size: int = setting(
        256,
        "Short side at which the network should see photos, recorded with the weights.",
        Range(32, 2048),
        "pixels",
    )
    shift: float = setting(
        0.0, "Rebalancing added to the exported weights, in multiples of -log of the prior."
    )
    calm: float = setting(0.0, "Rebalancing taken back on photos that are soft.", NOT_NEGATIVE)
    prior: str | None = setting(
        None, "Prior for a new run, a file from `colorize prior`; otherwise it is measured."
    )
    sanity: bool = setting(
        False,
        "Before a new run, check that a copy of the network can memorize one batch.",
        machine=True,
    )
    shares: list[str] = setting(
        [],
        "Share of the crops that photos with matching names make up; may be given again.",
        option="share",
        metavar="PATTERN=PART",
    )
    ageing: float = setting(
        0.0, "Share of crops whose lightness is aged like an old print's.", SHARE
    )
    window: int = setting(
        0,
        "Side of the window of a crop to learn from; 0 for the whole crop.",
        Range(0, multiple=16),
        "pixels",
    )
    cool_down: float = setting(
        0.2,
        "Schedule trapezoid: last share of the run, over which the rate falls to 0.",
        SHARE,
    )
    keep: Keep = setting(
        "last",
        "Weights to export: the last, or those of the best validation (raw and rebalanced AuC"
        " above grey together).",
        get_args(Keep),
    )
    patience: int = setting(
        0,
        "Stop after this many validations in a row without improvement; 0 for never.",
        NOT_NEGATIVE,
        "validations",
    )
    references: float = setting(
        0.0,
        "Share of crops shown with another view of the same photo, to copy colours from, for "
        "networks that take references.",
        SHARE,
    )
    distillation: float = setting(
        0.0,
        "Weight of the distance of the encoder's deepest features, and of what they are called, "
        "from those of ImageNet's classifier, which sees the crop in colour.",
        NOT_NEGATIVE,
    )
    drop_path: float = setting(
        0.0,
        "Share of crops for which the encoder's last block is left out, earlier ones less often.",
        Range(0, 0.9),
    )
    dropout: float = setting(
        0.0, "Share of the features before the head that are left out.", Range(0, 0.9)
    )
    threads: int = setting(
        0,
        "Threads that compute, per rank; 0 for OMP_NUM_THREADS, or as many as there are idle "
        "cores.",
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
            setattr(self, item.name, as_text(getattr(self, item.name)))
        check_settings(self)
        check_agreement(self)
        if self.warm_up < 0:
            self.warm_up = min(_LONGEST_WARM_UP, self.steps // 10)

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

    @property
    def folder(self) -> Path:
        """Where the run's checkpoints, samples and logs go."""
        return Path(self.run)


# Settings that a run keeps for as long as it lives, and what stands in the way of another value.
KEPT = {name: setting.kept for name, setting in settings_of(TrainingConfig).items() if setting.kept}
