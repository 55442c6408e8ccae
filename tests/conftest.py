"""Weights, photographs and helpers that several packages' tests need."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch import Tensor, nn

from colorize_core.engine import Colorizer
from colorize_core.models import build_network
from colorize_core.models.files import export_weights

HERE = Path(__file__).parent
LOGIT_SPREAD = 3.0
# Answers as GIMP's console does: its version, and Python in which a plug-in's procedure exists.
FAKE_GIMP = """#!{python}
import pathlib, sys, types
if "--version" in sys.argv:
    print("GNU Image Manipulation Program version {version}")
    sys.exit()
pathlib.Path(__file__).with_suffix(".asked").touch()
settings = pathlib.Path({plugins!r}).parent
if {starts!r} and not settings.exists():  # the first start
    settings.mkdir(parents=True)
    (settings / "taken-over").touch()
lists = {lists!r} and pathlib.Path({plugins!r}, "colorize", "colorize.py").exists()
pdb = types.SimpleNamespace(procedure_exists=lambda name: lists and name == "plug-in-colorize")
gimp = types.SimpleNamespace(get_pdb=lambda: pdb)
sys.modules["gi"] = types.ModuleType("gi")
sys.modules["gi.repository"] = types.SimpleNamespace(Gimp=gimp)
if {answers!r}:
    exec(sys.argv[sys.argv.index("-b") + 1])
"""


# Folders whose files share what only one process at a time should make or use.
TOGETHER = ("gimp", "install")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give what shares fixtures to one of several processes: a file's tests, or a folder's.

    Marks of groups would say the same, but pytest 9.2 has no place for what xdist 3.8 does to them:
    it ignores them without a word.
    """
    from xdist.scheduler import LoadGroupScheduling

    class ByFixtures(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByFixtures(config, log) if config.getvalue("dist") == "loadgroup" else None


def group_of(nodeid: str) -> str:
    """Name what a test shares its process with: its file, or its folder."""
    file = nodeid.split("::")[0]
    folder = Path(file).parent.name
    return folder if folder in TOGETHER else file


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Let one thread compute: for networks this small, more would wait for each other."""
    torch.set_num_threads(1)


def _seeded_lite(outputs: int) -> nn.Module:
    """A ``lite`` whose random weights give vivid, varied colours and listen to hints."""
    torch.manual_seed(0)
    network: Any = build_network("lite", outputs)
    for name, parameter in network.named_parameters():
        if "hint" in name:
            nn.init.normal_(parameter, std=0.1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # one batch decides
    with torch.no_grad():
        output = network.train()(100.0 * torch.rand(4, 1, 64, 64))
        scale = (1.0 if outputs == 2 else LOGIT_SPREAD) / output.std()
        network.head.weight.mul_(scale)
        network.head.bias.mul_(scale)
    return network.eval()


@pytest.fixture(scope="session")
def lite_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of ``lite`` with random weights."""
    path = tmp_path_factory.mktemp("weights") / "random-lite.safetensors"
    export_weights(path, _seeded_lite(313).state_dict(), {})
    return path


@pytest.fixture(scope="session")
def regression_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a ``lite`` that regresses ab, with random weights."""
    path = tmp_path_factory.mktemp("weights") / "random-regression.safetensors"
    export_weights(path, _seeded_lite(2).state_dict(), {})
    return path


@pytest.fixture(scope="session")
def eccv16_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of ``eccv16`` with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "random-eccv16.safetensors"
    export_weights(path, build_network("eccv16").state_dict(), {})
    return path


@pytest.fixture(scope="session")
def colorizer(lite_weights: Path) -> Colorizer:
    """A colorizer with random weights, on the CPU."""
    return Colorizer(lite_weights, device="cpu")


@pytest.fixture
def random_colors() -> np.ndarray:
    """sRGB in 0..1, float64 ``(40, 50, 3)``, the corners of the cube among them."""
    colors = np.random.default_rng(0).random((40, 50, 3))
    colors[0, :8] = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    return colors


@pytest.fixture
def color_image() -> Image.Image:
    """A small photo in colour, 48 pixels wide and 36 high."""
    down, across = np.mgrid[0:36, 0:48]
    return Image.fromarray(
        np.stack((across * 5, down * 7, (across + down) * 3), -1).astype(np.uint8)
    )


@pytest.fixture
def mixed_photos(tmp_path: Path) -> Path:
    """A folder with a photograph in colour and one in grey."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(skimage.data.coffee()).save(folder / "coffee.png")
    Image.fromarray(skimage.data.camera()).save(folder / "camera.png")
    return folder


@pytest.fixture
def fake_gimp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a program that answers as GIMP does, alone on the PATH; gives its plug-ins' folder."""
    programs, settings = tmp_path / "programs", tmp_path / "settings"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)

    def make(
        name: str = "gimp-console-3.0",
        version: str = "3.0.4",
        lists: bool = True,
        answers: bool = True,
        starts: bool = True,
    ) -> Path:
        folder = settings / "GIMP" / version.rpartition(".")[0] / "plug-ins"
        program = programs / name
        behaviour = {"lists": lists, "answers": answers and starts, "starts": starts}
        facts = {"version": version, "plugins": str(folder), **behaviour}
        program.write_text(FAKE_GIMP.format(python=sys.executable, **facts))
        program.chmod(0o755)
        return folder

    return make


@pytest.fixture
def seen_sizes(colorizer):
    """Heights and widths that the colorizer's network was called with."""
    sizes: list[tuple[int, int]] = []

    def note(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        sizes.append(tuple(arguments[0].shape[2:]))

    handle = colorizer.network.register_forward_pre_hook(note)
    yield sizes
    handle.remove()
