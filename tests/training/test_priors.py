"""Measuring, writing and reading priors."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from colorize_core.color import uniform_prior
from colorize_core.color.gamut import ab_bins
from colorize_core.data import CropStream, Photographs
from colorize_core.models.files import read_tensors
from colorize_core.training import TrainingConfig, train
from colorize_core.training.prior import (
    entropy,
    mass_near_grey,
    measure_prior,
    read_prior,
    write_prior,
)


def stream_of(*places):
    return CropStream(Photographs(places), 64)


def test_the_entropy_of_the_uniform_prior_is_the_logarithm_of_its_bins():
    assert entropy(uniform_prior()) == pytest.approx(math.log(313))
    assert entropy(7 * uniform_prior()) == pytest.approx(math.log(313))


def test_the_uniform_priors_mass_near_grey_is_the_share_of_the_25_bins_there():
    assert mass_near_grey(uniform_prior()) == pytest.approx(25 / 313)


def test_one_colors_prior_is_its_soft_target(tmp_path):
    Image.new("RGB", (64, 64), (255, 0, 0)).save(tmp_path / "red.png")
    prior = measure_prior(stream_of(tmp_path), 3, 10)
    assert prior.sum().item() == pytest.approx(1)
    assert int((prior > 0).sum()) == 10
    # sRGB's red is at a = 80.1, b = 67.2
    assert ab_bins()[prior.argmax()].tolist() == [80, 70]


def test_near_grey_photos_count_for_nothing_where_they_are_left_out(mixed_photos):
    both, coffee = stream_of(mixed_photos), stream_of(mixed_photos / "coffee.png")
    # Every second crop is the coffee's; crops differ, so compare with the coffee's own crops.
    kept = measure_prior(both, 8, 10, near_grey=False)
    counted = measure_prior(both, 8, 10)
    grey = measure_prior(stream_of(mixed_photos / "camera.png"), 1, 10)
    torch.testing.assert_close(counted, (kept + grey) / 2)
    assert mass_near_grey(kept) < mass_near_grey(counted)
    torch.testing.assert_close(
        measure_prior(coffee, 4, 10), measure_prior(coffee, 4, 10, near_grey=False)
    )


def test_photos_without_color_give_no_prior(mixed_photos):
    with pytest.raises(ValueError, match="all of the first 4 crops are near-grey"):
        measure_prior(stream_of(mixed_photos / "camera.png"), 4, 10, near_grey=False)


@pytest.mark.parametrize("name", ["prior.json", "prior.npy"])
def test_a_prior_survives_its_file(tmp_path, name):
    prior = torch.rand(313, dtype=torch.float64)
    write_prior(tmp_path / name, prior, {"crops": 3})
    torch.testing.assert_close(read_prior(tmp_path / name), prior / prior.sum())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("p.json", b"{", "holds no prior"),
        ("p.json", b"[1, 2]", "holds no prior"),
        ("p.json", b"{}", "holds no prior"),
        ("p.npy", b"", "holds no prior"),
        ("p.npy", b"text", "holds no prior"),
        ("p.json", b'{"prior": [0.5, 0.5]}', "expected 313 numbers"),
        ("p.json", json.dumps({"prior": [0] * 313}).encode(), "not all zero"),
        ("p.json", json.dumps({"prior": [-1] + [1] * 312}).encode(), "none negative"),
        ("p.json", json.dumps({"prior": [math.nan] + [1] * 312}).encode(), "finite"),
    ],
)
def test_a_file_that_is_no_prior_is_named(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}: .*{reason}"):
        read_prior(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"p\.json: no such file"):
        read_prior(tmp_path / "p.json")


def test_a_run_takes_a_given_prior_and_names_its_file_alone(mixed_photos, tmp_path):
    np.save(tmp_path / "given.npy", np.ones(313))
    config = TrainingConfig(
        [str(mixed_photos)], run=str(tmp_path / "run"), steps=1, batch=1, crop=64
    )
    config.workers, config.prior = 0, str(tmp_path / "given.npy")
    weights = train(config)
    prior = read_tensors(tmp_path / "run" / "latest.safetensors")[0]["prior"]
    torch.testing.assert_close(prior, uniform_prior())
    recipe = json.loads(weights.with_suffix(".json").read_text())["recipe"]
    assert recipe["prior"] == "given.npy"
    assert recipe["prior_photos"] is None


def test_the_recipe_of_a_run_that_measures_its_prior_tells_from_how_many_photos():
    recipe = TrainingConfig(["a"]).recipe()
    assert "prior" not in recipe
    assert recipe["prior_photos"] == 2000
