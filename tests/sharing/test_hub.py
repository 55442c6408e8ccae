"""Weights on a hub, which a stand-in on loopback plays."""

import hashlib
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from click.testing import CliRunner
from PIL import Image
from safetensors.torch import load_file, save_file
from stand_in import Repository

from colorize_core import Colorizer
from colorize_core.cli.app import app
from colorize_core.models.loading import load_model, short_name
from colorize_core.sharing.downloads import DownloadError
from colorize_core.sharing.hub import HubName, fetch_from_hub, hub_weights

NAME = "ann/old-streets"
AT_ONCE = 2.0  # seconds


@pytest.fixture
def repository(server, lite_weights):
    """A repository on the hub: weights that are used at T = 0.5."""
    files = {"model.safetensors": lite_weights.read_bytes(), "config.json": b'{"temperature": 0.5}'}
    server.repositories[NAME] = Repository({"main": files})
    return server.repositories[NAME]


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(skimage.data.camera()).resize((96, 64)).save(tmp_path / "in.png")
    return tmp_path / "in.png"


def pixels(path):
    return np.asarray(Image.open(path))


def said(result):
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr.strip()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("hf:a/b", HubName("a", "b")),
        ("hf:a/b.c-d@v1.0", HubName("a", "b.c-d", "v1.0")),
        ("hf:a/b@refs/pr/1", HubName("a", "b", "refs/pr/1")),
    ],
)
def test_names_are_read(text, meant):
    assert HubName.parse(text) == meant
    assert str(meant) == text


