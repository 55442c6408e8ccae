"""Gradients of a batch: forward, loss and backward, in parts and on several ranks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colorize_core.color.lab import rgb_to_lab
from colorize_core.data import simulate_hints
from colorize_core.engine.device import gains_from_bfloat16
from colorize_core.models.references import References
from colorize_core.models.window import ALIGNMENT, Window
from colorize_core.training.appearance import make_appearance
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distillation import make_distillation
from colorize_core.training.distributed import Ranks, gradients_shared
from colorize_core.training.losses import colorful, make_loss


def in_half(config: TrainingConfig, device: torch.device) -> bool:
    """Tell whether a run's convolutions are in bfloat16."""
    return config.precision == "bfloat16" or (
        config.precision == "auto" and gains_from_bfloat16(device)
    )


class Gradients:
    """The gradients of a run's loss, batch by batch.

    A rank's crops are worked through in ``accumulate`` parts, so that a batch need not fit into
    memory. Gradients are those of the loss of the whole batch, of all parts and ranks, up to
    rounding, but for what BatchNorm does: its statistics are those of a part.

    Args:
        config: of the run.
        network: that learns, with the weights that it starts with.
        prior: over the bins, ``(313,)``, which the loss weighs colours by.
        ranks: that train together.

    Raises:
        ImportError: the run asks a classifier, whose wheels are not installed.
        SettingError: it is to be taught by one, and has no encoder for that.
    """

    def __init__(self, config: TrainingConfig, network: Any, prior: Tensor, ranks: Ranks) -> None:
        self.config = config
        self.network = network
        self.ranks = ranks
        self.half = in_half(config, ranks.device)
        self.loss_of = make_loss(config, prior, ranks.device)
        # Layers for hints take no part where chance gave none of a rank's crops a hint.
        self.parallel = ranks.parallel(network, all_used=not network.takes_hints)
        self.appearance = make_appearance(config, prior, ranks.device, self.half)
        self.distillation = make_distillation(config, network, ranks.device, self.half)

    def __call__(
        self, step: int, rgb: Tensor, lightness: Tensor, *views: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Fill in the gradients of this rank's crops; those of before are forgotten.

        Args:
            step: its number, from 0.
            rgb: the crops, uint8 ``(N, 3, H, W)``, sRGB.
            lightness: what is seen of them, L in 0..100, ``(N, 1, H, W)``.
            views: with references, the three other parts of a
                :class:`~colorize_core.data.second_views.ReferencedBatch`.

        Returns:
            The loss of the whole batch, a scalar that may still be computed on, and the crops'
            true ab, ``(N, 2, H, W)``.
        """
        rgb, lightness = (
            part.to(self.ranks.device, non_blocking=True) for part in (rgb, lightness)
        )
        pictures = rgb.float() / 255.0
        ab = rgb_to_lab(pictures)[:, 1:]
        references = self._references(*views) if views else None
        hints, window = self._hints(step, ab), self._window(step)
        kept = colorful(ab)
        learnt = ab if window is None else window.of(ab)
        mass = self.ranks.sum(self.loss_of.mass(learnt, self.network.stride, kept))
        parts = self.config.accumulate
        hints_of_parts = [None] * parts if hints is None else hints.chunk(parts)
        total = torch.zeros((), device=ab.device)
        self.network.zero_grad(set_to_none=True)
        self.network.train()
        in_parts = (part.chunk(parts) for part in (lightness, learnt, kept))
        first = 0
        for number, (seen, true, counts, given) in enumerate(
            zip(*in_parts, hints_of_parts, strict=True), 1
        ):
            asked: dict[str, Any] = {"window": window} if window else {}
            if references:
                asked["references"] = references.part(first, first + len(seen))
            shown = pictures[first : first + len(seen)]
            first += len(seen)
            with gradients_shared(self.parallel, now=number == parts):
                with torch.autocast(ab.device.type, torch.bfloat16, enabled=self.half):
                    output = self.parallel(
                        seen.contiguous(memory_format=torch.channels_last), given, **asked
                    )
                loss = self.loss_of(output, true, mass, counts)
                if self.appearance:
                    loss = loss + self.appearance(output, seen, true) / self.config.batch
                if self.distillation:
                    share = self.config.distillation / self.config.batch
                    loss = loss + share * self.distillation(shown)
                (loss * self.ranks.count).backward()  # they are averaged over the ranks
            total += loss.detach()
        return self.ranks.sum(total), ab

    def _references(self, rgb: Tensor, lightness: Tensor, of: Tensor) -> References | None:
        """Make references of second views."""
        if not len(of):
            return None
        rgb, lightness = (
            part.to(self.ranks.device, non_blocking=True) for part in (rgb, lightness)
        )
        ab = rgb_to_lab(rgb.float() / 255.0)[:, 1:]
        return References(lightness, ab, tuple(of.tolist()))

    def _window(self, step: int) -> Window | None:
        """Choose where a step looks at the photos; it follows from the seed and the step alone."""
        side = self.config.window
        if not side:
            return None
        random = torch.Generator().manual_seed(self.config.seed * 2**40 + step)
        places = (self.config.crop - side) // ALIGNMENT + 1
        top, left = (torch.randint(places, (2,), generator=random) * ALIGNMENT).tolist()
        return Window(top, left, side, side)

    def _hints(self, step: int, ab: Tensor) -> Tensor | None:
        """Draw hints; each crop's follow from the seed and the crop's number alone."""
        if not (self.network.takes_hints and self.config.hints > 0):
            return None
        numbers = self.ranks.numbers(step, self.config.batch)
        generators = [
            torch.Generator().manual_seed(self.config.seed * 2**40 + number) for number in numbers
        ]
        return simulate_hints(ab, generators, none_share=1 - self.config.hints)
