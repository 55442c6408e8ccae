import pytest
import torch
from torch import Tensor

from colorize_core.data import simulate_hints


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def colors(count: int, side: int = 32) -> Tensor:
    return 50.0 * torch.randn(count, 2, side, side, generator=seeded(99))


def test_everything_is_zero_outside_of_the_mask():
    hints = simulate_hints(colors(40), seeded())
    assert not (hints[:, :2] * (1 - hints[:, 2:])).any()


def test_the_mask_is_zero_or_one():
    assert simulate_hints(colors(40), seeded())[:, 2].unique().tolist() == [0.0, 1.0]


def test_hints_show_the_mean_color_beneath_them():
    ab = colors(30)
    hints = simulate_hints(ab, seeded(), count=1)
    for photo, hint in zip(ab, hints, strict=True):
        beneath = hint[2] == 1
        expected = photo[:, beneath].mean(1, keepdim=True).expand(-1, int(beneath.sum()))
        torch.testing.assert_close(hint[:2, beneath], expected, atol=1e-4, rtol=1e-4)


def test_hints_are_squares_of_at_most_the_largest_side():
    for mask in simulate_hints(colors(60), seeded(), count=1, largest=8)[:, 2]:
        rows, columns = mask.nonzero(as_tuple=True)
        side = int(rows.max() - rows.min()) + 1
        assert side == int(columns.max() - columns.min()) + 1 <= 8
        assert mask.sum() == side**2


def test_every_side_up_to_the_largest_occurs():
    masks = simulate_hints(colors(300), seeded(), count=1, largest=4)[:, 2]
    assert set(masks.sum((1, 2)).tolist()) == {1.0, 4.0, 9.0, 16.0}


@pytest.mark.parametrize("none_share", [0.0, 0.25, 0.5, 1.0])
def test_a_share_of_the_photos_gets_no_hint(none_share):
    count = 2000
    hints = simulate_hints(colors(count, 4), seeded(), none_share=none_share, largest=1)
    without = int((hints[:, 2].sum((1, 2)) == 0).sum())
    deviation = (count * none_share * (1 - none_share)) ** 0.5
    assert abs(without - count * none_share) <= 4 * deviation


def test_the_mean_number_of_hints_is_as_asked():
    # Single pixels on a large photo hardly ever meet. A geometric number of mean 8 deviates by
    # sqrt(8 * 7); four of that over the root of 800 photos are allowed, and 0.1 for meetings.
    hints = simulate_hints(colors(800, 48), seeded(), none_share=0.0, mean_count=8.0, largest=1)
    mean = hints[:, 2].sum((1, 2)).mean().item()
    assert abs(mean - 8.0) <= 4 * (8 * 7 / 800) ** 0.5 + 0.1


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_exact_number_can_be_asked_for(count):
    # With this seed, no two of the single pixels meet.
    hints = simulate_hints(colors(20, 128), seeded(), none_share=1.0, largest=1, count=count)
    assert hints[:, 2].sum((1, 2)).tolist() == [count] * 20


def test_the_same_seed_gives_the_same_hints():
    ab = colors(20)
    assert torch.equal(simulate_hints(ab, seeded(3)), simulate_hints(ab, seeded(3)))


def test_another_seed_gives_other_hints():
    ab = colors(20)
    assert not torch.equal(simulate_hints(ab, seeded(3)), simulate_hints(ab, seeded(4)))


def test_true_colors_stay_as_they_are():
    ab = colors(20)
    simulate_hints(ab, seeded())
    assert torch.equal(ab, colors(20))


def test_photos_smaller_than_the_largest_hint_work():
    assert simulate_hints(colors(20, 3), seeded(), count=3).shape == (20, 3, 3, 3)
