import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import colorize_core
from colorize_core.photo import PhotoError, find_photos

ROOT = Path(colorize_core.__file__).resolve().parent.parent

FIND = """
    import sys
    from pathlib import Path
    from colorize_core.photo import find_photos

    for found in find_photos(Path(sys.argv[1])):
        print(type(found).__name__, found)
"""


@pytest.fixture
def album(tmp_path) -> Path:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.jpg", "z/d.tif", "m/c.webp", "m/n/e.gif"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def names(album: Path, **options) -> list[str]:
    return [str(found.relative_to(album)) for found in find_photos(album, **options)]


def test_photos_are_found_in_order_at_every_depth(album):
    assert names(album) == ["a.JPG", "b.png", "m/c.webp", "m/n/e.gif", "z/d.tif"]


def test_a_folder_can_be_left_out(album):
    assert names(album, leave_out=album / "m") == ["a.JPG", "b.png", "z/d.tif"]


def test_a_folder_that_does_not_exist_yet_can_be_left_out(album):
    assert len(names(album, leave_out=album / "output")) == 5


def test_other_and_hidden_files_are_no_photos(album):
    assert not {"notes.txt", ".hidden.jpg"} & set(names(album))


def test_missing_folders_come_up_as_errors(tmp_path):
    (error,) = find_photos(tmp_path / "nowhere")
    assert isinstance(error, PhotoError)
    assert str(tmp_path / "nowhere") in str(error)


def test_unreadable_folders_come_up_as_errors_beside_the_photos(album):
    locked = album / "m"
    locked.chmod(0)
    # Root may list anything unless it gives up these two capabilities.
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    try:
        done = subprocess.run(
            [
                *(humbly if os.geteuid() == 0 else []),
                *(sys.executable, "-c", textwrap.dedent(FIND), str(album)),
            ],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
    finally:
        locked.chmod(0o700)
    assert f"PhotoError {locked}: cannot be listed: Permission denied" in done.stdout
    assert f"{album / 'z' / 'd.tif'}" in done.stdout
