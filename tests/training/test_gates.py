"""What stops a run, and what it warns of."""

import itertools
import math
import subprocess
import sys
import time

import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core.color import class_weights, uniform_prior
from colorize_core.color.gamut import ab_bins
from colorize_core.models.files import read_tensors
from colorize_core.training import TrainingConfig, gates, gradients, train
from colorize_core.training.gates import Gates, blind_loss
from colorize_core.training.losses import ClassificationLoss

COLORFUL = torch.full((2, 2, 4, 4), 40.0)
GREY = torch.zeros(2, 2, 4, 4)


def small(photos, run, **settings):
    defaults = {"steps": 3, "batch": 2, "crop": 64, "prior_photos": 4, "warm_up": 1, "workers": 0}
    defaults |= {"checkpoint_every": 1, "validate_every": 2, "validation_photos": 2}
    return TrainingConfig([str(photos)], run=str(run), **(defaults | settings))


def masses(*pairs):
    """A prior with such masses on the first bins."""
    prior = torch.zeros(313, dtype=torch.float64)
    prior[: len(pairs)] = torch.tensor(pairs, dtype=torch.float64)
    return prior


# The blind loss


@pytest.mark.parametrize("loss", ["plain", "rebalanced"])
def test_blind_to_a_uniform_prior_costs_the_logarithm_of_the_number_of_bins(loss):
    config = TrainingConfig(["a"], loss=loss)
    assert blind_loss(config, uniform_prior()) == pytest.approx(math.log(313))


def test_the_plain_blind_loss_is_the_priors_entropy():
    expected = -0.8 * math.log(0.8) - 0.2 * math.log(0.2)
    assert blind_loss(TrainingConfig(["a"], loss="plain"), masses(0.8, 0.2)) == pytest.approx(
        expected
    )


def test_full_rebalancing_makes_all_bins_that_occur_as_likely():
    config = TrainingConfig(["a"], gamma=0.0, alpha=1.0)
    assert blind_loss(config, masses(0.9, 0.08, 0.02)) == pytest.approx(math.log(3))


def test_the_blind_squared_error_is_the_variance_of_ab():
    first, second = ab_bins()[:2].double() / 110
    expected = 0.25 * (first - second).square().sum().item()
    assert blind_loss(TrainingConfig(["a"], loss="mse"), masses(0.5, 0.5)) == pytest.approx(
        expected
    )


def test_no_constant_answer_beats_the_blind_loss_on_pixels_drawn_from_the_prior():
    prior = masses(0.7, 0.2, 0.1)
    counts = torch.tensor([7, 2, 1])
    ab = ab_bins()[:3].repeat_interleave(counts, 0).T[None, :, None]  # (1, 2, 1, 10)
    loss_of = ClassificationLoss(class_weights(prior), 1)  # one neighbour: the bins themselves
    logits = torch.full((1, 313, 1, 10), -30.0)
    constant = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.Adam([constant], lr=0.05)
    for _ in range(300):
        logits = torch.cat((constant, torch.full((310,), -30.0)))[None, :, None, None]
        loss = loss_of(logits.expand(1, 313, 1, 10), ab)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() == pytest.approx(blind_loss(TrainingConfig(["a"]), prior), abs=1e-3)


# What stops a run


def failing_at(step, wrong, monkeypatch):
    """Let the loss be something else at a step."""
    steps = itertools.count(1)

    class Failing(ClassificationLoss):
        def __call__(self, *given):
            return super().__call__(*given) * (wrong if next(steps) == step else 1.0)

    def made(config, prior, device):
        return Failing(class_weights(prior), config.neighbours, device)

    monkeypatch.setattr(gradients, "make_loss", made)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_the_run(photos, tmp_path, monkeypatch, wrong):
    failing_at(3, wrong, monkeypatch)
    with pytest.raises(
        FloatingPointError, match=rf"step 3: the loss is {wrong}.*latest\.safetensors, is as it was"
    ):
        train(small(photos, tmp_path, steps=5))
    tensors, about = read_tensors(tmp_path / "latest.safetensors")
    assert about["step"] == "2"
    assert all(tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point())


def test_the_error_says_where_there_is_no_checkpoint_yet(photos, tmp_path, monkeypatch):
    failing_at(1, math.nan, monkeypatch)
    with pytest.raises(FloatingPointError, match=r"step 1: .* No checkpoint had been written yet"):
        train(small(photos, tmp_path))
    assert not (tmp_path / "latest.safetensors").exists()


def test_weights_that_are_not_finite_do_not_replace_a_checkpoint(tmp_path):
    network = torch.nn.Linear(2, 2)
    gate = Gates(TrainingConfig(["a"]), uniform_prior(), tmp_path / "latest.safetensors")
    gate.before_checkpoint(1, network)
    with torch.no_grad():
        network.weight[0, 0] = math.nan
    with pytest.raises(FloatingPointError, match="step 2: weight holds non-finite"):
        gate.before_checkpoint(2, network)


