"""Gates against silent failure: they stop a run, or warn, once each.

A loss or a weight that is not finite stops it. Warnings go through the loop's reports, and say
what to do.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE
from colorize_core.color.gamut import ab_bins
from colorize_core.color.rebalance import class_weights
from colorize_core.training.config import TrainingConfig
from colorize_core.training.losses import colorful
from colorize_core.training.prior import entropy

Batch = TypeVar("Batch")

LOSS_WINDOW = 100  # steps over which the loss is averaged
GREY_BATCHES = 10  # first batches whose near-grey photos are counted
TIMED_STEPS = 50  # over which waiting is measured,
UNTIMED_STEPS = 5  # after the loader's processes have started
MOST_WAITING = 0.3
MOST_GREY = 0.5
LEAST_CHROMA = 0.1
MOST_CHROMA = 5.0  # of the truth's; no guess at a photo's colours is that strong
MOST_ERROR = 1e3  # blind losses; squared error begins at up to some 60 of them


def blind_loss(config: TrainingConfig, prior: Tensor) -> float:
    """Find the least loss of a network that says the same everywhere, whatever the photo shows.

    Cross entropy: with pixel weights v and soft targets t, the loss of one distribution z for all
    pixels is -sum_q r_q log z_q, where r_q = sum(v t_q) / sum(v) over the pixels. By Gibbs'
    inequality it is least for z = r, where it is the entropy of r. A pixel's weight is that of
    its nearest bin, which holds most of its target, and weights vary slowly over the plane; so r
    is close to v_q p_q, which sums to 1 by the weights' own scaling. Without weights it is the
    prior, so the blind loss is the prior's entropy.

    Squared error: the variance of ab / 110 under the prior, both channels summed. The prior is
    blurred by the soft encoding, so this is slightly too high, and errs on the quiet side.

    Args:
        config: its loss, gamma and alpha are used.
        prior: ``(313,)``, non-negative, sums to 1. Photos that the loss leaves out as near-grey
            should not be in it: they make the result too low.

    Returns:
        Nats, 0..ln 313; or squared ab / 110.
    """
    if config.loss == "mse":
        bins, masses = ab_bins().double() / AB_SCALE, prior.double().cpu()
        return (masses @ (bins - masses @ bins).square().sum(1)).item()
    alpha = config.alpha if config.loss == "rebalanced" else 0.0
    return entropy(class_weights(prior, config.gamma, alpha).double() * prior)


class Gates:
    """The watch over one start of a run, from whatever step it goes on.

    Args:
        config: of the run.
        prior: over the bins, ``(313,)``, sums to 1.
        checkpoint: path of the run's checkpoint, which exists or not.
    """

    def __init__(self, config: TrainingConfig, prior: Tensor, checkpoint: Path) -> None:
        self.config = config
        self.checkpoint = checkpoint
        self.blind = blind_loss(config, prior)
        self.losses: deque[float] = deque(maxlen=LOSS_WINDOW)
        self.steps_seen = 0
        self.photos_seen = 0
        self.greys_seen = 0
        self.waiting = 0.0
        self.working = 0.0
        self._asked = self._given = 0.0
        self._warned: set[str] = set()
        self._notes: list[str] = []

    def timed(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Pass batches on, and remember how long each took to come."""
        iterator = iter(batches)
        while True:
            self._asked = time.perf_counter()
            try:
                batch = next(iterator)
            except StopIteration:
                return
            self._given = time.perf_counter()
            yield batch

    def after_step(self, step: int, loss: float, ab: Tensor) -> None:
        """Look at a step that has just been taken.

        Args:
            step: its number, from 1.
            loss: its loss.
            ab: the true colours that it learnt from, ``(N, 2, H, W)``.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        if not math.isfinite(loss):
            raise FloatingPointError(self._stopped(step, f"the loss is {loss}"))
        self.steps_seen += 1
        if self.config.loss == "mse" and loss > MOST_ERROR * self.blind:
            self._warn_of_explosion(step, f"the squared error is {loss:.3g}")
        self._watch_time()
        self._watch_grey(step, ab)
        self.losses.append(loss)
        if len(self.losses) == LOSS_WINDOW and step >= self.config.warm_up + LOSS_WINDOW:
            mean = sum(self.losses) / LOSS_WINDOW
            if mean > self.blind:
                self._warn(
                    "loss",
                    f"step {step}: the mean loss of {LOSS_WINDOW} steps, {mean:.3f}, is above "
                    f"{self.blind:.3f}, what a network that never looks at the photo would reach; "
                    "try another rate, and in a new run the sanity check",
                )

    def after_validation(self, step: int, figures: dict[str, float]) -> None:
        """Look at the validation's figures, ``chroma_ratio`` (predicted / true) among them."""
        ratio = figures["chroma_ratio"]
        if not ratio <= MOST_CHROMA:
            self._warn_of_explosion(
                step, f"the validation photos get {ratio:.1f} times their true chroma"
            )
        if step > self.config.warm_up and not ratio >= LEAST_CHROMA:
            self._warn(
                "chroma",
                f"step {step}: chroma has collapsed: the validation photos get {ratio:.2f} of "
                "their true chroma, which looks grey; see the samples; the rebalanced loss gives "
                "more colour than plain or mse",
            )

    def before_checkpoint(self, step: int, network: nn.Module) -> None:
        """Keep broken weights from taking the place of the last checkpoint's.

        A gradient can overflow where the loss does not; then the loss tells one step too late.

        Raises:
            FloatingPointError: a weight or a statistic is not finite; it is named.
        """
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                raise FloatingPointError(self._stopped(step, f"{name} holds non-finite weights"))

    def take_notes(self) -> tuple[str, ...]:
        """Take what there is to say since the last call."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def _watch_time(self) -> None:
        if self.steps_seen <= UNTIMED_STEPS:
            return
        self.waiting += self._given - self._asked
        self.working += time.perf_counter() - self._given
        if self.steps_seen != UNTIMED_STEPS + TIMED_STEPS:
            return
        share = self.waiting / max(1e-9, self.waiting + self.working)
        if share > MOST_WAITING:
            self._warn(
                "waiting",
                f"the network waits {share:.0%} of the time for photographs to be decoded; try "
                "more workers where there are more cores, or smaller photos",
            )

    def _watch_grey(self, step: int, ab: Tensor) -> None:
        last = min(GREY_BATCHES, self.steps_seen + self.config.steps - step)
        if self.steps_seen > last:
            return
        self.photos_seen += len(ab)
        self.greys_seen += len(ab) - int(colorful(ab).sum().item())
        if self.steps_seen == last and self.greys_seen > MOST_GREY * self.photos_seen:
            self._warn(
                "grey",
                f"{self.greys_seen} of the first {self.photos_seen} photos are near-grey, and "
                "nothing is learnt from those; take black-and-white photos out of the folders",
            )

    def _warn_of_explosion(self, step: int, what: str) -> None:
        self._warn(
            "explosion",
            f"step {step}: the colours explode: {what}; if it does not fall soon, start again "
            "with a lower rate, a longer warm-up, or gradients clipped at 1",
        )

    def _warn(self, about: str, text: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            self._notes.append(f"Warning: {text}")

    def _stopped(self, step: int, what: str) -> str:
        if self.checkpoint.is_file():
            survives = (
                f"The last checkpoint, {self.checkpoint}, is as it was: go on from it with a lower"
            )
        else:
            survives = "No checkpoint had been written yet: start again with a lower"
        advice = f"{survives} rate, or with gradients clipped at 1."
        return f"step {step}: {what}; the run is stopped. {advice}"
