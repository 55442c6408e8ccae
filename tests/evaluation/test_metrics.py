import math

import numpy as np
import pytest
import torch

from colorize_core.evaluation.metrics import AreaUnderCurve, colorfulness, mean_chroma, psnr


def area_of(*pairs):
    area = AreaUnderCurve()
    for ab, truth in pairs:
        area.add(ab, truth)
    return area


def flat(a, b, pixels=4):
    return torch.tensor([a, b], dtype=torch.float32)[None, :, None, None].expand(1, 2, 1, pixels)


def test_no_error_is_all_of_the_area():
    area = area_of((flat(20, 30), flat(20, 30)))
    assert area.raw == pytest.approx(100)
    assert area.rebalanced == pytest.approx(100)


@pytest.mark.parametrize(("error", "thresholds"), [(10, 141), (10.5, 140), (150, 1), (151, 0)])
def test_an_error_counts_from_the_first_threshold_that_is_not_below_it(error, thresholds):
    area = area_of((flat(error, 0), flat(0, 0)))
    assert area.raw == pytest.approx(100 * thresholds / 151)


def test_raw_weighs_pixels_and_rebalanced_weighs_bins():
    right, wrong = (flat(0, 0, 30), flat(0, 0, 30)), (flat(0, 0, 10), flat(60, 0, 10))
    area = area_of(right, wrong)
    of_wrong = 100 * (151 - 60) / 151
    assert area.raw == pytest.approx((30 * 100 + 10 * of_wrong) / 40)
    assert area.rebalanced == pytest.approx((100 + of_wrong) / 2)


def test_rebalancing_is_weighting_each_pixel_by_the_inverse_of_its_bins_share():
    torch.manual_seed(0)
    truth = (torch.randn(1, 2, 40, 40) * 25).clamp(-80, 80)
    ab = truth + torch.randn_like(truth) * 20
    error = (ab - truth).norm(dim=1).flatten()
    bins = (truth / 10).round().flatten(2)[0].T
    _, which, counts = bins.unique(dim=0, return_inverse=True, return_counts=True)
    weight = 1.0 / counts[which].double()
    expected = np.mean([float((weight * (error <= t)).sum() / weight.sum()) for t in range(151)])
    # Rounding to the grid of step 10 is the nearest bin wherever that bin exists: inside the hull.
    assert area_of((ab, truth)).rebalanced == pytest.approx(100 * expected, abs=0.5)


def test_no_pixels_have_no_area():
    assert math.isnan(AreaUnderCurve().raw)


def test_psnr_of_a_tenth_off_is_twenty_decibels():
    assert psnr(torch.full((3, 4, 4), 0.6), torch.full((3, 4, 4), 0.5)) == pytest.approx(20, 1e-4)
    assert psnr(torch.zeros(3, 2, 2), torch.zeros(3, 2, 2)) == math.inf


def test_mean_chroma_is_the_mean_length_of_ab():
    assert mean_chroma(torch.tensor([[3.0, 0.0], [4.0, 2.0]])[None, :, None]) == pytest.approx(3.5)


def test_grey_has_no_colorfulness():
    assert colorfulness(torch.rand(1, 5, 5).expand(3, 5, 5)) == pytest.approx(0, abs=1e-4)


def test_colorfulness_of_red_beside_green_by_hand():
    picture = torch.zeros(3, 1, 2)
    picture[0, 0, 0] = picture[1, 0, 1] = 1.0
    # rg is +255 and -255: deviation 255, mean 0; yb is 127.5 twice: deviation 0, mean 127.5.
    assert colorfulness(picture) == pytest.approx(255 + 0.3 * 127.5)
