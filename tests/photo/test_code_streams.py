"""JPEG 2000, and pictures in other files: what they claim is looked at before it is decoded."""

import io
import struct
import subprocess
import sys
import time
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorize_core.photo import PhotoError, claims, read_pages, read_photo
from colorize_core.photo.boxes import box
from colorize_core.photo.codestream import CodeStream, check_codestream
from colorize_core.photo.photo import DamagedError, MemoryShortError
from colorize_core.photo.tiff_parts import picture_size

SIZE, TILE = 8, 24  # where a stream says them
DETAIL = Image.fromarray(skimage.data.astronaut()).resize((256, 192))
LOADED = """
import resource, sys
from colorize_core.photo import PhotoError, read_pages
import imagecodecs, tifffile
limit = {limit} << 20
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + limit, used + limit))
for damaged in (False, True):
    try:
        next(iter(read_pages(sys.argv[1], damaged)))
    except PhotoError as error:
        print(error)
"""


def stream_of(image: Image.Image, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG2000", no_jp2=True, **how)
    return content.getvalue()


def claiming(content: bytes, at: int, width: int, height: int) -> bytes:
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def blank(width: int, height: int, **how: object) -> bytes:
    """A stream of one empty packet for each resolution, as it is whatever its size."""
    stream = stream_of(Image.new("L", (64, 64), 128), **how)
    return claiming(claiming(stream, SIZE, width, height), TILE, width, height)


def without_tile(content: bytes, number: int) -> bytes:
    at = content.index(b"\xff\x90")
    for _ in range(number):
        at += int.from_bytes(content[at + 6 : at + 10], "big")
    return content[:at] + content[at + int.from_bytes(content[at + 6 : at + 10], "big") :]


def refusals(path: Path, megabytes: int = 300) -> list[str]:
    """What a process says that has little memory, of a whole file and of a damaged one."""
    script = LOADED.format(limit=megabytes)
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("size", [(48, 1_048_608), (524_336, 32)])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_picture_of_which_one_tile_is_there_is_refused_before_it_is_decoded(
    tmp_path, size, wrapped
):
    content = claiming(stream_of(DETAIL.resize((48, 32))), SIZE, *size)
    if wrapped:
        whole = io.BytesIO()
        DETAIL.resize((48, 32)).save(whole, "JPEG2000")
        head = whole.getvalue().partition(b"\xff\x4f")[0]
        at = head.index(b"ihdr") + 4
        content = head[:at] + struct.pack(">II", *reversed(size)) + head[at + 8 :] + content
    path = tmp_path / ("x.jpf" if wrapped else "x.j2k")
    path.write_bytes(content)
    said = refusals(path)
    assert f"of its {size[1]} rows are in order" in said[0]
    assert said[1].endswith("is damaged: hardly anything of it is there")


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("how", [{}, {"irreversible": True}, {"tile_size": (512, 512)}])
def test_a_blank_sheet_is_read(tmp_path, mode, how):
    for suffix, color in ((".j2k", "white"), (".jp2", "grey")):
        path = tmp_path / f"x{suffix}"
        Image.new(mode, (3000, 2000), color).save(path, **how)
        assert path.stat().st_size < 10_000
        assert read_photo(path).size == (2000, 3000)


def test_a_blank_sheet_of_500_megapixels_is_no_false_claim(monkeypatch):
    content = blank(25_000, 20_000)
    assert len(content) < 200
    monkeypatch.setattr(claims, "available_memory", lambda: 8 << 30)
    assert check_codestream(CodeStream(content), len(content), True, damaged=False) is None
    monkeypatch.setattr(claims, "available_memory", lambda: 2 << 30)
    with pytest.raises(MemoryShortError, match=r"25000 x 20000, 500 megapixels, which need"):
        check_codestream(CodeStream(content), len(content), True, damaged=False)


def test_what_small_code_blocks_need_is_counted(tmp_path, monkeypatch):
    path = tmp_path / "x.j2k"
    Image.new("RGB", (1500, 1000), "white").save(path, codeblock_size=(4, 4))
    monkeypatch.setattr(claims, "available_memory", lambda: 100_000_000)
    with pytest.raises(MemoryShortError, match=r"need at least 0\.1 GB of memory; 0\.1 GB are"):
        read_photo(path)
    Image.new("RGB", (1500, 1000), "white").save(path)
    assert read_photo(path).size == (1000, 1500)


def test_a_missing_tile_is_damage_and_the_others_can_be_had(tmp_path):
    path = tmp_path / "x.j2k"
    path.write_bytes(without_tile(stream_of(DETAIL, tile_size=(64, 64)), 5))
    with pytest.raises(DamagedError, match="is damaged: 64 of its 192 rows are in order"):
        read_photo(path)
    photo = next(iter(read_pages(path, damaged=True)))
    assert photo.warnings == ("is damaged: 64 of its 192 rows are in order",)
    np.testing.assert_array_equal(photo.pixels[:64], np.asarray(DETAIL)[:64])


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"tile_size": (64, 80)},
        {"num_resolutions": 1},
        {"precinct_size": (64, 64), "codeblock_size": (32, 32)},
        {"tile_size": (100, 50), "precinct_size": (32, 32), "codeblock_size": (16, 16)},
        {"quality_layers": [40, 20, 2], "irreversible": True},
        {"offset": (13, 7), "tile_offset": (5, 3), "tile_size": (90, 70)},
    ],
)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_as_many_packets_are_counted_as_there_are(how, mode):
    content = stream_of(DETAIL.convert(mode), plt=True, **how)
    stream = CodeStream(content)
    assert stream.size == (256, 192)
    lengths = 0  # PLT lists the length of each packet, in bytes of seven bits
    at = content.index(b"\xff\x90")
    while content[at : at + 2] == b"\xff\x90":
        end = at + int.from_bytes(content[at + 6 : at + 10], "big")
        at += 12
        while content[at : at + 2] == b"\xff\x58":
            length = int.from_bytes(content[at + 2 : at + 4], "big")
            lengths += sum(value < 128 for value in content[at + 5 : at + 2 + length])
            at += 2 + length
        at = end
    assert stream.packets[0] == lengths


