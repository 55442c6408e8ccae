import sys
import time
from pathlib import Path

import pytest

from gimp_plugin import hosts
from gimp_plugin.hosts import Gimp, Kind, Listing, ask, find_gimps


def test_a_gimp_on_the_path_is_found_with_its_version_and_folder(fake_gimp):
    plugins = fake_gimp()
    (gimp,) = find_gimps()
    assert (gimp.kind, gimp.version, gimp.plugins) == (Kind.NATIVE, "3.0", plugins)
    assert gimp.name == "GIMP 3.0"


def test_every_version_is_found(fake_gimp):
    fake_gimp("gimp-console-3.0", "3.0.4")
    fake_gimp("gimp-console-3.2", "3.2.6")
    assert {gimp.version for gimp in find_gimps()} == {"3.0", "3.2"}


def test_the_program_without_a_window_is_preferred(fake_gimp):
    fake_gimp("gimp", "3.0.4")
    fake_gimp("gimp-console", "3.0.4")
    (gimp,) = find_gimps()
    assert Path(gimp.program[0]).name == "gimp-console"


def test_links_to_one_program_count_once(fake_gimp, tmp_path):
    fake_gimp("gimp-console-3.0")
    (tmp_path / "programs/gimp").symlink_to("gimp-console-3.0")
    assert len(find_gimps()) == 1


@pytest.mark.parametrize("name", ["gimp-2.10", "gimptool-3.0", "gimp-test-clipboard-3.0"])
def test_other_programs_of_the_name_are_left_alone(fake_gimp, name):
    fake_gimp(name)
    assert find_gimps() == []


def test_gimp_2_is_no_gimp_3(fake_gimp):
    fake_gimp("gimp", "2.10.34")
    assert find_gimps() == []


def test_a_program_that_cannot_run_is_no_gimp(fake_gimp, tmp_path):
    fake_gimp()
    (tmp_path / "programs/gimp-console-3.0").write_text("#!/nowhere/python\n")
    assert find_gimps() == []


def test_a_chosen_folder_of_settings_counts(fake_gimp, tmp_path, monkeypatch):
    fake_gimp()
    monkeypatch.setenv("GIMP3_DIRECTORY", str(tmp_path / "mine"))
    assert find_gimps()[0].plugins == tmp_path / "mine/plug-ins"


