import pytest
import skimage.data
import torch

from colorize_core.color import ab_bins, rgb_to_lab
from colorize_core.evaluation.metrics import AreaUnderCurve
from colorize_core.training.appearance import Appearance, ColorDistance, Recognition

CPU = torch.device("cpu")
EVEN = torch.ones(313)


@pytest.fixture
def photo():
    """Lightness and true ab of a face, at 128 pixels."""
    face = torch.from_numpy(skimage.data.astronaut()[:256:2, 96:352:2].copy())
    lab = rgb_to_lab(face.permute(2, 0, 1)[None].float() / 255.0)
    return lab[:, :1], lab[:, 1:]


def test_with_even_weights_the_distance_is_one_less_the_area_under_the_curve(photo):
    _, truth = photo
    ab = truth * 0.5
    area = AreaUnderCurve()
    area.add(ab, truth)
    distance = ColorDistance(EVEN)(ab, truth).item()
    assert distance / 151 == pytest.approx(1 - area.raw / 100, abs=0.005)


def test_rare_colors_count_for_half_of_the_distance_by_their_weight():
    truth = torch.zeros(1, 2, 1, 2)
    truth[..., 1] = 60.0
    heavy = EVEN.clone()
    heavy[(ab_bins() - 60.0).norm(dim=1).argmin()] = 9.0
    grey = torch.zeros_like(truth)
    even, uneven = (ColorDistance(w)(grey, truth).item() for w in (EVEN, heavy))
    assert uneven / even == pytest.approx(5.0, rel=1e-3)


def test_near_grey_photos_are_left_out_of_the_distance():
    assert ColorDistance(EVEN)(torch.full((1, 2, 4, 4), 30.0), torch.ones(1, 2, 4, 4)) == 0


def test_the_classifier_finds_the_true_colors_alike_and_wrong_ones_different(photo):
    lightness, truth = photo
    ask = Recognition(CPU)
    same, grey, wrong = (
        ask(lightness, ab, truth).item() for ab in (truth, truth * 0, -2 * truth.flip(1))
    )
    assert abs(same) < 1e-5
    assert grey > 0.01
    assert wrong > grey


@pytest.mark.parametrize(("distance", "recognition"), [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_steps_against_the_gradient_bring_the_colors_nearer(photo, distance, recognition):
    lightness, truth = photo
    ask = Appearance(distance, recognition, EVEN, CPU)
    logits = torch.zeros(1, 313, 32, 32, requires_grad=True)
    before = ask(logits, lightness, truth)
    optimizer = torch.optim.Adam([logits], lr=1.0)
    for _ in range(20):
        optimizer.zero_grad()
        loss = ask(logits, lightness, truth)
        loss.backward()
        assert logits.grad.isfinite().all()
        optimizer.step()
    assert loss < 0.9 * before
