import errno
import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import colorize_core
from colorize_core.atomic import replacing, write_bytes
from colorize_core.photo import (
    WRITABLE_SUFFIXES,
    Photo,
    PhotoError,
    profiles,
    read_photo,
    write_photo,
)

ROOT = Path(colorize_core.__file__).resolve().parent.parent

WITH_A_LIMIT_ON_FILES = """
    import resource, sys
    import numpy as np
    from colorize_core.photo import Photo, PhotoError, read_photo, write_photo

    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        write_photo(Photo(noise), sys.argv[1], overwrite=True)
    except PhotoError as error:
        print(error)
"""


@pytest.fixture
def photo(color_image) -> Photo:
    return Photo(np.asarray(color_image))


@pytest.fixture
def half_transparent(photo) -> Photo:
    photo.alpha = np.zeros(photo.size, np.uint8)
    photo.alpha[:, 24:] = 255
    return photo


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".PNG"])
def test_lossless_formats_hold_the_pixels(photo, tmp_path, suffix):
    write_photo(photo, tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / f"x{suffix}")), photo.pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp"])
def test_lossy_formats_hold_nearly_the_pixels(photo, tmp_path, suffix):
    write_photo(photo, tmp_path / f"x{suffix}")
    difference = np.asarray(Image.open(tmp_path / f"x{suffix}")).astype(int) - photo.pixels
    assert np.abs(difference).mean() < 4


def test_unknown_suffixes_are_refused_with_those_known(photo, tmp_path):
    with pytest.raises(PhotoError, match=r"x\.xyz: cannot write this format") as caught:
        write_photo(photo, tmp_path / "x.xyz")
    assert all(suffix in str(caught.value) for suffix in WRITABLE_SUFFIXES)


def test_existing_files_are_kept(photo, tmp_path):
    (tmp_path / "x.png").write_bytes(b"old")
    with pytest.raises(PhotoError, match=r"x\.png: exists already"):
        write_photo(photo, tmp_path / "x.png")
    assert contents(tmp_path) == {"x.png": b"old"}


def test_existing_files_are_replaced_on_request(photo, tmp_path):
    (tmp_path / "x.png").write_bytes(b"old")
    write_photo(photo, tmp_path / "x.png", overwrite=True)
    assert Image.open(tmp_path / "x.png").size == (48, 36)


def test_nothing_but_the_photo_is_written(photo, tmp_path):
    write_photo(photo, tmp_path / "x.png")
    assert [file.name for file in tmp_path.iterdir()] == ["x.png"]


def test_missing_folders_are_made(photo, tmp_path):
    write_photo(photo, tmp_path / "new" / "folder" / "x.png")
    assert (tmp_path / "new" / "folder" / "x.png").is_file()


def test_jpeg_lays_transparent_photos_on_white(half_transparent, tmp_path):
    write_photo(half_transparent, tmp_path / "x.jpg")
    written = np.asarray(Image.open(tmp_path / "x.jpg")).astype(int)
    assert written[:, :16].min() >= 250
    assert np.abs(written[:, 32:] - half_transparent.pixels[:, 32:]).mean() < 4


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_alpha_is_kept_where_the_format_has_it(half_transparent, tmp_path, suffix):
    write_photo(half_transparent, tmp_path / f"x{suffix}")
    alpha = Image.open(tmp_path / f"x{suffix}").getchannel("A")
    np.testing.assert_array_equal(np.asarray(alpha), half_transparent.alpha)


def test_a_full_disk_is_reported_with_file_and_reason(photo, tmp_path, mocker):
    reason = os.strerror(errno.ENOSPC)
    mocker.patch("colorize_core.atomic.os.fsync", side_effect=OSError(errno.ENOSPC, reason))
    with pytest.raises(PhotoError, match=rf"x\.png: cannot be written: {reason}"):
        write_photo(photo, tmp_path / "x.png")


def test_a_full_disk_leaves_nothing_behind(photo, tmp_path, mocker):
    mocker.patch("colorize_core.atomic.os.fsync", side_effect=OSError(errno.ENOSPC, "full"))
    with pytest.raises(PhotoError):
        write_photo(photo, tmp_path / "x.png")
    assert contents(tmp_path) == {}


def test_a_full_disk_keeps_the_old_file(photo, tmp_path, mocker):
    (tmp_path / "x.png").write_bytes(b"old")
    mocker.patch("colorize_core.atomic.os.fsync", side_effect=OSError(errno.ENOSPC, "full"))
    with pytest.raises(PhotoError):
        write_photo(photo, tmp_path / "x.png", overwrite=True)
    assert contents(tmp_path) == {"x.png": b"old"}