def test_the_command_line_says_it_in_one_line(photos, tmp_path):
    line = [sys.executable, "-m", "colorize_core.cli.app", "train", str(photos), "--rate", "1e30"]
    line += ["--run", str(tmp_path), "--steps", "3", "--batch", "2", "--crop", "64"]
    line += ["--prior-photos", "2", "--workers", "0", "--warm-up", "0"]
    result = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 1
    assert "Error: step " in result.stderr
    assert "the run is stopped" in result.stderr
    assert "Traceback" not in result.stderr


# What a run warns of


def notes_of(gate, losses, ab=COLORFUL, first=1):
    notes = []
    for step, loss in enumerate(losses, first):
        gate.after_step(step, loss, ab)
        notes += gate.take_notes()
    return notes


@pytest.fixture
def gate(tmp_path):
    config = TrainingConfig(["a"], loss="plain", steps=1000, warm_up=50)
    return Gates(config, uniform_prior(), tmp_path / "latest.safetensors")


def test_a_loss_above_the_priors_entropy_is_told_once_after_the_warm_up(gate):
    assert notes_of(gate, [math.log(313) + 0.01] * 149) == []
    (note,) = notes_of(gate, [math.log(313) + 0.01] * 100, first=150)
    assert note.startswith("Warning: step 150:")
    assert "5.746" in note


def test_a_loss_below_the_priors_entropy_is_fine(gate):
    assert notes_of(gate, [9.0] * 50 + [math.log(313) - 0.01] * 300) == []


def test_collapsed_chroma_is_told_once(gate):
    gate.after_validation(500, {"chroma_ratio": 0.1})
    assert gate.take_notes() == ()
    gate.after_validation(1000, {"chroma_ratio": 0.09})
    (note,) = gate.take_notes()
    assert "step 1000: chroma has collapsed" in note
    gate.after_validation(1500, {"chroma_ratio": 0.09})
    assert gate.take_notes() == ()


@pytest.mark.parametrize("ratio", [420.0, 5.1, math.nan])
def test_colors_that_explode_are_told_once_even_in_the_warm_up(gate, ratio):
    for step in (3, 6):
        gate.after_validation(step, {"chroma_ratio": ratio})
    (note,) = gate.take_notes()
    assert note.startswith("Warning: step 3: the colours explode")
    assert "start again with a lower rate" in note


def test_strong_colors_are_fine(gate):
    gate.after_validation(3, {"chroma_ratio": 4.9})
    assert gate.take_notes() == ()


def test_squared_error_that_explodes_is_told_without_a_validation(tmp_path):
    config = TrainingConfig(["a"], loss="mse", steps=1000, warm_up=50)
    gate = Gates(config, uniform_prior(), tmp_path / "latest.safetensors")
    assert notes_of(gate, [60 * gate.blind] * 2) == []
    (note,) = notes_of(gate, [2000 * gate.blind] * 2, first=3)
    assert "step 3: the colours explode: the squared error is" in note


def test_grey_photos_are_told_when_they_are_more_than_half(gate):
    half = torch.cat((COLORFUL, GREY))
    assert notes_of(gate, [1.0] * 20, half) == []


def test_grey_photos_are_counted_in_the_first_batches_alone(gate):
    mostly = torch.cat((COLORFUL, GREY, GREY))
    (note,) = notes_of(gate, [1.0] * 20, mostly)
    assert "40 of the first 60 photos are near-grey" in note


@pytest.mark.parametrize(("wait", "warned"), [(0.004, True), (0.0, False)])
def test_a_loader_that_starves_the_network_is_told(gate, wait, warned):
    def batches():
        while True:
            time.sleep(wait)
            yield COLORFUL

    notes = []
    for step, ab in zip(range(60), gate.timed(batches()), strict=False):
        time.sleep(0.001)
        gate.after_step(step + 1, 1.0, ab)
        notes += gate.take_notes()
    assert len(notes) == warned
    assert all("% of the time for photographs to be decoded" in note for note in notes)


def test_a_run_on_grey_photos_passes_its_warning_on(tmp_path):
    (tmp_path / "grey").mkdir()
    Image.fromarray(skimage.data.camera()).save(tmp_path / "grey" / "camera.png")
    seen = []
    train(small(tmp_path / "grey", tmp_path / "run"), seen.append)
    notes = [note for progress in seen for note in progress.notes]
    assert len(notes) == 1
    assert "6 of the first 6 photos are near-grey" in notes[0]


def test_a_runs_warnings_reach_the_log_where_no_one_takes_reports(
    photos, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(gates, "LOSS_WINDOW", 2)
    train(small(photos, tmp_path, steps=4, rate=0.0, encoder_rate=0.0))
    assert "what a network that never looks at the photo would reach" in caplog.text
