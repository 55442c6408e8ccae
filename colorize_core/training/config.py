"""Everything that a training run can be told, in one dataclass."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

Loss = Literal["rebalanced", "plain", "mse"]
Optimizer = Literal["adamw", "adam"]
Schedule = Literal["cosine", "steps"]


@dataclass(slots=True)
class TrainingConfig:
    """A run. The defaults train ``lite`` on a machine without a GPU.

    Rates are those at the end of the warm-up. ``encoder_rate`` holds for pretrained layers.
    """

    photos: list[str]
    run: str = "run"
    validation: list[str] = field(default_factory=list)
    model: str = "lite"
    loss: Loss = "rebalanced"
    steps: int = 10_000
    batch: int = 32
    crop: int = 128
    smallest_crop: float = 0.5
    rate: float = 1e-3
    encoder_rate: float = 2e-4
    optimizer: Optimizer = "adamw"
    weight_decay: float = 1e-2
    schedule: Schedule = "cosine"
    drop_at: tuple[float, ...] = (0.5, 0.8)
    warm_up: int = 300
    clip: float = 1.0
    gamma: float = 0.5
    alpha: float = 1.0
    neighbours: int = 10
    hints: float = 0.5
    ema: float = 0.999
    prior_photos: int = 2000
    validate_every: int = 500
    validation_photos: int = 128
    checkpoint_every: int = 250
    workers: int = 1
    seed: int = 0
    device: str = "auto"
    start_from: str | None = None
    temperature: float = 0.38
    size: int = 256
    shift: float = 0.0
    prior: str | None = None
    sanity: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: naming the field, its value and what it may be.
        """
        choices = {
            "loss": ("rebalanced", "plain", "mse"),
            "optimizer": ("adamw", "adam"),
            "schedule": ("cosine", "steps"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {', '.join(allowed)}; got {getattr(self, name)!r}"
                )
        if self.crop % 32:
            raise ValueError(f"crop must be a multiple of 32, got {self.crop}")
        for name in ("steps", "batch", "checkpoint_every", "validate_every", "prior_photos"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("gamma", "hints"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be within 0..1, got {getattr(self, name)}")
        if not 0.0 < self.smallest_crop <= 1.0:
            raise ValueError(f"smallest_crop must be within 0..1, got {self.smallest_crop}")

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
        if "drop_at" in values:
            values["drop_at"] = tuple(values["drop_at"])
        return cls(**values)

    def recipe(self) -> dict[str, Any]:
        """What made the weights what they are: all settings but the paths of one machine.

        Of a prior that was given, the file's name stays, and no count of photos.
        """
        machine = ("photos", "run", "validation", "start_from", "device", "workers", "sanity")
        recipe = {name: value for name, value in asdict(self).items() if name not in machine}
        given = recipe.pop("prior")
        if given:
            recipe |= {"prior": Path(given).name, "prior_photos": None}
        return recipe

    @property
    def folder(self) -> Path:
        """Where the run's checkpoints, samples and logs go."""
        return Path(self.run)