@pytest.mark.parametrize("name", ["gimp-console-3.0", "flatpak"])
def test_a_chosen_folder_may_be_relative_to_the_home_folder(fake_gimp, tmp_path, monkeypatch, name):
    fake_gimp(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIMP3_DIRECTORY", "mine")
    assert find_gimps()[0].plugins == tmp_path / "mine/plug-ins"


@pytest.mark.parametrize(
    "said",
    [
        "GNU Image Manipulation Program Version 3.0.4",
        "GNU Image Manipulation Program ver.3.0.4",
        "GNU Image Manipulation Program-verzió: 3.0.4",
        "GNU 影像處理程式 版本 3.0.0-RC1",
    ],
)
def test_the_version_is_understood_in_every_language(fake_gimp, tmp_path, said):
    fake_gimp()
    (tmp_path / "programs/gimp-console-3.0").write_text(f"#!/bin/sh\necho '{said}'\n")
    assert find_gimps()[0].version == "3.0"


def test_a_flatpak_uses_the_users_settings_and_may_not_start_programs(
    fake_gimp, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    fake_gimp("flatpak", "3.0.8")
    (gimp,) = find_gimps()
    assert gimp.program == ("flatpak", "run", "--command=gimp-console-3.0", "org.gimp.GIMP")
    assert gimp.plugins == tmp_path / ".config/GIMP/3.0/plug-ins"
    assert gimp.name == "GIMP 3.0 (Flatpak)"
    assert not gimp.starts_programs


def test_a_snap_has_a_folder_of_its_own(fake_gimp, tmp_path, monkeypatch):
    fake_gimp("gimp", "3.0.4")
    monkeypatch.setattr(hosts, "_SNAP_PROGRAMS", tmp_path / "programs")
    monkeypatch.setenv("HOME", str(tmp_path))
    (gimp,) = find_gimps()
    assert gimp.kind is Kind.SNAP
    assert not gimp.starts_programs
    assert gimp.plugins == tmp_path / "snap/gimp/current/.config/GIMP/3.0/plug-ins"


def test_on_macos_applications_are_searched(tmp_path, mocker, monkeypatch):
    mocker.patch.object(hosts.sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    program = tmp_path / "Applications/GIMP-3.0.app/Contents/MacOS/gimp-console-3.0"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho GNU Image Manipulation Program version 3.0.4\n")
    program.chmod(0o755)
    (gimp,) = find_gimps()
    assert gimp.program == (str(program),)
    assert gimp.plugins == tmp_path / "Library/Application Support/GIMP/3.0/plug-ins"


def test_on_windows_the_programs_folders_are_searched(tmp_path, mocker, monkeypatch):
    mocker.patch.object(hosts, "WINDOWS", True)
    for name in ("PROGRAMFILES", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    program = tmp_path / "LOCALAPPDATA/Programs/GIMP 3/bin/gimp-console-3.0.exe"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho GNU Image Manipulation Program version 3.0.4\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    native = [gimp for gimp in find_gimps() if gimp.kind is Kind.NATIVE]
    assert native == [
        Gimp(Kind.NATIVE, "3.0", (str(program),), tmp_path / "APPDATA/GIMP/3.0/plug-ins")
    ]


def test_gimp_is_asked_whether_it_lists_the_procedure(fake_gimp):
    plugins = fake_gimp()
    (gimp,) = find_gimps()
    assert ask(gimp) is Listing.MISSING
    (plugins / "colorize").mkdir(parents=True)
    (plugins / "colorize/colorize.py").touch()
    assert ask(gimp) is Listing.LISTED
    left = [path.name for path in plugins.parent.parent.rglob("*")]
    assert not any(name.startswith("colorize-") for name in left)


def test_gimp_makes_its_folder_of_settings_itself(fake_gimp):
    plugins = fake_gimp()
    (gimp,) = find_gimps()
    assert not gimp.has_settings
    ask(gimp)
    assert gimp.has_settings
    assert (plugins.parent / "taken-over").exists()


def test_gimps_plugins_find_its_own_python(fake_gimp, tmp_path, monkeypatch):
    """Not that of a virtual environment, which comes first where one is active."""
    fake_gimp()
    (gimp,) = find_gimps()
    python = tmp_path / "programs/python3"
    python.symlink_to(sys.executable)
    program = tmp_path / "programs/gimp-console-3.0"
    program.write_text(f"#!/bin/sh\ncommand -v python3 > {tmp_path}/found\nenv >> {tmp_path}/found")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    ask(gimp)
    found = (tmp_path / "found").read_text()
    assert found.splitlines()[0] == str(python)
    assert "PYTHONHOME" not in found


def test_a_gimp_that_does_not_answer_is_silent(fake_gimp):
    fake_gimp(answers=False)
    assert ask(find_gimps()[0]) is Listing.SILENT


def test_a_gimp_that_takes_too_long_is_silent(fake_gimp, tmp_path, monkeypatch):
    fake_gimp()
    (gimp,) = find_gimps()
    monkeypatch.setattr(hosts, "_ANSWER_SECONDS", 1.0)
    program = tmp_path / "programs/gimp-console-3.0"
    program.write_text(f"#!/bin/sh\n/bin/sleep 90 & echo $! > {tmp_path}/child\nwait\n")
    assert ask(gimp) is Listing.SILENT
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 30
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(child)


def runs(pid: int) -> bool:
    """Whether a process runs, in Linux' books; one that has ended may still be listed there."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_answer_counts_though_gimp_does_not_end(fake_gimp, tmp_path, monkeypatch):
    fake_gimp()
    (gimp,) = find_gimps()
    program = tmp_path / "programs/gimp-console-3.0"
    program.write_text(program.read_text() + "import time\ntime.sleep(60)\n")
    monkeypatch.setattr(hosts, "_ANSWER_SECONDS", 4.0)
    assert ask(gimp) is Listing.MISSING


def test_what_gimp_leaves_running_is_not_waited_for(fake_gimp, tmp_path):
    fake_gimp()
    program = tmp_path / "programs/gimp-console-3.0"
    program.write_text("#!/bin/sh\necho version 3.0.4\n/bin/sleep 60 &\n")
    began = time.monotonic()
    assert find_gimps()
    assert time.monotonic() - began < 30
