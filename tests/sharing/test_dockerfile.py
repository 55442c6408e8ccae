"""The Dockerfile: its steps, taken in order, end in a studio that an ordinary user runs."""

import io
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from image_steps import Steps, can_be_made, instructions
from needs import lacking
from PIL import Image

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = instructions((CHECKOUT / "Dockerfile").read_text("utf-8"))


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What the Dockerfile makes."""
    if not can_be_made():
        lacking("the steps of a Dockerfile need root's rights and unshare")
    folder = tmp_path_factory.mktemp("image") / "made"
    folder.mkdir()
    with Steps(folder, CHECKOUT) as steps:
        for word, rest in DOCKERFILE:
            steps.take(word, rest)
        yield steps


@pytest.fixture(scope="module")
def studio(image):
    """The address of the studio of a container, on a port that is free here."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [str(port) if word == str(image.port) else word for word in image.command]
    process = subprocess.Popen(image.inside(command))
    try:
        deadline = time.monotonic() + 180
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()  # closing takes Gradio ten seconds
        process.wait()


def test_the_studio_answers(studio):
    _, url = studio
    for page in ("/", "/health"):
        with urllib.request.urlopen(url + page, timeout=60) as answer:
            assert answer.status == 200


def test_it_is_asked_how_it_is(image, studio):
    _, url = studio
    port = url.rpartition(":")[2]
    image.run([word.replace(str(image.port), port) for word in image.healthy])


def test_it_runs_as_an_ordinary_user(studio):
    process, _ = studio
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert "Uid:\t10001\t10001\t10001\t10001" in status


def test_its_code_is_roots_and_the_cache_its_own(image):
    where = image.run(["python", "-c", "import colorize_core as c; print(c.__path__[0])"]).strip()
    assert where.startswith("/opt/python/")  # not the checkout
    image.run(["sh", "-c", f"! touch {where}/changed"])
    assert image.volumes == ["/cache"]
    image.run(["touch", "/cache/mine"])


def test_any_command_can_be_run_in_it(image):
    Image.linear_gradient("L").save(grey := io.BytesIO(), "png")
    line = image.inside([image.command[0], "photo", "-", "-o", "-"])
    done = subprocess.run(line, input=grey.getvalue(), stdout=subprocess.PIPE, timeout=300)
    assert done.returncode == 0
    with Image.open(io.BytesIO(done.stdout)) as colored:
        assert (colored.mode, colored.size) == ("RGB", (256, 256))


def test_the_build_of_torch_is_chosen_by_an_argument():
    assert ("ARG", "TORCH_INDEX=https://download.pytorch.org/whl/cpu") in DOCKERFILE
    (torch,) = (rest for word, rest in DOCKERFILE if word == "RUN" and "torch==[" in rest)
    assert '--index-url "$TORCH_INDEX"' in torch
