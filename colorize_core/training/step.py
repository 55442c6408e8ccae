"""One step of a run: from a batch of crops to new weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from colorize_core.color.lab import rgb_to_lab
from colorize_core.data import simulate_hints
from colorize_core.engine.device import gains_from_bfloat16
from colorize_core.models.window import ALIGNMENT, Window
from colorize_core.training.appearance import Appearance
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distributed import Ranks, gradients_shared
from colorize_core.training.losses import ClassificationLoss, RegressionLoss, colourful
from colorize_core.training.schedule import rate_factor


def in_half(config: TrainingConfig, device: torch.device) -> bool:
    """Whether a run's convolutions are in bfloat16."""
    return config.precision == "bfloat16" or (
        config.precision == "auto" and gains_from_bfloat16(device)
    )


class Step:
    """Takes a run's steps.

    A rank's crops are worked through in ``accumulate`` parts, so that a batch need not fit into
    memory. Gradients are those of the loss of the whole batch, of all parts and ranks, up to
    rounding, but for what BatchNorm does: its statistics are those of a part.

    Args:
        config: of the run.
        network: that learns; it says whether it takes hints, and its stride.
        parallel: what is called for its output, as :meth:`Ranks.parallel` gives it.
        optimizer: of its parameters. Each group's rate at the end of the warm-up is its
            ``initial_lr``.
        loss_of: the run's loss.
        ranks: that train together.
        appearance: what is asked of the decoded colours beside the loss.
    """

    def __init__(
        self,
        config: TrainingConfig,
        network: nn.Module,
        parallel: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss_of: ClassificationLoss | RegressionLoss,
        ranks: Ranks,
        appearance: Appearance | None = None,
    ) -> None:
        self.config = config
        self.network = network
        self.parallel = parallel
        self.optimizer = optimizer
        self.loss_of = loss_of
        self.ranks = ranks
        self.appearance = appearance
        self.half = in_half(config, ranks.device)

    def __call__(self, step: int, rgb: Tensor, lightness: Tensor) -> tuple[float, Tensor]:
        """Learn from this rank's crops.

        Args:
            step: its number, from 0.
            rgb: the crops, uint8 ``(N, 3, H, W)``, sRGB.
            lightness: what is seen of them, L in 0..100, ``(N, 1, H, W)``.

        Returns:
            The loss of the whole batch, and the crops' true ab, ``(N, 2, H, W)``.
        """
        rgb, lightness = (
            part.to(self.ranks.device, non_blocking=True) for part in (rgb, lightness)
        )
        ab = rgb_to_lab(rgb.float() / 255.0)[:, 1:]
        hints = self._hints(step, ab)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * rate_factor(self.config, step)

        loss = self._gradients(lightness, ab, hints, self._window(step))
        if self.config.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimizer.step()
        return self.ranks.sum(loss).item(), ab

    def _gradients(
        self, lightness: Tensor, ab: Tensor, hints: Tensor | None, window: Window | None
    ) -> Tensor:
        """Fill in the whole batch's gradients; this rank's part of its loss is returned."""
        kept = colourful(ab)
        learnt = ab if window is None else window.of(ab)
        stride: int = self.network.stride  # type: ignore[assignment]
        mass = self.ranks.sum(self.loss_of.mass(learnt, stride, kept))
        asked = (window,) if window else ()
        parts = self.config.accumulate
        hints_of_parts = [None] * parts if hints is None else hints.chunk(parts)
        total = torch.zeros((), device=ab.device)
        self.optimizer.zero_grad(set_to_none=True)
        self.network.train()
        in_parts = (part.chunk(parts) for part in (lightness, learnt, kept))
        for number, (seen, true, counts, given) in enumerate(
            zip(*in_parts, hints_of_parts, strict=True), 1
        ):
            with gradients_shared(self.parallel, now=number == parts):
                with torch.autocast(ab.device.type, torch.bfloat16, enabled=self.half):
                    output = self.parallel(
                        seen.contiguous(memory_format=torch.channels_last), given, *asked
                    )
                loss = self.loss_of(output, true, mass, counts)
                if self.appearance:
                    loss = loss + self.appearance(output, seen, true) / self.config.batch
                (loss * self.ranks.count).backward()  # they are averaged over the ranks
            total += loss.detach()
        return total

    def _window(self, step: int) -> Window | None:
        """Where the photos are looked at in a step; it follows from the seed and the step alone."""
        side = self.config.window
        if not side:
            return None
        random = torch.Generator().manual_seed(self.config.seed * 2**40 + step)
        places = (self.config.crop - side) // ALIGNMENT + 1
        top, left = (torch.randint(places, (2,), generator=random) * ALIGNMENT).tolist()
        return Window(top, left, side, side)

    def _hints(self, step: int, ab: Tensor) -> Tensor | None:
        """Each crop's hints follow from the seed and the crop's number alone."""
        if not (self.network.takes_hints and self.config.hints > 0):
            return None
        numbers = self.ranks.numbers(step, self.config.batch)
        return torch.cat(
            [
                simulate_hints(
                    crop[None],
                    torch.Generator().manual_seed(self.config.seed * 2**40 + number),
                    none_share=1 - self.config.hints,
                )
                for number, crop in zip(numbers, ab, strict=True)
            ]
        )
