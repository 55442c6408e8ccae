"""Whole runs, through the command line and through Python, on scikit-image's photographs."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import skimage.data
import torch
from huggingface_hub import ModelCard
from PIL import Image

from colorize_core.color import log_rarity
from colorize_core.engine import Colorizer
from colorize_core.models.files import read_tensors, write_tensors
from colorize_core.models.loading import load_model
from colorize_core.training import TrainingConfig, train

STEPS = 6


def small(photos, run, **settings):
    defaults = {"steps": STEPS, "batch": 2, "crop": 64, "prior_photos": 4, "warm_up": 2}
    defaults |= {"checkpoint_every": 2, "validate_every": 3, "validation_photos": 2}
    return TrainingConfig([str(photos)], run=str(run), **(defaults | settings))


def command(config):
    """The command line of a run."""
    line = [sys.executable, "-m", "colorize_core.cli.app", "train", *config.photos]
    for name in ("run", "steps", "batch", "crop", "prior_photos", "warm_up", "checkpoint_every"):
        line += [f"--{name.replace('_', '-')}", str(getattr(config, name))]
    return [*line, "--threads", "1"]  # so that two runs are alike to the bit


@pytest.fixture(scope="module")
def uninterrupted(photos, tmp_path_factory):
    config = small(photos, tmp_path_factory.mktemp("runs") / "whole")
    subprocess.run(command(config), check=True, timeout=300)
    return config.folder


def same_tensors(first: Path, second: Path) -> bool:
    one, other = read_tensors(first)[0], read_tensors(second)[0]
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_killed_run_resumes_to_the_same_weights_bit_for_bit(photos, tmp_path, uninterrupted):
    config = small(photos, tmp_path / "killed")
    process = subprocess.Popen(command(config))
    checkpoint = config.folder / "latest.safetensors"
    deadline = time.monotonic() + 300
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert checkpoint.exists()
    assert not (config.folder / "lite.safetensors").exists()
    assert not same_tensors(checkpoint, uninterrupted / "latest.safetensors")

    subprocess.run(command(config), check=True, timeout=300)

    assert same_tensors(checkpoint, uninterrupted / "latest.safetensors")
    assert same_tensors(config.folder / "lite.safetensors", uninterrupted / "lite.safetensors")


def test_the_weights_of_a_run_colorize(uninterrupted):
    picture = Colorizer(uninterrupted / "lite.safetensors")(skimage.data.camera())
    assert picture.shape == (512, 512, 3)


def test_the_checkpoint_of_a_run_colorizes_as_its_weights_do(uninterrupted):
    of_checkpoint, of_weights = (
        Colorizer(uninterrupted / name)(skimage.data.camera()).astype(int)
        for name in ("latest.safetensors", "lite.safetensors")
    )
    # The weights for use are half precision.
    assert abs(of_checkpoint - of_weights).max() <= 8


def test_the_sidecar_holds_the_recipe_and_no_paths(uninterrupted, photos):
    text = (uninterrupted / "lite.json").read_text()
    assert json.loads(text)["recipe"]["steps"] == STEPS
    assert str(photos) not in text
    assert str(photos) not in json.dumps(read_tensors(uninterrupted / "lite.safetensors")[1])


def test_a_model_card_lies_beside_the_weights(uninterrupted):
    card = ModelCard.load(uninterrupted / "README.md")
    assert card.data.library_name == "colorize"
    assert f"| steps | {STEPS} |" in card.text


def test_validation_reports_figures_and_draws_samples(photos, tmp_path):
    seen = []
    config = small(photos, tmp_path, steps=3, held_out=2, workers=0)
    train(config, seen.append)
    assert [progress.step for progress in seen] == [1, 2, 3]
    assert [progress.figures is None for progress in seen] == [True, True, False]
    assert set(seen[-1].figures) == {
        "auc_raw_above_grey",
        "auc_rebalanced_above_grey",
        "chroma_ratio",
    }
    with Image.open(tmp_path / "samples" / "0000003.png") as grid:
        assert grid.width > 3 * 64
    assert list((tmp_path / "logs").iterdir())


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        *((model, loss) for model in ("lite", "eccv16") for loss in ("plain", "mse")),
        ("siggraph17", "mse"),
        ("resnet", "mse"),
    ],
)
def test_every_network_trains_with_the_losses_that_it_is_made_for(photos, tmp_path, loss, model):
    config = small(photos, tmp_path, steps=1, loss=loss, model=model, workers=0)
    picture = Colorizer(train(config))(skimage.data.camera()[::8, ::8])
    assert picture.shape == (64, 64, 3)


def test_a_network_without_classes_says_what_to_train_it_with(photos, tmp_path):
    result = subprocess.run(
        [*command(small(photos, tmp_path)), "--model", "resnet"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 1
    assert "resnet regresses ab and gives no classes: train it with mse" in result.stderr
    assert "Traceback" not in result.stderr


def test_hints_are_learnt(photos, tmp_path):
    weights = read_tensors(train(small(photos, tmp_path, steps=3, hints=1.0, workers=0)))[0]
    assert all(weights[name].any() for name in weights if name.endswith("hint.weight"))


def test_a_run_can_start_from_weights(photos, tmp_path, uninterrupted):
    start = uninterrupted / "lite.safetensors"
    config = small(photos, tmp_path, steps=1, rate=0.0, encoder_rate=0.0, start_from=str(start))
    weights = read_tensors(train(config))[0]
    torch.testing.assert_close(weights["head.weight"], read_tensors(start)[0]["head.weight"])


def test_weights_of_another_network_are_no_start(photos, tmp_path):
    write_tensors(tmp_path / "other.safetensors", {"x": torch.zeros(1)}, {})
    config = small(photos, tmp_path / "run", start_from=str(tmp_path / "other.safetensors"))
    with pytest.raises(ValueError, match=r"other\.safetensors: weights of another network"):
        train(config)


def test_no_photographs_is_said_in_one_line(tmp_path):
    line = [sys.executable, "-m", "colorize_core.cli.app", "train", str(tmp_path)]
    result = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1
    assert result.stderr == f"Error: no photographs in {tmp_path}\n"


def test_a_shift_adds_the_rarity_of_the_colors_to_the_exported_logits(
    photos, tmp_path, uninterrupted
):
    for name in ("plain", "shifted"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "latest.safetensors").write_bytes(
            (uninterrupted / "latest.safetensors").read_bytes()
        )
    plain = read_tensors(train(small(photos, tmp_path / "plain")))[0]
    shifted = read_tensors(train(small(photos, tmp_path / "shifted", shift=0.5, temperature=0.7)))
    prior = read_tensors(uninterrupted / "latest.safetensors")[0]["prior"]
    expected = plain.pop("head.bias").float() + 0.5 * log_rarity(prior)
    torch.testing.assert_close(shifted[0].pop("head.bias").float(), expected, atol=0.01, rtol=0)
    assert all(torch.equal(plain[name], shifted[0][name]) for name in plain)
    assert load_model(tmp_path / "shifted" / "lite.safetensors").temperature == 0.7


def test_calm_takes_rarity_back_on_soft_photos_alone(photos, tmp_path, uninterrupted):
    (tmp_path / "run").mkdir()
    latest = uninterrupted / "latest.safetensors"
    (tmp_path / "run" / "latest.safetensors").write_bytes(latest.read_bytes())
    plain = read_tensors(uninterrupted / "lite.safetensors")[0]
    calm = read_tensors(train(small(photos, tmp_path / "run", calm=0.25)))[0]
    rarity = log_rarity(read_tensors(latest)[0]["prior"])
    expected = -0.25 * (rarity - rarity.mean())
    torch.testing.assert_close(calm.pop("calm").float(), expected, atol=0.01, rtol=0)
    assert not plain.pop("calm").any()
    assert all(torch.equal(plain[name], calm[name]) for name in plain)


def test_networks_that_do_not_measure_softness_are_told(photos, tmp_path):
    config = small(photos, tmp_path, model="eccv16", start_from=None, calm=0.25)
    with pytest.raises(ValueError, match="calm does not go with eccv16 and rebalanced loss"):
        train(config)