def test_an_interruption_leaves_nothing_behind(photo, tmp_path, mocker):
    mocker.patch("colorize_core.atomic.os.fsync", side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        write_photo(photo, tmp_path / "x.png")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_write_that_fails_midway_keeps_the_old_file(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WITH_A_LIMIT_ON_FILES), str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert f"{path}: cannot be written: {os.strerror(errno.EFBIG)}" in done.stdout
    assert contents(tmp_path) == {path.name: b"old"}


@pytest.mark.parametrize(
    ("suffix", "side"), [(".jpg", 65500), (".webp", 16383), (".avif", 32768), (".png", 1_000_000)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_photos_as_large_as_the_format_allows_are_read_again_and_larger_ones_refused(
    tmp_path, suffix, side, channels
):
    path = tmp_path / f"x{suffix}"
    pixels = np.zeros((1, side + 1, 3)[: 2 if channels == 1 else 3], np.uint8)
    with pytest.raises(PhotoError, match=rf"cannot be written: this format holds {side} pixels"):
        write_photo(Photo(pixels), path)
    assert contents(tmp_path) == {}
    write_photo(Photo(np.ascontiguousarray(pixels[:, :-1])), path)
    assert read_photo(path).size == (1, side)


def test_avifs_of_more_pixels_than_decoders_take_are_refused(tmp_path):
    vast = np.broadcast_to(np.zeros(3, np.uint8), (16385, 16384, 3))  # takes no memory
    with pytest.raises(PhotoError, match="holds 268 megapixels, the photo is 16384 x 16385"):
        write_photo(Photo(vast), tmp_path / "x.avif")


def test_what_an_encoder_makes_is_opened_before_it_takes_its_name(photo, tmp_path, mocker):
    mocker.patch("PIL.Image.Image.save", lambda image, file, *a, **k: file.write(b"no picture"))
    path = tmp_path / "x.webp"
    path.write_bytes(b"old")
    with pytest.raises(PhotoError, match="made a file that cannot be opened"):
        write_photo(photo, path, overwrite=True)
    assert contents(tmp_path) == {path.name: b"old"}


@pytest.mark.parametrize("suffix", sorted(WRITABLE_SUFFIXES - {".heic", ".heif"}))
def test_the_same_photo_gives_the_same_bytes_at_any_time(photo, tmp_path, suffix):
    written = []
    for name in ("a", "b"):
        profiles.srgb_profile.cache_clear()  # as another process has it
        write_photo(photo, tmp_path / f"{name}{suffix}")
        written.append((tmp_path / f"{name}{suffix}").read_bytes())
        time.sleep(1.1)  # a second, which profiles say
    assert written[0] == written[1]


@pytest.fixture
def umask():
    """Sets the process's umask, and puts back what it was."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_photo_that_is_replaced_keeps_who_may_read_it(photo, tmp_path, umask, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_photo(photo, path, overwrite=True)
    assert mode_of(path) == 0o600
    path.chmod(0o664)
    write_photo(photo, path, overwrite=True)
    assert mode_of(path) == 0o664


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_new_files_follow_the_umask(tmp_path, umask, mask, mode, photo):
    umask(mask)
    write_photo(photo, tmp_path / "x.png")
    with replacing(tmp_path / "weights") as temporary:  # as written under another name by a library
        other = tmp_path / "other"
        other.write_bytes(b"weights")
        other.chmod(0o600)
        other.replace(temporary)
    assert (mode_of(tmp_path / "x.png"), mode_of(tmp_path / "weights")) == (mode, mode)


def test_nobody_else_may_read_a_private_file_while_it_is_written(tmp_path, umask):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
        assert mode_of(temporary) == 0o600


@pytest.mark.parametrize("letter", ["a", "ä", "写"])
@pytest.mark.parametrize("length", [240, 246, 255])
def test_names_may_be_as_long_as_the_file_system_has_them(tmp_path, letter, length):
    names = [letter * ((length - 5) // len(letter.encode())) + end for end in ("1.png", "2.png")]
    with replacing(tmp_path / names[0]) as one, replacing(tmp_path / names[1]) as other:
        one.write_bytes(b"one")
        other.write_bytes(b"other")
    write_bytes(tmp_path / names[1], b"again")
    assert contents(tmp_path) == {names[0]: b"one", names[1]: b"again"}


def test_a_file_in_place_of_the_folder_is_reported(photo, tmp_path):
    (tmp_path / "folder").write_bytes(b"a file")
    with pytest.raises(PhotoError, match=r"x\.png: cannot be written"):
        write_photo(photo, tmp_path / "folder" / "x.png")
