"""All that a user may choose, in one dataclass that every door builds."""

from __future__ import annotations

from dataclasses import dataclass, field

from colorize_core.engine.hints import Hint


@dataclass(frozen=True, slots=True)
class ColorizeOptions:
    """How to colorize.

    Attributes:
        model: a registered name, or the path of weights.
        temperature: of the annealed mean, above 0 up to 1: towards 0 vivid and blotchy,
            towards 1 even and pale. None takes what the model was tuned for.
        saturation: factor on the chroma, 0..4.
        size: short side in pixels at which the network looks at the photo; None takes what the
            model was tuned for, or a smaller photo's own.
        hints: colours that are known.
        device: ``auto``, ``cpu``, ``cuda``, ...
        detail: whether to look a second time, at twice the size, for the colours of small things;
            those of the scene stay as they are. Photos that are no larger have none.
        as_is: whether the network is shown the lightness as it is. Else it is stretched over the
            whole scale first, because a faded print is one of little contrast; the colorized photo
            keeps its own lightness either way.
        provenance: whether the photo's file says that its colours are made up, and by what.

    Raises:
        ValueError: a value is out of its range; the message names it.
    """

    model: str = "lite"
    temperature: float | None = None
    saturation: float = 1.0
    size: int | None = None
    hints: tuple[Hint, ...] = field(default=())
    device: str = "auto"
    detail: bool = False
    as_is: bool = False
    provenance: bool = True

    def __post_init__(self) -> None:
        if self.temperature is not None and not 0.0 < self.temperature <= 1.0:
            raise ValueError(f"temperature must be above 0 and at most 1; got {self.temperature}")
        if not 0.0 <= self.saturation <= 4.0:
            raise ValueError(f"saturation must be within 0..4; got {self.saturation}")
        if self.size is not None and not 32 <= self.size <= 2048:
            raise ValueError(f"size must be within 32..2048 pixels; got {self.size}")
