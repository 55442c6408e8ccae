"""Alternatives to pick from, and which of them go together."""

from __future__ import annotations

from colorize_core.engine import Prediction
from colorize_core.engine.alternatives import Alternative, alternatives

_COUNT = 5


def offered(prediction: Prediction, picked: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """Find alternatives to a prediction; those picked before are the first of them.

    Raises:
        ValueError: the model regresses ab.
    """
    found = alternatives(prediction, _COUNT)
    known = {one.ab for one in picked}
    others = [one for one in found if one.ab not in known]
    return (*picked, *others)[: max(_COUNT, len(picked))]


def picked_with(
    before: tuple[Alternative, ...], one: Alternative | None, beside: bool
) -> tuple[Alternative, ...]:
    """Pick one, and maybe leave those that were picked before.

    Args:
        before: those.
        one: None takes the prediction alone.
        beside: whether they stay, but for one of the same region; if it is one of them, it goes.
    """
    if one is None:
        return ()
    if not beside:
        return (one,)
    kept = tuple(other for other in before if not other.is_about(one))
    return kept if any(other is one for other in before) else (*kept, one)
