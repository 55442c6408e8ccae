"""``colorize prior``."""

import json

import torch
from click.testing import CliRunner
from PIL import Image

from colorize_core.cli.app import app
from colorize_core.data import CropStream, Photographs
from colorize_core.training.prior import measure_prior, read_prior


def run(*arguments):
    return CliRunner().invoke(app, ["prior", *map(str, arguments)])


def test_it_writes_what_training_would_measure_on_the_colorful(mixed_photos, tmp_path):
    result = run(mixed_photos, "-o", tmp_path / "p.json", "--crops", 4, "--crop", 64)
    assert result.exit_code == 0, result.output
    expected = measure_prior(CropStream(Photographs([mixed_photos]), 64), 4, 10, near_grey=False)
    torch.testing.assert_close(read_prior(tmp_path / "p.json"), expected)
    about = json.loads((tmp_path / "p.json").read_text())
    assert (about["photographs"], about["crops"], about["near_grey"]) == (2, 4, False)
    assert str(mixed_photos) not in json.dumps(about)


def test_near_grey_photos_can_count_as_they_do_when_training_measures(mixed_photos, tmp_path):
    run(mixed_photos, "-o", tmp_path / "p.npy", "--crops", 4, "--crop", 64, "--near-grey")
    expected = measure_prior(CropStream(Photographs([mixed_photos]), 64), 4, 10)
    torch.testing.assert_close(read_prior(tmp_path / "p.npy"), expected)


def test_the_table_tells_entropy_mass_near_grey_and_the_commonest_colors(tmp_path):
    Image.new("RGB", (64, 64), (255, 0, 0)).save(tmp_path / "red.png")
    path = tmp_path / "p.json"
    result = run(tmp_path / "red.png", "-o", path, "--crops", 1, "--neighbours", 1)
    lines = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in result.output.splitlines()}
    assert float(lines["entropy, nats"]) == 0
    assert lines["of all bins alike"] == "5.746"
    assert lines["mass within |a|, |b| <= 20, %"] == "0.0"
    assert lines["at a = 80, b = 70, %"] == "100.0"


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    mixed_photos, tmp_path, mocker
):
    measured = mocker.patch("colorize_core.training.prior.measure_prior")
    result = run(mixed_photos, "-o", tmp_path / "no" / "p.json")
    assert isinstance(result.exception, FileNotFoundError)
    measured.assert_not_called()
