"""What a visitor has chosen for a photo, and how it is written into a file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from colorize_core.engine import ColorizeOptions
from colorize_core.engine.alternatives import Alternative
from gradio_demo.likes import Like
from gradio_demo.masking import Masking, masking_of, written_masking
from gradio_demo.strokes import hints_of_strokes

_LEAST_PERCENT = 1.0
_MOST_CELLS = 10_000  # of an alternative's region
_MOST_AB = 200.0
_MOST_PICKED = 20
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state of a photo, replaced as a whole.

    Attributes:
        model: its name in the studio.
        options: of the engine.
        percent: long side of the file to download, of the photo's own.
        strokes: of the brush; the hints in the options are made of them.
        masking: the part that is colorized.
        like: photos in colour to copy colours from, which the options name.
        picked: alternatives in place of the prediction, each for a region of its own.
        found: alternatives to pick from, once somebody asked for them.

    Raises:
        ValueError: the size is out of its range.
    """

    model: str
    options: ColorizeOptions = field(default_factory=ColorizeOptions)
    percent: float = 100.0
    strokes: Sequence[dict[str, Any]] = ()
    masking: Masking = field(default_factory=Masking)
    like: tuple[Like, ...] = ()
    picked: tuple[Alternative, ...] = ()
    found: tuple[Alternative, ...] | None = None

    def __post_init__(self) -> None:
        if not _LEAST_PERCENT <= self.percent <= 100.0:
            raise ValueError(f"output size must be within 1..100 percent; got {self.percent}")

    def written(self) -> dict[str, Any]:
        """Write it as JSON can hold it, without photos to copy colours from.

        Alternatives that were not picked are found again.
        """
        return {
            "model": self.model,
            "temperature": self.options.temperature,
            "saturation": self.options.saturation,
            "warmth": self.options.warmth,
            "likeness": self.options.likeness,
            "as_is": self.options.as_is,
            "detail": self.options.detail,
            "size": self.options.size,
            "percent": self.percent,
            "strokes": list(self.strokes),
            "mask": written_masking(self.masking),
            "picked": [
                {"ab": list(one.ab), "share": one.share, "region": one.region.tolist()}
                for one in self.picked
            ],
        }


def chosen_of(written: dict[str, Any], like: tuple[Like, ...] = ()) -> Chosen:
    """Read what :meth:`Chosen.written` has written, now or by a version with fewer choices.

    Args:
        written: the choices.
        like: photos to copy colours from.

    Raises:
        ValueError: it makes no sense.
    """
    try:
        strokes = list(written["strokes"])
        options = ColorizeOptions(
            temperature=_maybe(float, written["temperature"]),
            saturation=float(written["saturation"]),
            warmth=float(written.get("warmth", 0.0)),
            size=_maybe(int, written.get("size")),
            detail=bool(written.get("detail", False)),
            as_is=bool(written["as_is"]),
            hints=hints_of_strokes(strokes),
            like=[one.path for one in like],
            likeness=float(written.get("likeness", 1.0)),
        )
        picked = written["picked"]
        if not isinstance(picked, list):  # as it was when there could be but one
            picked = [] if picked is None else [picked]
        if len(picked) > _MOST_PICKED:
            raise ValueError("its alternatives are too many")
        return Chosen(
            str(written["model"]),
            options,
            float(written["percent"]),
            tuple(strokes),
            masking_of(written.get("mask")),
            like,
            tuple(_alternative_of(one) for one in picked),
        )
    except (KeyError, TypeError, AttributeError):
        raise ValueError("its choices are not those of a tray") from None


def _maybe(kind: Callable[[Any], _Kind], value: Any) -> _Kind | None:
    return None if value is None else kind(value)


def _alternative_of(written: dict[str, Any]) -> Alternative:
    a, b = (float(value) for value in written["ab"])
    share = float(written["share"])
    region = torch.tensor(written["region"], dtype=torch.float32)
    good = region.ndim == 2 and 0 < region.numel() <= _MOST_CELLS
    good = good and bool(((region >= 0) & (region <= 1)).all()) and 0 <= share <= 1
    if not good or not math.hypot(a, b) <= _MOST_AB:
        raise ValueError("its alternative makes no sense")
    return Alternative((a, b), share, region)