@pytest.mark.parametrize("text", ["hf:", "hf:a", "hf:a/b/c", "hf:../b", "hf:a/..", "hf:a/b@"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(ValueError, match="expected hf:OWNER/NAME"):
        HubName.parse(text)


def test_people_see_the_name_alone():
    assert short_name("hf:ann/old-streets@v1.0") == "old-streets"


def test_a_photo_is_colorized_as_with_the_local_file(colorize, repository, lite_weights, photo):
    assert colorize("photo", photo, "-o", "hub.png", "-m", f"hf:{NAME}").returncode == 0
    local = ("-m", lite_weights, "--temperature", "0.5")
    assert colorize("photo", photo, "-o", "local.png", *local).returncode == 0
    assert (pixels(photo.with_name("hub.png")) == pixels(photo.with_name("local.png"))).all()


def test_what_was_fetched_is_used_without_a_request(here, repository):
    path, fetched = fetch_from_hub(HubName.parse(NAME))
    assert fetched
    asked = len(here.asked)
    assert hub_weights(f"hf:{NAME}") == path
    assert load_model(f"hf:{NAME}").temperature == 0.5
    assert len(here.asked) == asked


def test_a_pinned_revision_works_with_the_server_off(here, repository):
    pinned = HubName("ann", "old-streets", repository.commit("main"))
    path, _ = fetch_from_hub(pinned)
    here.shutdown()
    here.server_close()
    assert hub_weights(str(pinned)) == path
    assert Colorizer(str(pinned), "cpu")(np.zeros((40, 60), np.uint8)).shape == (40, 60, 3)


def test_the_studio_has_its_models_fetched_before_it_begins(here, repository, mocker):
    mocker.patch("gradio_demo.app.Studio")
    result = CliRunner().invoke(app, ["studio", "-m", f"hf:{NAME}"])
    assert result.exception is None, result.output
    assert here.gets("model.safetensors")


def test_fetching_again_brings_what_is_new(here, repository):
    first, _ = fetch_from_hub(HubName.parse(NAME))
    assert fetch_from_hub(HubName.parse(NAME)) == (first, False)
    files = repository.revisions["main"]
    repository.revisions["main"] = files | {"model.safetensors": files["model.safetensors"] + b" "}
    newer, fetched = fetch_from_hub(HubName.parse(NAME))
    assert fetched
    assert newer != first


def test_a_killed_download_goes_on(colorize, repository, server, tmp_path):
    content = repository.revisions["main"]["model.safetensors"]
    server.pause_at = most = len(content) * 6 // 10
    line = [sys.executable, "-m", "colorize_core.cli.app", "models", "fetch", f"hf:{NAME}"]
    process = subprocess.Popen(line, env=os.environ.copy())
    deadline = time.monotonic() + 60
    while not [part for part in tmp_path.rglob("*.part") if part.stat().st_size == most]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.pause_at = 0
    told = colorize("models", "fetch", f"hf:{NAME}")
    assert server.gets("model.safetensors")[-1][2] == f"bytes={most}-"
    found = Path(told.stdout.strip()).read_bytes()
    assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest()


def test_a_flipped_bit_is_refused_and_the_good_file_stays(here, repository, tmp_path):
    good, _ = fetch_from_hub(HubName.parse(NAME))
    kept = good.read_bytes()
    repository.revisions["main"] = {"model.safetensors": kept + b" "}
    here.flipped = True
    with pytest.raises(DownloadError, match=r"refused and removed: its sha256 is"):
        fetch_from_hub(HubName.parse(NAME))
    assert hub_weights(f"hf:{NAME}").read_bytes() == kept
    assert list(tmp_path.rglob("*.part")) == []


def test_a_repository_with_a_pickle_alone_is_refused(colorize, server, tmp_path, photo):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "it-ran",)

    code = pickle.dumps(Trap())
    files = {"pytorch_model.bin": code, "model.pth": code, "model.pt": code}
    server.repositories[NAME] = Repository({"main": files})
    error = said(colorize("models", "fetch", f"hf:{NAME}"))
    assert error.startswith(f"Error: hf:{NAME}: refused: it has no model.safetensors")
    assert colorize("photo", photo, "-m", f"hf:{NAME}").returncode == 1
    assert not (tmp_path / "it-ran").exists()


@pytest.mark.parametrize("what", ["missing", "surplus", "shape"])
def test_tensors_that_do_not_fit_are_refused(here, repository, lite_weights, tmp_path, what):
    tensors = load_file(lite_weights)
    changes = {
        "missing": {},
        "surplus": {"x": torch.ones(1)},
        "shape": {"head.bias": torch.ones(7)},
    }
    tensors = {key: one for key, one in tensors.items() if (key, what) != ("head.bias", "missing")}
    save_file(tensors | changes[what], tmp_path / "w.safetensors")
    content = (tmp_path / "w.safetensors").read_bytes()
    repository.revisions["main"]["model.safetensors"] = content
    with pytest.raises(ValueError, match=r"not weights of this lite: 1 tensors differ"):
        load_model(f"hf:{NAME}")


class TestErrors:
    """Each is one line, and comes at once."""

    @pytest.fixture
    def told(self, here):
        def told(name=NAME):
            begun = time.monotonic()
            with pytest.raises((DownloadError, ValueError)) as caught:
                fetch_from_hub(HubName.parse(name))
            assert time.monotonic() - begun < AT_ONCE
            assert "\n" not in str(caught.value)
            return str(caught.value)

        return told

    def test_a_repository_that_is_not_there(self, told):
        assert told("ann/absent").startswith("hf:ann/absent: no such repository, or not allowed")

    def test_a_private_one(self, told, repository):
        repository.private = True
        assert "is it private, and $HF_TOKEN not set? (HTTP 401)" in told()

    def test_a_revision_that_is_not_there(self, told, repository):
        assert told(f"{NAME}@v9") == f"hf:{NAME}@v9: it has no revision v9"

    def test_not_found(self, told, here):
        here.status = 404
        assert told().startswith(f"hf:{NAME}: ")

    def test_a_hub_that_fails(self, told, here):
        here.status = 503
        assert told().startswith(f"hf:{NAME}: the hub refuses: ")

    def test_no_network(self, told, here):
        here.shutdown()
        here.server_close()
        assert told().startswith(f"hf:{NAME}: the hub cannot be reached: ")

    def test_a_file_whose_sha256_is_not_said(self, told, repository, mocker):
        mocker.patch("stand_in.SMALL", (".safetensors",))
        assert told() == f"hf:{NAME}: refused: the hub does not say the sha256 of model.safetensors"

    def test_an_unknown_name_offline(self, colorize, server, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        error = said(colorize("photo", "x.png", "-m", f"hf:{NAME}"))
        assert "not on this machine, and $HF_HUB_OFFLINE forbids to fetch it" in error
        assert server.asked == []


def test_a_token_opens_a_private_one(here, repository, monkeypatch):
    repository.private = True
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert fetch_from_hub(HubName.parse(NAME))[1]


def test_without_a_hubs_name_its_library_is_not_imported():
    code = (
        "import sys\n"
        "from colorize_core import Colorizer\n"
        "Colorizer('lite', 'cpu')\n"
        "assert not {'huggingface_hub', 'httpx', 'urllib3'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_the_library_it_is_said_what_to_install(mocker):
    mocker.patch.dict(sys.modules, {"huggingface_hub": None})
    with pytest.raises(ImportError, match=r"pip install 'colorize\[hub\]'$"):
        Colorizer(f"hf:{NAME}")
