from __future__ import annotations

import numpy as np
import pytest
import torch

from colorize_core.color.gamut import ab_bins
from colorize_core.engine import Prediction
from colorize_core.engine.alternatives import alternatives


def unsure_above() -> Prediction:
    """Above red or blue, 6 to 4; below certainly green. Above it is light, below dark."""
    bins = ab_bins()
    logits = torch.full((1, 313, 12, 16), -30.0)
    for ab, share, rows in (
        ((60.0, 40.0), 0.6, slice(0, 6)),
        ((20.0, -60.0), 0.4, slice(0, 6)),
        ((-50.0, 50.0), 1.0, slice(6, 12)),
    ):
        index = int((bins - torch.tensor(ab)).square().sum(1).argmin())
        logits[:, index, rows] = np.log(share)
    lightness = np.full((48, 64), 30.0, np.float32)
    lightness[:24] = 70.0
    return Prediction(logits, lightness, 1.0)


def test_they_decide_for_another_mode_where_the_network_is_unsure():
    prediction = unsure_above()
    found = alternatives(prediction, 2)
    assert sorted(round(one.ab[1]) for one in found) == [-60, 40]
    for one in found:
        decided = one.of(prediction).ab()[0][:, one.region == 1.0]
        assert decided.mean(1).tolist() == pytest.approx(list(one.ab), abs=6)


def test_what_is_certain_stays_as_it_is():
    prediction = unsure_above()
    for one in alternatives(prediction, 2):
        below = one.of(prediction).ab()[..., 7:, :]
        assert torch.allclose(below, prediction.ab()[..., 7:, :], atol=0.5)


def test_impossible_colors_are_never_chosen():
    prediction = unsure_above()
    possible = torch.tensor([[60.0, 40.0], [20.0, -60.0], [-50.0, 50.0]])
    for one in alternatives(prediction, 10):
        assert torch.cdist(torch.tensor([one.ab]), possible).min() < 1.0


def test_they_are_the_same_every_time(colorizer):
    photo = np.random.default_rng(0).random((96, 128)).astype(np.float32)
    prediction = colorizer.predict(photo)
    first, second = (alternatives(prediction, 3) for _ in range(2))
    assert [one.ab for one in first] == [one.ab for one in second]


def test_they_differ_from_the_prediction_and_each_other(colorizer):
    photo = np.random.default_rng(1).random((96, 128)).astype(np.float32)
    prediction = colorizer.predict(photo)
    rendered = [prediction.ab(), *(one.of(prediction).ab() for one in alternatives(prediction, 3))]
    for number, one in enumerate(rendered):
        for other in rendered[:number]:
            assert (one - other).norm(dim=1).mean() > 0.5


def test_a_region_follows_predictions_of_another_size():
    prediction = unsure_above()
    (one,) = alternatives(prediction, 1)
    larger = Prediction(
        prediction.output.repeat_interleave(2, 2).repeat_interleave(2, 3),
        prediction.lightness,
        1.0,
    )
    assert one.of(larger).output.shape == larger.output.shape


def test_regression_has_none():
    regressed = Prediction(torch.zeros(1, 2, 4, 8), np.zeros((16, 32), np.float32), 1.0)
    with pytest.raises(ValueError, match="no distribution"):
        alternatives(regressed)
