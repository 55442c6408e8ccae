"""Photographs to archive, and a store like S3 on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage.data
from moto.server import ThreadedMotoServer
from PIL import Image
from pyarrow import fs

from colorize_core.archive.places import Place


@pytest.fixture(scope="module")
def store() -> Iterator[Place]:
    """A bucket of a store that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    said = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_REGION": "us-east-1"}
    said |= {"AWS_ACCESS_KEY_ID": "ann", "AWS_SECRET_ACCESS_KEY": "secret"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(name, value)
        client = fs.S3FileSystem(
            endpoint_override=said["AWS_ENDPOINT_URL"], allow_bucket_creation=True
        )
        client.create_dir("museum")
        yield Place.parse("s3://museum")
    server.stop()


def save_photos(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write photographs in grey, each another."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = Image.fromarray(skimage.data.camera())
    for number in range(count):
        camera.rotate(number).resize(size).save(folder / f"{number:02}.jpg")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three small photographs."""
    save_photos(tmp_path / "photos", 3, (96, 64))
    return tmp_path / "photos"


def environment() -> dict[str, str]:
    """The variables of a process of its own; it computes with one thread."""
    return os.environ | {"OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