def test_more_packets_than_bytes_are_refused(tmp_path):
    how = {"precinct_size": (64, 64), "codeblock_size": (32, 32), "num_resolutions": 1}
    path = tmp_path / "x.j2k"
    path.write_bytes(blank(8000, 8000, **how))
    for line in refusals(path):
        assert "claims 8000 x 8000 pixels, which take 15.6 KB or more; the file has 1" in line


def test_a_tile_that_is_coded_in_its_own_way_is_counted_so():
    content = blank(1000, 1000, num_resolutions=1)
    at = content.index(b"\xff\x90")
    content = content[: at + 6] + bytes(4) + content[at + 10 :]  # to the end
    assert CodeStream(content).packets == (1, 1)
    at = content.index(b"\xff\x93")
    own = bytes.fromhex(
        "ff52 000d 01 00 0003 00 00 02 02 00 01 55"
    )  # three layers, precincts of 32
    part = content[:at] + own + content[at:]
    assert CodeStream(part).packets == (3 * 32**2, 32**2)
    one = content[:at] + bytes.fromhex("ff53 000a 00 01 00 02 02 00 01 66") + content[at:]
    assert CodeStream(one).packets == (16**2, 16**2)


def test_headers_that_lie_in_each_other_are_read_once():
    """Tile-parts of 12 bytes, behind them a note that each could take for its own."""
    content = blank(1000, 1000)
    at = content.index(b"\xff\x90")
    part = bytes.fromhex("ff90 000a 0000 0000000e 00 01 ff64")
    many = content[:at] + part * 40_000 + bytes(1 << 20)
    started = time.monotonic()
    assert CodeStream(many).packets[0] == 6
    assert time.monotonic() - started < 10


def test_a_small_stream_in_a_note_is_not_taken_for_the_picture(tmp_path):
    whole = io.BytesIO()
    Image.new("L", (64, 64)).save(whole, "JPEG2000")
    head, _, _ = whole.getvalue().partition(b"\xff\x4f")
    at = head.index(b"jp2h") - 4
    note = box(b"uuid", bytes(16) + blank(64, 64))
    lure = head[:at] + note + head[at:]
    assert CodeStream(lure + blank(5000, 4000)).size == (5000, 4000)


