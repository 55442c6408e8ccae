"""Photographs that whole runs train on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage.data
import torch
from PIL import Image


@pytest.fixture(scope="session", autouse=True)
def _threads_whatever_else_runs() -> Iterator[None]:
    """Let runs take as many threads as PyTorch does, so that they are alike to the bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))
        yield


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four of scikit-image's photographs."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
    return folder
