"""``Colorizer``: a network that is loaded once and colorizes photograph after photograph."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.color.tone import FULL, tonal_range, within_border
from colorize_core.engine.calls import Calls
from colorize_core.engine.detail import CLOSER
from colorize_core.engine.device import pick_device
from colorize_core.engine.framing import Frame, find_frames, is_blank, reduced
from colorize_core.engine.hints import HintError
from colorize_core.engine.likeness import on_device, references_of
from colorize_core.engine.making import made_with
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.page import HintsAt, compose, grey_output, hints_in, lie_within
from colorize_core.engine.prediction import Prediction
from colorize_core.engine.resize import bicubic
from colorize_core.engine.screen import unscreened
from colorize_core.models.fusing import fuse
from colorize_core.models.loading import load_model, weights_file
from colorize_core.models.references import References
from colorize_core.models.registry import no_hints, no_references
from colorize_core.photo.photo import Made

_ENOUGH = 192  # short side of what a network sees, in which borders are found too
_NAMED = (str, os.PathLike, int, float)  # what compares as a whole, unlike arrays
_LONGEST = 4  # the long side the network sees is at most this many short sides


@dataclass(frozen=True, slots=True)
class _Known:
    """The knowledge that goes with a lightness to the network.

    Attributes:
        hints_at: gives the hints for a height and width.
        references: photos whose colours are to be copied.
        as_is: whether the lightness is shown as it is.
    """

    hints_at: HintsAt
    references: References | None
    as_is: bool


class NotFiniteError(ValueError):
    """An error of a network: its answer is no number."""


class Colorizer(Calls):
    """A network on a device that colorizes photographs.

    All three ways to use it take the same: a path; a Pillow image of any mode; an array ``(H, W)``,
    ``(H, W, 1)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, bool or floating point in 0..1;
    a tensor ``(H, W)``, ``(1, H, W)``, ``(3, H, W)`` or ``(4, H, W)`` of the same types; a
    :class:`~colorize_core.photo.Photo`; the bytes of a file; a file that is open in binary. A list
    or tuple of these gives a list. A fourth channel is alpha. Options are given as
    :class:`ColorizeOptions`, as keywords, or both; keywords go first.

    Args:
        model: a registered name, ``hf:OWNER/NAME[@REVISION]`` of a hub, or the path of weights.
        device: ``auto`` takes a GPU where there is one.

    Raises:
        ValueError: there is no such model or device, or its weights cannot be used.
        FileNotFoundError: the model's weights are not there; the message says what to do.
        OSError: they cannot be fetched from the hub.
        TypeError: the model is neither a name nor a path.

    Example:
        >>> colorizer = Colorizer()
        >>> colorizer("grandmother.jpg").save("grandmother-colorized.jpg")  # doctest: +SKIP
        >>> colorizer("car.png", saturation=0.8).save("car-colorized.png")  # doctest: +SKIP
    """

    _named = ""

    def __init__(
        self, model: str | os.PathLike[str] = "lite", device: str | torch.device = "auto"
    ) -> None:
        if not isinstance(model, str | os.PathLike):
            raise TypeError(
                f"model must be a registered name or the path of weights; got {model!r}"
            )
        self.device = pick_device(device)
        self.model = load_model(model)
        self._named = os.fspath(model)
        self._last: tuple[tuple, References | None] | None = None
        self.network = fuse(self.model.network.eval()).to(
            self.device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]
        )

    def __repr__(self) -> str:
        return f"Colorizer(model={self._named!r}, device={str(self.device)!r})"

    def made(self, options: ColorizeOptions) -> Made | None:
        """Say how photos are made with options, for their files.

        None where that is not wanted, or the network has come from no file.
        """
        if not options.provenance or not self._named:
            return None
        return made_with(options, self.model.name, weights_file(self._named))

    @torch.inference_mode()
    def look(
        self,
        lightness: np.ndarray,
        short_side: int | None,
        hints_at: HintsAt,
        detail: bool = False,
        as_is: bool = False,
        whole: bool = False,
        references: References | None = None,
    ) -> Prediction:
        """Look at a lightness, whatever it was made from.

        Args:
            lightness: L in 0..100, float32 ``(H, W)``.
            short_side: in pixels, at which the network sees it; None takes the model's own, or the
                photo's where that is smaller and the model knows small photos.
            hints_at: called with the height and width at which the network sees it; gives the
                hints at that size, ``(1, 3, h, w)``, or None.
            detail: whether to take a closer look too, where the photo is large enough.
            as_is: whether the network is shown the lightness as it is: not stretched, and with the
                dots of a halftone print.
            whole: whether the network is shown borders too. Else it sees the photographs on a scan
                one by one, and what lies around them comes out grey, unless hints lie there.
            references: photos whose colours are copied to what looks like them.

        Raises:
            HintError: there are hints but the model takes none.
            ValueError: there are references but the model takes none.
            NotFiniteError: the network's answer is not finite.
        """
        if references is not None:
            if not self.network.takes_references:
                raise ValueError(no_references(self.model.name))
            references = on_device(references, self.device)
        hints_at = cache(hints_at)  # asked for here and again where the network looks
        known = _Known(hints_at, references, as_is)
        size = height, width = lightness.shape
        sides = [short_side or self.model.side_for(min(size))]
        detail = detail and sides[0] < min(CLOSER * sides[0], height, width)
        if detail:
            sides.append(min(CLOSER * sides[0], height, width))
        temperature = self.model.temperature
        seen = seen_at(lightness, sides[0])
        small = seen[0, 0].numpy() if sides[0] >= _ENOUGH else reduced(lightness)
        hints = hints_at((seen.shape[2], seen.shape[3]))
        if not whole and hints is None and is_blank(small):
            return Prediction(grey_output(BIN_COUNT), lightness, temperature)
        frames = [] if whole else find_frames(lightness, small)
        if frames and lie_within(hints, frames, size):
            outputs = self._page(lightness, frames, sides, known)
        else:
            frames, outputs = [], self._photo(lightness, sides, known, seen)
        closer = outputs[1] if detail else None
        return Prediction(outputs[0], lightness, temperature, closer, tuple(frames))

    def references(self, options: ColorizeOptions) -> References | None:
        """Read the photos whose colours are to be copied; those of the last call are kept.

        Raises:
            PhotoError: a photo cannot be read.
            ValueError: a photo has no colours.
        """
        images = tuple(options.like)
        if not images:
            return None
        key = (*images, options.size, options.likeness)
        if self._last is None or not _same(self._last[0], key):
            side = options.size or self.model.size
            found = references_of(images, side, self.network.multiple, options.likeness)
            self._last = key, found
        return self._last[1]

    def _photo(
        self,
        lightness: np.ndarray,
        sides: Sequence[int],
        known: _Known,
        first: Tensor | None = None,
    ) -> list[Tensor]:
        """Give the network's outputs for one photo, seen with these short sides.

        Args:
            lightness: L in 0..100, ``(H, W)``.
            sides: one or more.
            known: what goes with it.
            first: the lightness as it is seen with the first of these, if that is known already.
        """
        shown = lightness if known.as_is else unscreened(lightness, max(sides))
        seen = [first] if first is not None and shown is lightness else []
        seen += [seen_at(shown, side, lightness.shape) for side in sides[len(seen) :]]
        tones = FULL if known.as_is else tonal_range(within_border(seen[0][0, 0].numpy()))
        return [self._output(tones.stretch(one), known) for one in seen]

    def _page(
        self,
        lightness: np.ndarray,
        frames: Sequence[Frame],
        sides: Sequence[int],
        known: _Known,
    ) -> list[Tensor]:
        """Compute the outputs for a scan of several photographs, or of one with a border."""
        size = lightness.shape[0], lightness.shape[1]
        parts = []
        for frame in frames:
            part = np.ascontiguousarray(lightness[frame.rows, frame.columns])
            seen = [self.model.side_for(min(part.shape), side) for side in sides]
            hints_at = hints_in(frame, size, known.hints_at)
            parts.append(self._photo(part, seen, replace(known, hints_at=hints_at)))
        stride = self.network.stride
        usual = [tuple(one // stride for one in network_size(size, side)) for side in sides]
        return [
            compose(size, frames, (cells[0], cells[1]), outputs)
            for cells, outputs in zip(usual, zip(*parts, strict=True), strict=True)
        ]

    def _output(self, seen: Tensor, known: _Known) -> Tensor:
        """Run the network on a photo at the size that it sees, ``(1, 1, h, w)``."""
        size = (seen.shape[2], seen.shape[3])
        hints = known.hints_at(size)
        if hints is not None and not self.network.takes_hints:
            raise HintError(no_hints(self.model.name))
        down, across = (side // self.network.stride for side in size)
        return self._forward(seen, hints, known.references)[..., :down, :across]

    def _forward(
        self, lightness: Tensor, hints: Tensor | None, references: References | None = None
    ) -> Tensor:
        multiple = self.network.multiple
        padding = (0, -lightness.shape[3] % multiple, 0, -lightness.shape[2] % multiple)
        lightness = F.pad(lightness, padding, mode="replicate").to(self.device)
        if hints is not None:
            hints = F.pad(hints, padding).to(self.device)
        lightness = lightness.contiguous(memory_format=torch.channels_last)
        if references is None:
            output = self.network(lightness, hints)
        else:
            output = self.network(lightness, hints, references=references)  # type: ignore[call-arg]
        output = output.float().cpu()
        if not torch.stack(torch.aminmax(output)).isfinite().all():
            raise NotFiniteError(
                f"the model {self.model.name} answers with numbers that are not finite: its "
                "weights are damaged, or its training went wrong; nothing is written"
            )
        return output


def seen_at(lightness: np.ndarray, short_side: int, shape: tuple[int, ...] | None = None) -> Tensor:
    """Resize L ``(H, W)`` to a short side of so many pixels, ``(1, 1, h, w)``, in 0..100.

    Args:
        lightness: of a photo.
        short_side: of the result.
        shape: height and width of the photo, where the lightness is of another size.
    """
    size = network_size(shape or lightness.shape, short_side)
    return bicubic(torch.from_numpy(lightness)[None, None], size).clamp_(0.0, 100.0)


def network_size(size: tuple[int, ...], short_side: int) -> tuple[int, int]:
    """Choose height and width at which the network sees a photo: aspect kept, multiples of 4.

    Photos more than four times as long as wide are squeezed along their length, because seeing
    them in full would cost any amount of memory.
    """
    height, width = size
    scale = short_side / min(size)
    longest = _LONGEST * short_side
    return (
        max(4, round(min(height * scale, longest) / 4) * 4),
        max(4, round(min(width * scale, longest) / 4) * 4),
    )


def _same(these: tuple, those: tuple) -> bool:
    """Tell whether two calls name the same files, or are given the very same things."""
    return len(these) == len(those) and all(
        one is other or (isinstance(one, _NAMED) and isinstance(other, _NAMED) and one == other)
        for one, other in zip(these, those, strict=True)
    )
