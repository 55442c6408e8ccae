"""Weights go to the hub and come back the same."""

import json
import shutil
from typing import Any

import numpy as np
import pytest
import skimage.data
from click.testing import CliRunner
from huggingface_hub import ModelCard

from colorize_core import Colorizer
from colorize_core.cli.app import app
from colorize_core.sharing.downloads import DownloadError
from colorize_core.sharing.hub import HubName
from colorize_core.sharing.pushing import push, weights_of_run

NAME = "ann/holidays"


@pytest.fixture
def run(lite_weights, tmp_path):
    """The folder of a run that has ended."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copyfile(lite_weights, folder / "lite.safetensors")
    shutil.copyfile(lite_weights, folder / "latest.safetensors")
    sidecar = {"model": "lite", "temperature": 0.6, "size": 128}
    (folder / "lite.json").write_text(json.dumps(sidecar))
    return folder


@pytest.fixture
def command(here, monkeypatch):
    """``colorize hub`` in this process, with a login."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    def command(*arguments):
        result = CliRunner().invoke(app, ["hub", *map(str, arguments)])
        assert result.exception is None, result.output
        return result.output

    return command


def test_what_is_pushed_colorizes_as_the_local_file(command, here, run):
    told = command("push", run, "--to", NAME)
    assert told.strip().endswith(f"use it as hf:{NAME}")
    assert here.repositories[NAME].revisions["main"].keys() >= {
        *("model.safetensors", "config.json", "README.md")
    }
    photo = skimage.data.camera()[::4, ::4]
    pulled = Colorizer(f"hf:{NAME}", "cpu")
    assert (pulled.model.temperature, pulled.model.size) == (0.6, 128)
    assert np.array_equal(pulled(photo), Colorizer(run / "lite.safetensors", "cpu")(photo))


def test_the_card_names_the_repository_licence_and_figures(command, here, run, tmp_path):
    version = {"auc_raw": 88.0, "auc_rebalanced": 66.0, "chroma": 9.0, "psnr": 22.1}
    version |= {"recognised": None}
    figures = {"photos": 7, "size": 256} | dict.fromkeys(("grey", "colorized", "truth"), version)
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    more = ("--licence", "CC0-1.0", "--figures", tmp_path / "figures.json")
    command("push", run, "--to", NAME, *more)
    text = here.repositories[NAME].revisions["main"]["README.md"].decode()
    assert f"-m hf:{NAME}" in text
    card: Any = ModelCard(text)
    assert card.data.license == "cc0-1.0"
    found = {one.metric_type: one.metric_value for one in card.data.eval_results}
    assert found["psnr"] == 22.1


def test_a_card_that_people_wrote_is_pushed_as_it_is(command, here, run):
    (run / "README.md").write_text("---\nlicense: mit\n---\nMy own words.")
    command("push", run, "--to", NAME)
    pushed = here.repositories[NAME].revisions["main"]["README.md"]
    assert pushed == b"---\nlicense: mit\n---\nMy own words."


def test_a_readme_of_something_else_is_not_pushed_as_the_card(command, here, run):
    (run / "README.md").write_text("# What is in this folder")
    command("push", run, "--to", NAME)
    pushed = here.repositories[NAME].revisions["main"]["README.md"]
    assert pushed.startswith(b'---\nlibrary_name: "colorize"')


def test_a_private_repository_is_made_private(command, here, run):
    command("push", run, "--to", NAME, "--private")
    assert here.repositories[NAME].private


def test_a_dry_run_asks_the_hub_nothing(command, here, run):
    told = command("push", run, "--to", NAME, "--dry-run")
    assert [line.split(",")[0].strip() for line in told.splitlines()[1:]] == [
        *("README.md", "config.json", "model.safetensors")
    ]
    assert here.asked == []


def test_weights_that_cannot_be_used_are_not_pushed(here, run):
    (run / "lite.safetensors").write_bytes(b"damaged")
    result = CliRunner().invoke(app, ["hub", "push", str(run), "--to", NAME])
    assert "lite.safetensors" in str(result.exception)
    assert here.asked == []


def test_a_run_that_has_not_ended_has_nothing_to_push(tmp_path):
    (tmp_path / "latest.safetensors").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="has the run ended"):
        weights_of_run(tmp_path)


def test_of_several_weights_one_must_be_named(run):
    for name in ("eccv16.safetensors", "eccv16.json"):
        (run / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"which weights\? There are eccv16\.safetensors, lite\."):
        weights_of_run(run)
    assert weights_of_run(run / "lite.safetensors") == run / "lite.safetensors"


def test_without_a_login_it_is_said_in_a_line(here, run):
    here.status = 401
    with pytest.raises(DownloadError) as caught:
        push(run, HubName.parse(NAME), private=False)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"hf:{NAME}: ")
