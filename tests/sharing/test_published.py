"""The authors' weights: fetched, taken from a file, and found by name in every door.

Their files cannot be had here: what stands in for them is of the class that they published.
"""

import hashlib
import importlib
import importlib.util
import shutil
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch

from colorize_core import Colorizer
from colorize_core.cli.remedies import advised
from colorize_core.models.loading import load_model, read_weights
from colorize_core.sharing import published
from colorize_core.sharing.published import PUBLISHED, cache_folder, fetch_published

CLASSES = {"eccv16": "ECCVGenerator", "siggraph17": "SIGGRAPHGenerator"}
both = pytest.mark.parametrize("name", CLASSES)


@pytest.fixture(scope="module")
def authors_files(tmp_path_factory):
    """Weights of the published classes, as the authors' own program saves them."""
    folder = tmp_path_factory.mktemp("authors")
    debugger = types.ModuleType("IPython")
    debugger.embed = None  # type: ignore[attr-defined]
    package = types.ModuleType("colorizers")
    package.__path__ = list(importlib.util.find_spec("colorizers").submodule_search_locations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "IPython", debugger)
        patch.setitem(sys.modules, "colorizers", package)
        for name, kind in CLASSES.items():
            torch.manual_seed(0)
            network = getattr(importlib.import_module(f"colorizers.{name}"), kind)()
            path = folder / PUBLISHED[name].file
            torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)
    return folder


@pytest.fixture
def authors(authors_files, server, tmp_path, monkeypatch):
    """The stand-in as a mirror of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLORIZE_WEIGHTS_MIRROR", f"{server.url}/files/")
    for name, entry in PUBLISHED.items():
        content = (authors_files / entry.file).read_bytes()
        server.files[entry.file] = content
        sha256 = hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(PUBLISHED, name, replace(entry, sha256=sha256))
    return authors_files


def test_the_addresses_are_the_authors_own(monkeypatch):
    monkeypatch.delenv("COLORIZE_WEIGHTS_MIRROR", raising=False)
    assert {entry.url for entry in PUBLISHED.values()} == {
        "https://colorizers.s3.us-east-2.amazonaws.com/colorization_release_v2-9b330a0b.pth",
        "https://colorizers.s3.us-east-2.amazonaws.com/siggraph17-df00044c.pth",
    }
    # Their names end in the beginning of their sha256, as torch.hub has it.
    assert all(f"-{entry.sha256[:8]}.pth" in entry.file for entry in PUBLISHED.values())


@both
def test_fetched_weights_are_found_by_name(name, authors):
    assert fetch_published(name)[1]
    assert load_model(name).name == name
    assert not fetch_published(name)[1]
    shape = Colorizer(name, "cpu")(np.zeros((40, 60), np.uint8)).shape
    assert shape == (40, 60, 3)


def test_they_are_the_tensors_that_were_published(authors):
    path, _ = fetch_published("eccv16")
    given = torch.load(authors / path.name, weights_only=True)
    assert all(torch.equal(given[key], tensor) for key, tensor in read_weights(path).items())
    network = load_model("eccv16").network.state_dict()
    assert network.keys() == given.keys()


def test_a_file_that_is_there_is_taken_instead(authors, server):
    path, taken = fetch_published("siggraph17", authors / PUBLISHED["siggraph17"].file)
    assert taken
    assert path.is_file()
    assert server.asked == []


def test_their_licence_goes_with_them(authors):
    path, _ = fetch_published("eccv16")
    assert "BSD 2-Clause" in path.with_suffix(".json").read_text()


@both
def test_before_they_are_fetched_it_is_said_how(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"have not been fetched$") as caught:
        load_model(name)
    assert advised(caught.value).endswith("; colorize models fetch NAME gets them")


def test_models_without_published_weights_are_refused():
    with pytest.raises(ValueError, match=r"no weights of 'resnet' to fetch; there are eccv16, sig"):
        fetch_published("resnet")


def test_the_cache_is_where_the_system_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "colorize"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(published.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/colorize"


def test_the_command_tells_the_licence_before_the_first_download(colorize, server, tmp_path):
    server.files[PUBLISHED["eccv16"].file] = b"not the authors' file"
    told = colorize("models", "fetch", "eccv16")
    licence, error = told.stderr.strip().splitlines()
    assert licence.startswith("The weights of eccv16 are their authors': BSD 2-Clause")
    assert error.startswith(f"Error: {server.url}/files/{PUBLISHED['eccv16'].file}: refused")
    assert told.returncode == 1


def test_the_command_takes_a_file_and_refuses_another(colorize, tmp_path):
    (tmp_path / "x.pth").write_bytes(b"x")
    told = colorize("models", "fetch", "siggraph17", "--from", "x.pth")
    assert told.returncode == 1
    assert "Error: x.pth: another file: its sha256 is " in told.stderr


def test_the_worker_and_the_studio_find_them_too(authors):
    from colorize_core.worker.jobs import Jobs
    from gradio_demo.engines import Engines

    fetch_published("eccv16")
    assert Engines(["eccv16"], "cpu").names == ["eccv16"]
    assert Jobs()._colorizer("eccv16", "cpu").model.name == "eccv16"


def test_a_file_put_there_by_hand_is_checked_when_it_is_fetched(authors, server):
    path = PUBLISHED["eccv16"].path
    path.parent.mkdir(parents=True)
    shutil.copyfile(authors / path.name, path)
    assert not fetch_published("eccv16")[1]
    path.write_bytes(b"damaged")
    assert fetch_published("eccv16")[1]