def test_two_sizes_are_refused(tmp_path):
    whole = io.BytesIO()
    DETAIL.save(whole, "JPEG2000")
    at = whole.getvalue().index(b"ihdr") + 4
    (tmp_path / "x.jp2").write_bytes(claiming(whole.getvalue(), at, 9000, 9000))
    with pytest.raises(PhotoError, match="it claims two sizes"):
        read_photo(tmp_path / "x.jp2")


LARGE = np.zeros((5000, 6000), np.uint8)
PARTS = {
    "jpeg2000": lambda: imagecodecs.jpeg2k_encode(LARGE, codecformat="j2k", reversible=True),
    "jpegxl": lambda: imagecodecs.jpegxl_encode(LARGE, effort=1),
    "jpegxr": lambda: imagecodecs.jpegxr_encode(LARGE),
    "png": lambda: imagecodecs.png_encode(LARGE),
    "lerc": lambda: imagecodecs.lerc_encode(LARGE),
    "webp": lambda: imagecodecs.webp_encode(np.dstack([LARGE] * 3), lossless=True),
    "jpeg": lambda: imagecodecs.jpeg8_encode(LARGE.astype(np.uint16), bitspersample=12),
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_strip_that_is_a_larger_picture_is_refused(tmp_path, kind):
    path, part = tmp_path / "x.tif", bytes(PARTS[kind]())
    assert picture_size(part) == (6000, 5000)
    depth = {"bitspersample": 12} if kind == "jpeg" else {}
    values = np.zeros((64, 64), np.uint16 if kind == "jpeg" else np.uint8)
    values = np.dstack([values] * 3) if kind == "webp" else values
    tifffile.imwrite(path, values, compression=kind, **depth)
    assert read_photo(path).size == (64, 64)
    at = path.stat().st_size
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["StripOffsets"].overwrite(at)
        file.pages[0].tags["StripByteCounts"].overwrite(len(part))
    with path.open("ab") as file:
        file.write(part)
    for damaged in (False, True):
        with pytest.raises(PhotoError, match="a part of 64 x 64 pixels claims 6000 x 5000"):
            next(iter(read_pages(path, damaged)))


def test_a_strip_without_all_its_tiles_is_damaged(tmp_path):
    path = tmp_path / "x.tif"
    grey = DETAIL.convert("L")
    tifffile.imwrite(path, np.asarray(grey), compression="jpeg2000")
    part, at = without_tile(stream_of(grey, tile_size=(64, 64)), 5), path.stat().st_size
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["StripOffsets"].overwrite(at)
        file.pages[0].tags["StripByteCounts"].overwrite(len(part))
    with path.open("ab") as file:
        file.write(part)
    with pytest.raises(DamagedError):
        read_photo(path)
    photo = next(iter(read_pages(path, damaged=True)))
    assert photo.warnings[0].startswith("is damaged: not all of its 192 rows are in order")


@pytest.mark.parametrize("size", [(9000, 9000), (256, 5000)])
def test_an_avif_is_not_enlarged_to_what_it_claims(tmp_path, size):
    path = tmp_path / "x.avif"
    DETAIL.save(path)
    assert read_photo(path).size == (192, 256)
    content = path.read_bytes()
    path.write_bytes(claiming(content, content.index(b"ispe") + 8, *size))
    with pytest.raises(PhotoError, match=r"claims .* pixels; what it holds is 256 x 192"):
        read_photo(path)


def test_an_icon_is_refused_whatever_lies_in_it(tmp_path):
    inside = io.BytesIO()
    Image.new("RGBA", (3000, 3000)).save(inside, "JPEG2000")
    entry = struct.pack(">4sI", b"ic08", 8 + len(inside.getvalue())) + inside.getvalue()
    path = tmp_path / "x.icns"
    path.write_bytes(struct.pack(">4sI", b"icns", 8 + len(entry)) + entry)
    with pytest.raises(PhotoError, match="is an icon"):
        read_photo(path)
