"""``colorize photo`` as its users run it: a real process, real files."""

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import tifffile
import torch
from pictures import is_color
from PIL import Image

from colorize_core.models.files import read_tensors, write_tensors

GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))


def test_a_photo_does_not_wait_for_modules_that_it_has_no_use_for(lite_weights, tmp_path):
    GREY.save(tmp_path / "photo.jpg")
    program = (
        "import sys\n"
        "from colorize_core.cli.app import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "unused = {'sympy', 'scipy', 'skimage', 'tifffile', 'numba', 'gradio'} & set(sys.modules)\n"
        "assert not unused, unused\n"
    )
    line = [sys.executable, "-c", program, "photo", "photo.jpg", "--model", str(lite_weights)]
    subprocess.run(line, cwd=tmp_path, check=True, timeout=120)


def test_one_photo_goes_beside_itself(colorize, tmp_path):
    GREY.save(tmp_path / "photo.jpg")
    result = colorize("photo.jpg")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "photo-colorized.jpg"
    assert is_color(tmp_path / "photo-colorized.jpg")


def test_one_photo_goes_where_it_is_told(colorize, tmp_path):
    GREY.save(tmp_path / "photo.jpg")
    assert colorize("photo.jpg", "-o", "new/colour.png").returncode == 0
    with Image.open(tmp_path / "new" / "colour.png") as image:
        assert image.size == (96, 64)
        assert image.format == "PNG"


