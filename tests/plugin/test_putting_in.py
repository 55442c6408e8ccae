import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colorize_core.worker.home import Engine
from gimp_plugin import installation


@pytest.fixture
def engine(tmp_path) -> Engine:
    return Engine(Path(sys.executable), tmp_path / "home", "1.2")


@pytest.fixture
def plugins(tmp_path) -> Path:
    return tmp_path / "GIMP/3.0/plug-ins"


def test_the_file_is_named_as_its_folder_and_can_be_run(plugins, engine):
    folder = installation.install(plugins, engine)
    assert folder == plugins / "colorize"
    program = folder / "colorize.py"
    assert os.access(program, os.X_OK)
    assert program.read_text().startswith("#!/usr/bin/env python3\n")


def test_it_is_told_where_the_engine_is(plugins, engine, tmp_path):
    note = json.loads((installation.install(plugins, engine) / "engine.json").read_text())
    assert note == {"python": sys.executable, "home": str(tmp_path / "home"), "version": "1.2"}


def test_it_carries_what_it_imports(plugins, engine):
    """In a Python that finds nothing else of this project, as GIMP's."""
    folder = installation.install(plugins, engine)
    code = "from colorize_core.worker.caller import connect_or_start; print(__import__('sys').path)"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "site-packages" not in ran.stdout


def test_what_is_installed_is_current(plugins, engine):
    assert not installation.is_there(plugins)
    installation.install(plugins, engine)
    assert installation.is_there(plugins)
    assert installation.is_current(plugins, engine)


@pytest.mark.parametrize("version", ["1.3", None])
def test_another_engine_makes_it_stale(plugins, engine, version):
    installation.install(plugins, engine)
    assert not installation.is_current(plugins, Engine(engine.python, engine.home, version))


def test_a_changed_or_missing_file_makes_it_stale(plugins, engine):
    folder = installation.install(plugins, engine)
    (folder / "layers.py").write_text("")
    assert not installation.is_current(plugins, engine)
    (folder / "layers.py").unlink()
    assert not installation.is_current(plugins, engine)


def test_a_file_that_cannot_be_run_makes_it_stale(plugins, engine, mocker):
    installation.install(plugins, engine)
    mocker.patch.object(installation.os, "access", return_value=False)  # root may run any file
    assert not installation.is_current(plugins, engine)


def test_an_earlier_one_is_replaced_whole(plugins, engine):
    folder = installation.install(plugins, engine)
    (folder / "old.py").touch()
    installation.install(plugins, engine)
    assert not (folder / "old.py").exists()
    assert [path.name for path in plugins.iterdir()] == ["colorize"]


def test_another_plugin_of_the_name_is_not_replaced(plugins, engine):
    (plugins / "colorize").mkdir(parents=True)
    (plugins / "colorize/colorize.py").write_text("somebody else's")
    with pytest.raises(FileExistsError, match="another plug-in"):
        installation.install(plugins, engine)
    assert (plugins / "colorize/colorize.py").read_text() == "somebody else's"


def test_a_link_into_somebodys_sources_stays(plugins, engine, tmp_path):
    sources = installation.install(tmp_path / "sources", engine)
    plugins.mkdir(parents=True)
    (plugins / "colorize").symlink_to(sources)
    assert not installation.remove(plugins, engine.home)
    with pytest.raises(FileExistsError):
        installation.install(plugins, engine)
    assert (plugins / "colorize/engine.json").exists()


def test_what_an_interrupted_installation_left_is_no_hindrance(plugins, engine):
    for leftover in ("colorize.part", "colorize.old"):
        (plugins / leftover).mkdir(parents=True)
    installation.install(plugins, engine)
    assert [path.name for path in plugins.iterdir()] == ["colorize"]


def test_it_is_removed_with_its_engine_only(plugins, engine, tmp_path):
    installation.install(plugins, engine)
    assert not installation.remove(plugins, tmp_path / "another home")
    assert installation.is_there(plugins)
    assert installation.remove(plugins, engine.home)
    assert not installation.is_there(plugins)


def test_somebody_elses_folder_of_the_name_is_not_removed(plugins, engine):
    (plugins / "colorize").mkdir(parents=True)
    (plugins / "colorize/colorize.py").touch()
    assert not installation.remove(plugins, engine.home)
    assert (plugins / "colorize/colorize.py").exists()
