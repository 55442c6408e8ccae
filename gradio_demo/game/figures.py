"""The share of fooled answers of each model, with its interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gradio_demo.game.answers import Counted

RESAMPLES = 2000
CONFIDENCE = 0.95
PERFECT = 0.5  # nobody can tell which is real
PAPER = (0.323, 0.022)  # share and standard error of the paper's full method, its table 1


@dataclass(frozen=True, slots=True)
class Figure:
    """The share of a model's pictures taken for real.

    Attributes:
        model: its name.
        weights: SHA-256 of its weights' file.
        fooled: share of the answers that took the colorized picture for the real one, 0..1.
        low: lower end of the confidence interval, None where there is none.
        high: its upper end.
        standard_error: of ``fooled``, None likewise.
        answers: that count.
        visitors: who gave them.
        pictures: about which.
    """

    model: str
    weights: str
    fooled: float
    low: float | None
    high: float | None
    standard_error: float | None
    answers: int
    visitors: int
    pictures: int

    def in_words(self) -> str:
        """Write the figure as one sentence."""
        interval = "too few or too equal for an interval"
        if self.low is not None and self.high is not None:
            interval = f"95 % interval {100 * self.low:.1f} to {100 * self.high:.1f} %"
        return (
            f"{self.model} ({self.weights[:8]}): taken for real in {100 * self.fooled:.1f} % of "
            f"{_count(self.answers, 'answer')}; {interval}; {_count(self.visitors, 'visitor')}, "
            f"{_count(self.pictures, 'picture')}"
        )


def figures(answers: Iterable[Counted]) -> list[Figure]:
    """Compute the figure of every model, in order of names; other weights are another model."""
    of_model: dict[tuple[str, str], list[Counted]] = {}
    for answer in answers:
        of_model.setdefault((answer.model, answer.weights), []).append(answer)
    return [_figure(*model, of_model[model]) for model in sorted(of_model)]


def _figure(model: str, weights: str, answers: list[Counted]) -> Figure:
    fooled = np.array([answer.fooled for answer in answers], float)
    visitors = numbered([answer.visitor for answer in answers])
    pictures = numbered([answer.picture for answer in answers])
    shares = bootstrap_shares(fooled, visitors, pictures)
    low = high = error = None
    if np.ptp(shares) > 0:
        edge = (1.0 - CONFIDENCE) / 2.0
        low, high = (float(value) for value in np.quantile(shares, (edge, 1.0 - edge)))
        error = float(shares.std(ddof=1))
    return Figure(
        model,
        weights,
        float(fooled.mean()),
        low,
        high,
        error,
        len(answers),
        int(visitors.max()) + 1,
        int(pictures.max()) + 1,
    )


def bootstrap_shares(
    fooled: np.ndarray,
    visitors: np.ndarray,
    pictures: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> np.ndarray:
    """Resample the share of fooled answers, over visitors and over pictures.

    Answers of one visitor are alike (a keen eye), and so are those about one picture (an easy
    one). Resampling single answers would take them for independent and give intervals that are
    too narrow. So visitors and pictures are both drawn with replacement, each on its own, and an
    answer weighs as often as its visitor times as often as its picture was drawn: the pigeonhole
    bootstrap of Owen (Annals of Applied Statistics, 2007), if anything too wide. scipy's
    ``bootstrap`` resamples along one axis alone. Where every answer has its own visitor and the
    picture is one, or the other way round, this is the ordinary bootstrap of the mean.

    Args:
        fooled: 0 or 1 for each answer, floating point ``(N,)``, N at least 1.
        visitors: numbers of the visitors from 0 on, without gaps, ``(N,)``.
        pictures: numbers of the pictures likewise.
        resamples: how many shares.
        seed: the same seed gives the same shares.

    Returns:
        At most ``resamples`` shares in 0..1: draws without any answer in them are left out.
    """
    random = np.random.default_rng(seed)
    shares = []
    for _ in range(resamples):
        weights = (
            _times_drawn(random, visitors)[visitors] * _times_drawn(random, pictures)[pictures]
        )
        total = weights.sum()
        if total:
            shares.append(weights @ fooled / total)
    return np.array(shares)


def numbered(names: list[str]) -> np.ndarray:
    """Give each name a number, from 0 on."""
    return np.unique(names, return_inverse=True)[1]


def _times_drawn(random: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    count = int(numbers.max()) + 1
    return np.bincount(random.integers(count, size=count), minlength=count)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