def test_a_folder_keeps_its_structure(colorize, tmp_path):
    for name in ("a.jpg", "deep/b.png", "deep/er/c.bmp"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        GREY.save(path)
    (tmp_path / "scans" / "notes.txt").write_text("not a photo")
    result = colorize("scans", "-o", "out")
    assert result.returncode == 0, result.stderr
    assert "3 colorized, 0 failed" in result.stdout
    written = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")}
    assert written == {"a.jpg", "deep/b.png", "deep/er/c.png"}


def test_a_folder_in_itself_is_not_colorized_twice(colorize, tmp_path):
    (tmp_path / "scans").mkdir()
    GREY.save(tmp_path / "scans" / "a.jpg")
    for _ in range(2):
        assert colorize("scans", "-o", "scans/colour", "--overwrite").returncode == 0
    assert [p.name for p in (tmp_path / "scans" / "colour").rglob("*")] == ["a.jpg"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_bad_files_do_not_stop_good_ones(colorize, tmp_path, jobs):
    folder = tmp_path / "scans"
    folder.mkdir()
    GREY.save(folder / "b-good.jpg")
    GREY.save(folder / "d-good.png")
    (folder / "a-empty.jpg").touch()
    (folder / "c-text.jpg").write_text("not a photo")
    result = colorize("scans", "-o", "out", "--jobs", jobs)
    assert result.returncode == 1
    assert "2 colorized, 2 failed" in result.stdout
    assert "a-empty.jpg: the file is empty" in result.stderr
    assert "c-text.jpg: not a photograph" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["b-good.jpg", "d-good.png"]


def test_an_output_that_exists_is_kept_unless_told_otherwise(colorize, tmp_path):
    GREY.save(tmp_path / "photo.jpg")
    (tmp_path / "out.png").write_text("precious")
    result = colorize("photo.jpg", "-o", "out.png")
    assert result.returncode == 1
    assert "out.png: exists already; pass --overwrite" in result.stderr
    assert (tmp_path / "out.png").read_text() == "precious"
    assert colorize("photo.jpg", "-o", "out.png", "--overwrite").returncode == 0
    assert is_color(tmp_path / "out.png")


def test_photos_that_differ_by_their_kinds_alone_are_all_done(colorize, tmp_path):
    (tmp_path / "scans").mkdir()
    GREY.save(tmp_path / "scans" / "a.bmp")
    GREY.save(tmp_path / "scans" / "a.png")
    result = colorize("scans", "-o", "out")
    assert result.returncode == 0
    assert "2 colorized, 0 failed" in result.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-2.png", "a.png"]


def test_a_run_that_is_repeated_is_no_failure(colorize, tmp_path):
    GREY.save(tmp_path / "a.jpg")
    GREY.save(tmp_path / "b.png")
    assert colorize("a.jpg", "b.png", "-o", "out").returncode == 0
    result = colorize("a.jpg", "b.png", "-o", "out")
    assert result.returncode == 0
    assert result.stderr == ""
    assert "0 colorized, 0 failed, 2 done already" in result.stdout


def test_what_is_passed_over_is_named_with_advice(colorize, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    GREY.save(folder / "a.jfif", "JPEG")
    GREY.save(folder / "no suffix", "JPEG")
    for name in ("b.NEF", "c.nef", "d.pdf", "e.txt"):
        (folder / name).write_bytes(b"something")
    result = colorize("scans", "-o", "out")
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [
        "Passed over: camera raw (2 .nef): develop it in darktable, RawTherapee or the camera's "
        "program, as 16-bit TIFF",
        "Passed over: documents (d.pdf): take the pictures out first, with `pdfimages -all`, or "
        "save the pages as PNG",
        "Passed over: what is no photograph (e.txt)",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "no suffix.png"]


def test_a_photo_goes_through_pipes(colorize, tmp_path, lite_weights):
    GREY.save(tmp_path / "photo.png")
    line = [sys.executable, "-m", "colorize_core.cli.app", "photo", "-", "-o", "-"]
    line += ["--format", "jpg", "--quality", "20", "--model", str(lite_weights)]
    with (tmp_path / "photo.png").open("rb") as photo:
        done = subprocess.run(line, stdin=photo, capture_output=True, timeout=120, check=True)
    (tmp_path / "out").write_bytes(done.stdout)
    image: Any
    with Image.open(tmp_path / "out") as image:
        assert (image.format, image.size) == ("JPEG", (96, 64))
        assert image.quantization[0][0] > 30  # of quality 95 it is 2
    assert is_color(tmp_path / "out")
    assert done.stderr == b""


def test_an_unreadable_folder_is_named_and_the_others_are_colorized(colorize, tmp_path):
    (tmp_path / "scans" / "locked").mkdir(parents=True)
    GREY.save(tmp_path / "scans" / "a.jpg")
    (tmp_path / "scans" / "locked").chmod(0)
    # Root may read everything, unless it gives that up.
    mortal = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    result = colorize("scans", "-o", "out", before=mortal if os.geteuid() == 0 else ())
    (tmp_path / "scans" / "locked").chmod(0o700)
    assert result.returncode == 1
    assert "scans/locked: cannot be listed: Permission denied" in result.stderr
    assert "1 colorized, 1 failed" in result.stdout


def test_a_full_disk_leaves_nothing_half_written(colorize, tmp_path):
    Image.fromarray(skimage.data.camera()).save(tmp_path / "photo.png")

    def limit_file_size():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    result = colorize("photo.png", "-o", "out/colour.png", preexec_fn=limit_file_size)
    assert result.returncode == 1
    assert "out/colour.png: cannot be written: File too large" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_hints_color_what_they_point_at(colorize, tmp_path):
    GREY.save(tmp_path / "photo.png")
    hints = {"photo.png": [{"x": 40, "y": 30, "color": "#ff0000", "radius": 4}]}
    (tmp_path / "hints.json").write_text(json.dumps(hints))
    assert colorize("photo.png", "-o", "red.png", "--hints", "hints.json").returncode == 0


def test_every_page_of_a_tiff_is_colorized_in_its_depth(colorize, tmp_path):
    pages = [np.full((40, 60), level, np.uint16) for level in (20_000, 40_000)]
    pages[1][:, 30:] = 10_000
    tifffile.imwrite(tmp_path / "album.tif", pages[0])
    tifffile.imwrite(tmp_path / "album.tif", pages[1], append=True)
    result = colorize("album.tif")
    assert result.returncode == 0, result.stderr
    with tifffile.TiffFile(tmp_path / "album-colorized.tif") as file:
        assert [(page.shape, page.dtype) for page in file.pages] == [((40, 60, 3), np.uint16)] * 2


def test_a_network_whose_answer_is_not_finite_touches_no_photo(lite_weights, tmp_path):
    tensors, _ = read_tensors(lite_weights)
    for name in ("head.weight", "head.bias"):  # finite, but sums of them are not
        tensors[name] = torch.full_like(tensors[name].float(), 3e38)
    write_tensors(tmp_path / "huge.safetensors", tensors, {})
    GREY.save(tmp_path / "photo.png")
    before = (tmp_path / "photo.png").read_bytes()
    words = ["photo", "photo.png", "-o", "photo.png", "--overwrite", "-m", "huge.safetensors"]
    line = [sys.executable, "-m", "colorize_core.cli.app", *words]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert "photo.png: the model lite answers with numbers that are not finite" in result.stderr
    assert (tmp_path / "photo.png").read_bytes() == before


def test_what_decoders_print_does_not_reach_the_terminal(colorize, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    GREY.convert("P").save(folder / "a.tif", compression="tiff_lzw")
    with tifffile.TiffFile(folder / "a.tif") as file:
        begin = file.pages[0].dataoffsets[0]
    content = bytearray((folder / "a.tif").read_bytes())
    content[begin + 100 : begin + 400] = bytes(range(255, 105, -1)) * 2
    (folder / "a.tif").write_bytes(content)
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(folder / "b.png")
    png = (folder / "b.png").read_bytes()
    offset = b"oFFs" + bytes(9)
    chunk = struct.pack(">I", 9) + offset + struct.pack(">I", zlib.crc32(offset))
    (folder / "b.png").write_bytes(png[:33] + chunk + chunk + png[33:])
    result = colorize("scans", "-o", "out")
    assert result.returncode == 1
    assert result.stderr == f"Error: {Path('scans', 'a.tif')}: damaged: cannot be decoded\n"


def test_a_damaged_photo_is_refused_and_taken_with_a_warning(colorize, tmp_path):
    GREY.save(tmp_path / "photo.jpg")
    content = (tmp_path / "photo.jpg").read_bytes()
    (tmp_path / "photo.jpg").write_bytes(content[:-300])
    result = colorize("photo.jpg")
    assert result.returncode == 1
    assert "of its 64 rows are there; pass --damaged to take it as it is" in result.stderr
    result = colorize("photo.jpg", "--damaged")
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith("Warning: photo.jpg: is truncated: ")
    assert is_color(tmp_path / "photo-colorized.jpg")
