"""A server on loopback, and caches of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stand_in import StandIn, serving

from colorize_core.sharing import hub

CHECKOUT = Path(__file__).parents[2]
_PARTS = ("colorize_core", "gimp_plugin", "gradio_demo", "LICENSE", "README.md", "pyproject.toml")
_BUILD = "import sys, setuptools.build_meta as b; getattr(b, f'build_{sys.argv[1]}')(sys.argv[2])"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an sdist of a copy of the checkout, and of the wheel made from that."""
    source, to = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for part in _PARTS:
        if (CHECKOUT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / part, source / part, ignore=ignored)
        else:
            shutil.copyfile(CHECKOUT / part, source / part)
    _build("sdist", source, to)
    with tarfile.open(next(to.glob("*.tar.gz"))) as archive:
        archive.extractall(source, filter="data")
    _build("wheel", next(source.glob("colorize-*")), to)
    return to


def _build(kind: str, folder: Path, to: Path) -> None:
    line = [sys.executable, "-c", _BUILD, kind, str(to)]
    subprocess.run(line, cwd=folder, check=True, capture_output=True, timeout=300)


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A stand-in for the hub and for the authors' server."""
    with serving() as server:
        yield server


@pytest.fixture
def colorize(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``colorize`` in a process that knows the stand-in alone, with caches of its own."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLORIZE_WEIGHTS_MIRROR", f"{server.url}/files")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "colorize_core.cli.app", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def here(server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in as the hub of this process too, whose library has read the environment."""
    # The studio turns the hub off when it is first imported, by a patch of it for one: before this.
    from huggingface_hub import constants

    import gradio_demo  # noqa: F401

    template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub" / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # the studio's tests have it otherwise
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "hub" / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return server


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Have no name of a hub remembered from another test."""
    hub.hub_weights.cache_clear()
    yield
    hub.hub_weights.cache_clear()
