import sys
from pathlib import Path

import pytest

from colorize_core import __version__
from colorize_core.cli.doctor_gimp import examine_gimps
from colorize_core.worker.caller import WorkerError
from colorize_core.worker.home import Engine
from gimp_plugin import installation


@pytest.fixture
def engine(tmp_path, monkeypatch) -> Engine:
    """The one that the doctor belongs to."""
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "home"))
    return Engine(Path(sys.executable), tmp_path / "home", __version__)


def report() -> list[tuple[str, str]]:
    return [(finding.state, finding.text) for finding in examine_gimps()]


def test_no_gimp_is_a_note(engine, fake_gimp):
    ((state, text),) = report()
    assert state == "note"
    assert "no GIMP 3 found" in text


def test_a_gimp_without_the_plugin_is_a_note(engine, fake_gimp):
    fake_gimp()
    state, text = report()[0]
    assert state == "note"
    assert "GIMP 3.0 has no plug-in" in text
    assert "run install.py again" in text


def test_a_gimp_that_lists_the_plugin_is_well(engine, fake_gimp):
    plugins = fake_gimp()
    installation.install(plugins, engine)
    assert report() == [
        ("ok", f"GIMP 3.0 lists Filters > Colorize ({plugins})"),
        ("ok", "the worker for GIMP starts when it is needed"),
    ]


def test_a_plugin_of_another_version_is_a_note(engine, fake_gimp):
    installation.install(fake_gimp(), Engine(engine.python, engine.home, "0.0.1"))
    state, text = report()[0]
    assert state == "note"
    assert "of another version" in text


@pytest.mark.parametrize(
    ("behaviour", "told"), [("lists", "does not list the plug-in"), ("answers", "does not answer")]
)
def test_a_gimp_that_does_not_know_it_is_bad(engine, fake_gimp, behaviour, told):
    installation.install(fake_gimp(**{behaviour: False}), engine)
    state, text = report()[0]
    assert state == "bad"
    assert told in text


def test_a_worker_that_ends_meanwhile_is_told(engine, fake_gimp, mocker):
    installation.install(fake_gimp(), engine)
    gone = WorkerError("gone", "the worker ended", "try again", engine.log)
    worker = mocker.MagicMock()
    worker.status.side_effect = gone
    worker.__exit__.return_value = False
    mocker.patch("colorize_core.worker.caller.connect", return_value=worker)
    assert report()[-1] == ("bad", f"the worker for GIMP does not answer: {gone}")


def test_a_flatpak_needs_a_running_worker(engine, fake_gimp, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fake_gimp("flatpak")
    state, text = report()[-1]
    assert state == "note"
    assert "colorize worker start" in text
