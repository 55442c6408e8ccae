"""The pins, their hashes, and torch from another index."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from needs import lacking

import install
from installer import installation, lock, packages, processes
from installer.advice import InstallError
from installer.places import CHECKOUT, Environment, pin_entries

AUDIT = ["--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
AUDIT += ["--requirement=pins.txt", "--requirement=pins-test.txt"]
OFFLINE = ("dns error", "error sending request", "Failed to fetch", "client error")


def test_every_pin_is_a_name_one_version_and_hashes(pins):
    for entry in pins:
        assert re.fullmatch(
            r"[a-z0-9-]+==[0-9.]+( ; [A-Za-z0-9_ .'<>=!()]+)?"
            r"( \\\n    --hash=sha256:[0-9a-f]{64})+\n",
            entry,
        ), entry


def test_pins_name_no_host():
    for name in ("pins.txt", "pins-test.txt"):
        text = (CHECKOUT / name).read_text()
        assert "//" not in text
        assert "index-url" not in text
        assert "@" not in text


def test_pins_are_what_the_registry_has():
    """Every version is there still, with these very files, and fits what the package asks for."""
    files = {path: path.read_text() for path in (packages.PINS, packages.TEST_PINS)}
    try:
        fresh = lock.lock("".join(files.values()))
    except lock.LockError as error:
        if any(text in str(error) for text in OFFLINE):
            lacking(f"no registry answers: {error}")
        raise
    for path, text in files.items():
        assert pin_entries(text) == pin_entries(fresh[path]), f"{path.name}: run installer.lock"


def test_no_pin_has_a_known_vulnerability():
    audit = subprocess.run(
        [sys.executable, "-m", "uv", "tool", "run", "--quiet", "pip-audit==2.10.1", *AUDIT],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    if not audit.stdout:
        lacking(f"pip-audit cannot run: {audit.stderr.strip()[-200:]}")
    dependencies = json.loads(audit.stdout)["dependencies"]
    answered = [found for found in dependencies if "skip_reason" not in found]
    if not answered:
        pytest.skip("no registry tells of vulnerabilities")
    assert not [found for found in answered if found["vulns"]]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment whose pip sees one folder of wheels and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return Environment(tmp_path / "venv", tmp_path / "stamp", tmp_path / "log")


def lay_wheel(folder, name: str, version: str, content: str, requires: str = "") -> str:
    """Make a package of one module; its hash."""
    info = f"{name}-{version}.dist-info"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", content)
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
        file.writestr(f"{info}/METADATA", about)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tags)
        file.writestr(f"{info}/RECORD", "")
    return packages.sha256(wheel)


def lay_pins(mocker, folder, **hashes: str) -> None:
    """Make pins of version 1.0 the only ones there are."""
    file = folder / "pins.txt"
    lines = (f"{name}==1.0 \\\n    --hash=sha256:{digest}\n" for name, digest in hashes.items())
    file.write_text("".join(lines))
    mocker.patch.object(packages, "PINS", file)
    mocker.patch.object(packages, "install_source")


@pytest.mark.parametrize("altered", ["torch", "toy"])
def test_a_wheel_that_was_altered_on_its_way_is_refused(environment, tmp_path, mocker, altered):
    wheels = tmp_path / "wheels"
    hashes = {name: lay_wheel(wheels, name, "1.0", "good = True") for name in ("torch", "toy")}
    lay_pins(mocker, tmp_path, **hashes)
    lay_wheel(wheels, altered, "1.0", "good = False")
    with pytest.raises(InstallError, match="altered it"):
        packages.install_packages(environment, None, False, tmp_path)
    assert packages.installed(environment, altered) is None


@pytest.mark.parametrize("cuda", [True, False])
def test_cuda_comes_with_a_build_of_torch_that_asks_for_it(environment, tmp_path, mocker, cuda):
    wheels = tmp_path / "wheels"
    requires = "Requires-Dist: nvidia-toy==1.0\n" if cuda else "Requires-Dist: toy\n"
    # Of two builds, pip takes the one with a local version.
    build = lay_wheel(wheels, "torch", "1.0+local", "", requires)
    lay_wheel(wheels, "torch", "1.0", "")
    hashes = {"toy": lay_wheel(wheels, "toy", "1.0", "")}
    hashes["nvidia-toy"] = lay_wheel(wheels, "nvidia_toy", "1.0", "")
    lay_pins(mocker, tmp_path, torch=build, **hashes)
    packages.install_packages(environment, None, False, tmp_path)
    assert packages.installed(environment, "torch").version == "1.0+local"
    assert packages.installed(environment, "toy") is not None
    assert (packages.installed(environment, "nvidia-toy") is not None) == cuda


def test_torch_from_another_index_comes_first(home, mocker):
    asked = []

    def run(command, **_):
        required = command[-1] if "--requirement" in command else None
        asked.append((command, "" if required is None else Path(required).read_text()))
        return SimpleNamespace(returncode=0, stdout=b"")

    mocker.patch.object(processes.subprocess, "run", side_effect=run)
    mocker.patch.object(installation, "colorize_sample", return_value=home / "photo.jpg")
    assert install.main(["--torch-index", "elsewhere"]) == 0
    first, second, third = (pair for pair in asked if "install" in pair[0])
    assert first[0][-3:] == ["torch==2.13.0", "--index-url", "elsewhere"]
    assert "--require-hashes" in second[0]
    assert not re.search("^(torch|nvidia|cuda|triton)", second[1], re.MULTILINE)
    assert third[0][-1].endswith("source")
