from __future__ import annotations

import numpy as np
import pytest
import torch

from colorize_core.color.gamut import ab_bins
from colorize_core.color.lab import rgb_to_lab
from colorize_core.engine import Prediction
from colorize_core.engine.distribution import distribution_at, hex_of, modes, plausible_colors


def two_colors() -> Prediction:
    """Left half red three times as likely as blue, right half certainly green."""
    bins = ab_bins()
    logits = torch.full((1, 313, 4, 8), -30.0)
    for ab, share, columns in (
        ((60.0, 40.0), 0.75, slice(0, 4)),
        ((20.0, -60.0), 0.25, slice(0, 4)),
        ((-50.0, 50.0), 1.0, slice(4, 8)),
    ):
        index = int((bins - torch.tensor(ab)).square().sum(1).argmin())
        logits[:, index, :, columns] = np.log(share)
    return Prediction(logits, np.full((16, 32), 55.0, np.float32), 1.0)


class TestDistributionAt:
    def test_it_is_that_of_the_cell_under_the_pixel(self):
        prediction = two_colors()
        left = distribution_at(prediction, 15, 8)
        assert left.sum() == pytest.approx(1.0, abs=1e-5)
        assert left.topk(2).values.tolist() == pytest.approx([0.75, 0.25], abs=1e-4)
        assert distribution_at(prediction, 16, 8).max() == pytest.approx(1.0, abs=1e-4)

    @pytest.mark.parametrize("point", [(-1, 0), (0, -0.5), (32, 0), (0, 16), (float("nan"), 0)])
    def test_points_outside_are_refused(self, point):
        with pytest.raises(ValueError, match="outside the photo of 32 x 16"):
            distribution_at(two_colors(), *point)

    def test_regression_has_none(self):
        prediction = Prediction(torch.zeros(1, 2, 4, 8), np.zeros((16, 32), np.float32), 1.0)
        with pytest.raises(ValueError, match="no distribution"):
            distribution_at(prediction, 0, 0)


class TestPlausibleColors:
    def test_the_likely_come_first_with_their_shares(self):
        first, second = plausible_colors(two_colors(), 2, 2)
        assert first.ab == pytest.approx((60, 40), abs=0.1)
        assert second.ab == pytest.approx((20, -60), abs=0.1)
        assert (first.share, second.share) == pytest.approx((0.75, 0.25), abs=1e-4)

    def test_colors_have_the_lightness_of_the_point(self):
        for one in plausible_colors(two_colors(), 2, 2):
            rgb = np.array([[int(one.color[at : at + 2], 16) / 255 for at in (1, 3, 5)]])
            assert rgb_to_lab(rgb)[0, 0] == pytest.approx(55.0, abs=0.5)

    def test_a_certain_network_proposes_one(self):
        assert len(plausible_colors(two_colors(), 30, 2)) == 1

    def test_neighbouring_bins_are_one_color(self):
        bins = ab_bins()
        near = ((bins - torch.tensor([40.0, 40.0])).abs().amax(1) <= 10).float()
        assert modes(near / near.sum(), 6) == [
            (pytest.approx((40.0, 40.0), abs=1e-3), pytest.approx(1.0))
        ]

    def test_the_shares_of_all_modes_are_no_more_than_all(self):
        spread = torch.softmax(torch.randn(313, generator=torch.Generator().manual_seed(0)), 0)
        found = modes(spread, 313)
        assert sum(share for _, share in found) <= 1.0 + 1e-5
        assert [share for _, share in found] == sorted((s for _, s in found), reverse=True)


def test_hex_of_grey_has_equal_channels():
    color = hex_of(50.0, (0.0, 0.0))
    assert color == "#777777"
