"""Everything that a training run can be told, in one dataclass."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

Loss = Literal["rebalanced", "plain", "mse"]
Optimizer = Literal["adamw", "adam"]
Schedule = Literal["cosine", "trapezoid", "steps"]
Precision = Literal["auto", "float32", "bfloat16"]
Keep = Literal["last", "best"]

# Settings that a run keeps for as long as it lives, and what stands in the way of another value.
KEPT = {
    "model": "the checkpoint holds the weights of the one that it was started with",
    "loss": "the weights so far were learnt from the one that it was started with",
    "held_out": "photographs that it has learnt from could be among those that validate it",
}
# Settings of one machine, which say nothing of what the weights are.
_MACHINE = ("photos", "run", "validation", "start_from", "device", "workers", "sanity")

_LONGEST_WARM_UP = 300  # steps, unless another one is asked for
# What weights are tuned for, so that those which start from them are too.
_TUNED = ("temperature", "size")

_COUNTS = (
    "steps",
    "batch",
    "accumulate",
    "checkpoint_every",
    "validate_every",
    "validation_photos",
    "prior_photos",
)

PRESETS: dict[str, dict[str, Any]] = {
    # Zhang, Isola and Efros 2016, section 3: Adam, 3e-5, then 1e-5 from step 200,000 and 3e-6 from
    # 375,000 of about 450,000. (The released solver divides by 10 at 225,000 and 450,000 and stops
    # at 500,000.) Photos of 256 pixels, of which 176 are seen: the share 0.6875.
    "eccv16-paper": {
        "model": "eccv16",
        "loss": "rebalanced",
        "steps": 450_000,
        "batch": 40,
        "crop": 176,
        "smallest_crop": 176 / 256,
        "largest_crop": 176 / 256,
        "rate": 3e-5,
        "optimizer": "adam",
        "weight_decay": 1e-3,
        "schedule": "steps",
        "drop_at": (200 / 450, 375 / 450),
        "drop_to": (1 / 3, 0.1),
        "warm_up": 0,
        "clip": 0.0,
        "gamma": 0.5,
        "alpha": 1.0,
        "neighbours": 10,
        "hints": 0.0,
        "ema": 0.0,
        "temperature": 0.38,
        "size": 256,
    },
    # Some hundred photos: from weights that know the world already, a short run with low rates,
    # looked at often, of which the best weights are kept.
    "few-photos": {
        "start_from": "lite",
        "held_out": 20,
        "steps": 300,
        "batch": 16,
        "rate": 2e-4,
        "encoder_rate": 5e-5,
        "alpha": 0.8,
        "ageing": 0.5,
        "ema": 0.99,
        "prior_photos": 1000,
        "validate_every": 25,
        "validation_photos": 64,
        "checkpoint_every": 25,
        "keep": "best",
        "patience": 4,
    },
}


@dataclass(slots=True)
class TrainingConfig:
    """A run. The defaults train ``lite`` on a machine without a GPU.

    Rates are those at the end of the warm-up. ``encoder_rate`` holds for pretrained layers.
    ``batch`` counts the crops of a step on all ranks and in all of its ``accumulate`` parts.
    The schedule ``steps`` multiplies the rates by ``drop_to`` from the shares ``drop_at`` of the
    run on; ``trapezoid`` keeps them up to the last ``cool_down`` of the run, in which they fall to
    0 along a line. A negative ``warm_up`` is a tenth of the steps, at most 300. ``window`` is the
    side, in pixels, of the part of each crop that is learnt from; 0 is all of it. The weight decay
    of ``adam`` is part of the gradient (L2), that of ``adamw`` is not. ``keep`` says whether a run
    ends with its last weights or those of its best validation, and ``patience`` after how many
    validations in a row without a better one it stops; 0 is never.
    """

    photos: list[str]
    run: str = "run"
    validation: list[str] = field(default_factory=list)
    held_out: int = 0
    preset: str | None = None
    model: str = "lite"
    loss: Loss = "rebalanced"
    steps: int = 10_000
    batch: int = 32
    accumulate: int = 1
    crop: int = 128
    smallest_crop: float = 0.5
    largest_crop: float = 1.0
    rate: float = 1e-3
    encoder_rate: float = 2e-4
    optimizer: Optimizer = "adamw"
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 1e-2
    schedule: Schedule = "cosine"
    drop_at: tuple[float, ...] = (0.5, 0.8)
    drop_to: tuple[float, ...] = (0.1, 0.01)
    warm_up: int = -1
    clip: float = 1.0
    gamma: float = 0.5
    alpha: float = 1.0
    neighbours: int = 10
    distance: float = 0.0
    recognition: float = 0.0
    hints: float = 0.5
    ema: float = 0.999
    prior_photos: int = 2000
    validate_every: int = 500
    validation_photos: int = 128
    checkpoint_every: int = 250
    workers: int = 1
    seed: int = 0
    device: str = "auto"
    precision: Precision = "auto"
    start_from: str | None = None
    temperature: float = 0.38
    size: int = 256
    shift: float = 0.0
    prior: str | None = None
    sanity: bool = False
    shares: list[str] = field(default_factory=list)
    ageing: float = 0.0
    window: int = 0
    cool_down: float = 0.2
    keep: Keep = "last"
    patience: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: naming the field, its value and what it may be.
        """
        choices = {
            "loss": ("rebalanced", "plain", "mse"),
            "optimizer": ("adamw", "adam"),
            "schedule": ("cosine", "trapezoid", "steps"),
            "precision": ("auto", "float32", "bfloat16"),
            "keep": ("last", "best"),
            "preset": (None, *PRESETS),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {', '.join(filter(None, allowed))}; "
                    f"got {getattr(self, name)!r}"
                )
        if self.crop % 8 or self.crop < 8:
            raise ValueError(f"crop must be a multiple of 8, and for lite of 32; got {self.crop}")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.batch % self.accumulate:
            raise ValueError(
                f"accumulate must divide the batch, {self.batch}; got {self.accumulate}"
            )
        for name in ("gamma", "hints", "ageing", "cool_down"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be within 0..1, got {getattr(self, name)}")
        for name in ("smallest_crop", "largest_crop"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be within 0..1, got {getattr(self, name)}")
        for name in ("distance", "recognition"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
            if getattr(self, name) and self.loss == "mse":
                raise ValueError(f"{name} goes with a distribution over colours, not with mse")
        if not 0 <= self.window <= self.crop:
            raise ValueError(f"window must be within 0..crop, {self.crop}; got {self.window}")
        if self.window and (self.distance or self.recognition):
            raise ValueError("window does not go with distance or recognition, which see all")
        if self.smallest_crop > self.largest_crop:
            raise ValueError(
                f"smallest_crop, {self.smallest_crop}, is above largest_crop, {self.largest_crop}"
            )
        if len(self.drop_at) != len(self.drop_to):
            raise ValueError("drop_at and drop_to must be of one length")
        if self.held_out < 0:
            raise ValueError(f"held_out must be at least 0, got {self.held_out}")
        if self.held_out and self.validation:
            raise ValueError("held_out takes the place of validation photographs: give one of both")
        if self.patience < 0:
            raise ValueError(f"patience must be at least 0, got {self.patience}")
        if (self.patience or self.keep == "best") and not (self.held_out or self.validation):
            raise ValueError(
                "patience and the best weights need photographs to validate with: give held_out or "
                "validation"
            )
        if self.warm_up < 0:
            self.warm_up = min(_LONGEST_WARM_UP, self.steps // 10)

    def to_json(self) -> str:
        """As JSON, for checkpoints and sidecars."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> TrainingConfig:
        """The run that :meth:`to_json` wrote.

        Raises:
            ValueError: a field is unknown; it is named.
        """
        values = json.loads(text)
        unknown = set(values) - {item.name for item in fields(cls)}
        if unknown:
            raise ValueError(f"unknown training settings: {', '.join(sorted(unknown))}")
        for name in ("drop_at", "drop_to", "betas"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)

    @classmethod
    def of_preset(cls, name: str | None, photos: list[str], **given: Any) -> TrainingConfig:
        """The settings of a preset, those that are given in place of its own.

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
        settings = PRESETS.get(name or "", {})
        if given.get("validation"):
            settings = {setting: settings[setting] for setting in settings if setting != "held_out"}
        chosen = settings | given
        if chosen.get("start_from"):
            # Here, because the command line's help is made from this file, without PyTorch.
            from colorize_core.models.loading import weights_file
            from colorize_core.models.registry import read_sidecar

            tuned = read_sidecar(weights_file(chosen["start_from"]).with_suffix(".json"))
            chosen = {name: tuned[name] for name in _TUNED if name in tuned} | chosen
        return cls(photos, preset=name, **chosen)

    def recipe(self) -> dict[str, Any]:
        """What made the weights what they are: all settings but the paths of one machine.

        Of a prior that was given, the file's name stays, and no count of photos.
        """
        recipe = {name: value for name, value in asdict(self).items() if name not in _MACHINE}
        given = recipe.pop("prior")
        if given:
            recipe |= {"prior": Path(given).name, "prior_photos": None}
        return recipe

    def changes_since(self, earlier: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        """What differs from the settings that a checkpoint holds: name -> (then, now).

        Settings of one machine are passed over, and those that the checkpoint does not know.
        """
        now = json.loads(self.to_json())
        return {
            name: (then, now[name])
            for name, then in earlier.items()
            if name in now and name not in (*_MACHINE, "preset", "prior") and now[name] != then
        }

    @property
    def folder(self) -> Path:
        """Where the run's checkpoints, samples and logs go."""
        return Path(self.run)
