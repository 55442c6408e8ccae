"""What a user may choose of how a film is gone about, beside how its frames are colorized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from colorize_core.video.hints import TimedHint

Deinterlace: TypeAlias = Literal["auto", "no"]
MOST_EVERY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOptions:
    """Options of films.

    Attributes:
        every: the network looks at each so many-eth frame, 1..12, and wherever movement cannot be
            followed; the others get their colours from those around.
        steady: share of a colour's weight that is left a frame later, 0..0.99: 0 colorizes frame
            by frame, near 1 colours hardly change.
        hints: colours that are known at a time.
        begin: seconds from the film's beginning at which the output begins; None for all.
        end: seconds at which it ends; None for all.
        encoder: x264, x265, ffv1, prores, or an encoder's name in FFmpeg.
        quality: of the encoder, less is better; None takes what is hardly told from the film.
        deinterlace: ``auto`` takes woven fields apart where a film has them.
        damaged: whether a film that breaks off is taken as far as it goes.
        overwrite: whether an output that is there is replaced.
        provenance: whether the output says that its colours are made up.

    Raises:
        ValueError: a value is out of its range.
    """

    every: int = 3
    steady: float = 0.97
    hints: tuple[TimedHint, ...] = ()
    begin: float | None = None
    end: float | None = None
    encoder: str = "x264"
    quality: int | None = None
    deinterlace: Deinterlace = "auto"
    damaged: bool = False
    overwrite: bool = False
    provenance: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MOST_EVERY:
            raise ValueError(f"every must be within 1..{MOST_EVERY}; got {self.every}")
        if not 0.0 <= self.steady <= 0.99:
            raise ValueError(f"steady must be within 0..0.99; got {self.steady}")
        if self.deinterlace not in get_args(Deinterlace):
            raise ValueError(f"deinterlace must be auto or no; got {self.deinterlace!r}")
        if self.begin is not None and self.end is not None and self.end <= self.begin:
            raise ValueError(f"the end, {self.end:g} s, is not after the begin, {self.begin:g} s")
