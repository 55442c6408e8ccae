"""What a visitor has chosen for a photo, and how it is written into a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from colorize_core.engine import ColorizeOptions
from colorize_core.engine.alternatives import Alternative
from gradio_demo.strokes import hints_of_strokes

_LEAST_PERCENT = 1.0
_MOST_CELLS = 10_000  # of an alternative's region
_MOST_AB = 200.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state of a photo, replaced as a whole.

    Attributes:
        model: its name in the studio.
        options: of the engine.
        percent: long side of the file to download, of the photo's own.
        strokes: of the brush; the hints in the options are made of them.
        picked: alternative in place of the prediction.
        found: alternatives to pick from, once somebody asked for them.

    Raises:
        ValueError: the size is out of its range.
    """

    model: str
    options: ColorizeOptions = field(default_factory=ColorizeOptions)
    percent: float = 100.0
    strokes: Sequence[dict[str, Any]] = ()
    picked: Alternative | None = None
    found: tuple[Alternative, ...] | None = None

    def __post_init__(self) -> None:
        if not _LEAST_PERCENT <= self.percent <= 100.0:
            raise ValueError(f"output size must be within 1..100 percent; got {self.percent}")

    def written(self) -> dict[str, Any]:
        """Write it as JSON can hold it; alternatives that were not picked are found again."""
        picked = self.picked
        return {
            "model": self.model,
            "temperature": self.options.temperature,
            "saturation": self.options.saturation,
            "warmth": self.options.warmth,
            "as_is": self.options.as_is,
            "percent": self.percent,
            "strokes": list(self.strokes),
            "picked": picked
            and {"ab": list(picked.ab), "share": picked.share, "region": picked.region.tolist()},
        }


def chosen_of(written: dict[str, Any]) -> Chosen:
    """Read what :meth:`Chosen.written` has written.

    Raises:
        ValueError: it makes no sense.
    """
    try:
        temperature, strokes = written["temperature"], list(written["strokes"])
        warmth = float(written.get("warmth", 0.0))
        saturation, percent = float(written["saturation"]), float(written["percent"])
        model, as_is, picked = str(written["model"]), bool(written["as_is"]), written["picked"]
        temperature = None if temperature is None else float(temperature)
        alternative = None if picked is None else _alternative_of(picked)
    except (KeyError, TypeError, AttributeError):
        raise ValueError("its choices are not those of a tray") from None
    options = ColorizeOptions(
        temperature=temperature,
        saturation=saturation,
        warmth=warmth,
        as_is=as_is,
        hints=hints_of_strokes(strokes),
    )
    return Chosen(model, options, percent, tuple(strokes), alternative)


def _alternative_of(written: dict[str, Any]) -> Alternative:
    a, b = (float(value) for value in written["ab"])
    share = float(written["share"])
    region = torch.tensor(written["region"], dtype=torch.float32)
    good = region.ndim == 2 and 0 < region.numel() <= _MOST_CELLS
    good = good and bool(((region >= 0) & (region <= 1)).all()) and 0 <= share <= 1
    if not good or not math.hypot(a, b) <= _MOST_AB:
        raise ValueError("its alternative makes no sense")
    return Alternative((a, b), share, region)
