import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import colorize_core
from colorize_core.photo import PassedOver, PhotoError, find_photos, look_through

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


NAMES = [
    *(".jfif", ".jpe", ".mpo", ".jp2", ".j2k", ".jxl", ".tga", ".pgm", ".pbm", ".psd", ".dng"),
    *(".qoi", ".pcx", ".heics", ".HIF"),
]


@pytest.mark.parametrize("suffix", NAMES)
def test_all_that_can_be_read_is_found(tmp_path, suffix):
    (tmp_path / f"x{suffix}").touch()
    assert names(tmp_path) == [f"x{suffix}"]


def test_a_photo_is_found_by_how_it_begins_where_its_name_tells_nothing(tmp_path, color_image):
    color_image.save(tmp_path / "scan 1", "PNG")
    color_image.save(tmp_path / "scan.2_large", "WEBP")
    color_image.save(tmp_path / "film.thm", "JPEG")
    (tmp_path / "scan 3").write_text("no photo")
    (tmp_path / "cars").write_text("BMW, and others")
    color_image.save(tmp_path / "scan 4", "PPM")
    color_image.save(tmp_path / "scan 5", "BMP")
    assert names(tmp_path) == ["scan 1", "scan 4", "scan 5", "scan.2_large"]


def test_what_is_passed_over_is_known_by_its_kind(album):
    (album / "m" / "film.MOV").touch()
    (album / "x.cr2").touch()
    found = [item for item in look_through(album) if isinstance(item, PassedOver)]
    assert {item.path.name: item.kind for item in found} == {
        "notes.txt": ".txt",
        "film.MOV": "films",
        "x.cr2": "camera raw",
    }


def test_linked_folders_are_searched_once_and_links_in_a_circle_end(album, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "f.png").touch()
    (album / "a-link").symlink_to(elsewhere)
    (album / "b-link").symlink_to(elsewhere)
    (album / "circle").symlink_to(album)
    (elsewhere / "back").symlink_to(album / "m")
    assert names(album) == ["a.JPG", "b.png", "m/c.webp", "m/n/e.gif", "z/d.tif", "a-link/f.png"]


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
