"""Photographs to archive, and a store like S3 on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_archives import save_photos
from moto.server import ThreadedMotoServer
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


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three small photographs."""
    save_photos(tmp_path / "photos", 3, (96, 64))
    return tmp_path / "photos"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The place of an archive that is not there yet."""
    return Place.parse(str(tmp_path / "archive"))
