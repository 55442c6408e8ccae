from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from colorize_core.cli.studio_command import command


@pytest.mark.parametrize("auth", ["ann", "ann:", ":secret"])
def test_half_a_password_is_refused(auth):
    answer = CliRunner().invoke(command, ["--auth", auth])
    assert answer.exit_code == 2
    assert "USER:PASSWORD" in answer.output


def test_it_serves_on_loopback_until_stopped(tmp_path):
    variables = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    arguments = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--device", "cpu"]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=variables)
    try:
        said = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said
        with urllib.request.urlopen(f"{address[0]}health") as answer:
            assert json.load(answer)["status"] == "ok"
    finally:
        server.send_signal(2)
        server.wait(60)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_told_in_one_line_with_the_option():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        arguments = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--port", port]
        run = subprocess.run([*arguments, "--device", "cpu"], capture_output=True, text=True)
    assert run.returncode == 1
    assert f"port {port} is taken; choose another: --port" in run.stderr
    assert "GRADIO" not in run.stderr
    assert "Traceback" not in run.stderr


def test_limits_reach_the_studio(mocker):
    studio = mocker.patch("gradio_demo.app.Studio")
    line = ["--most-waiting", "3", "--most-megabytes", "2", "--most-megapixels", "5"]
    line += ["--most-seconds", "7", "--most-total-megabytes", "9"]
    assert CliRunner().invoke(command, line).exit_code == 0
    settings = studio.call_args.args[0]
    assert (settings.most_waiting, settings.most_bytes) == (3, 2 * 2**20)
    assert (settings.most_pixels, settings.photo_seconds) == (5_000_000, 7)
    assert settings.most_total == 9 * 2**20


def test_names_reach_the_studio(mocker):
    studio = mocker.patch("gradio_demo.app.Studio")
    line = ["--host-name", "studio.example", "--host-name", "photos.example"]
    assert CliRunner().invoke(command, line).exit_code == 0
    assert studio.return_value.start.call_args.args[-1] == ("studio.example", "photos.example")


def test_an_unknown_model_is_told_in_one_line():
    arguments = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--model", "nothing"]
    run = subprocess.run(arguments, capture_output=True, text=True)
    assert run.returncode == 1
    assert "nothing" in run.stderr
    assert "Traceback" not in run.stderr


def test_every_part_of_the_page_is_in_the_package():
    import gradio_demo

    web = Path(gradio_demo.__file__).parent / "web"
    assert {path.suffix for path in web.iterdir()} == {".css", ".html", ".js", ".json"}
