"""The Space: its folder alone, without this checkout, is a studio."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
import yaml
from click.testing import CliRunner
from gradio_client import Client, handle_file
from PIL import Image
from stand_in import Repository, serving

from colorize_core.cli.app import app
from colorize_core.models.registry import model_entry
from colorize_core.sharing.hub import HubName
from colorize_core.sharing.space import pinned, stage_space

NAME = HubName("ann", "colour")


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space")
    stage_space(folder, NAME, "hf:ann/holidays", "3.11")
    return folder


@pytest.fixture(scope="module")
def hub():
    """The address of a hub that has the model of the Space."""
    with serving() as server:
        weights = model_entry("lite").weights.read_bytes()
        server.repositories["ann/holidays"] = Repository({"main": {"model.safetensors": weights}})
        yield server.url


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=60):
            return True
    except urllib.error.URLError:
        return False


@pytest.fixture(scope="module")
def running(space, hub, tmp_path_factory):
    """The address of the Space, whose process sees its own folder and installed packages."""
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "PYTHONPATH": str(space)}
    own = str(tmp_path_factory.mktemp("own"))
    environment |= {"COLORIZE_HOME": own, "TMPDIR": own, "HF_ENDPOINT": hub, "HF_HOME": own}
    environment.pop("HF_HUB_OFFLINE", None)
    process = subprocess.Popen([sys.executable, "app.py"], cwd=space, env=environment)
    url = f"http://127.0.0.1:{port}/"
    try:
        deadline = time.monotonic() + 120
        while not answers(url):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield url
    finally:
        process.kill()  # closing takes Gradio ten seconds
        process.wait()


def test_it_answers(running):
    with urllib.request.urlopen(running, timeout=60) as answer:
        assert answer.status == 200


def test_a_photo_comes_back_in_colour(running, tmp_path):
    Image.linear_gradient("L").save(tmp_path / "grey.png")
    client = Client(running, verbose=False)
    colorized = client.predict(handle_file(tmp_path / "grey.png"), api_name="/colorize")
    with Image.open(colorized) as image:
        assert image.mode == "RGB"
        assert image.size == (256, 256)


def test_it_says_how_it_is_run(space):
    text = (space / "README.md").read_text("utf-8")
    said = yaml.safe_load(text.split("---")[1])
    assert (said["sdk"], said["app_file"], said["python_version"]) == ("gradio", "app.py", "3.11")
    assert f"gradio=={said['sdk_version']}" in (space / "requirements.txt").read_text()
    assert "https://ann-colour.hf.space" in text


def test_its_requirements_are_pinned(space):
    lines = (space / "requirements.txt").read_text().splitlines()
    assert {"torch", "gradio", "numba"} <= {line.partition("==")[0] for line in lines}
    assert all(re.fullmatch(r"[\w.-]+==[\d.]+\w*", line) for line in lines)


def test_of_extras_only_the_chosen_are_required():
    wanted = ["a>=1", "b>=1; extra == 'studio'", "c; extra == 'train'", "d; python_version < '3'"]
    assert pinned(wanted, {"studio"}, {"a": "1.2+cpu", "b": "3"}.get) == ["a==1.2", "b==3"]


def test_it_is_pushed_as_a_space(here, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    result = CliRunner().invoke(app, ["hub", "space", "--to", "ann/colour", "--model", "hf:ann/x"])
    assert result.exception is None, result.output
    pushed = here.repositories["ann/colour"]
    assert pushed.kind == "space"
    files = pushed.revisions["main"]
    assert {"app.py", "README.md", "colorize_core/weights/lite.safetensors"} <= files.keys()
    assert b"models: [ann/x]" in files["README.md"]
    assert b"'hf:ann/x'" in files["app.py"]
