"""Tiny files that claim gigabytes are refused before the memory is taken; large scans are not."""

import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from by_hand import png_by_hand
from PIL import Image

from colorize_core.photo import PhotoError, claims, read_pages, read_photo
from colorize_core.photo.memory import available_memory
from colorize_core.photo.zstd import claimed_length

VAST = 12000
ROOM = 3 << 30  # bytes of addresses, for all of Python; each picture below claims 144 MB or more


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"\0")), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bmp(width: int, height: int, compression: int = 0) -> bytes:
    bits = 8 if compression else 24
    palette = bytes(1024) if compression else b""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    head = b"BM" + struct.pack("<IHHI", 154, 0, 0, 54 + len(palette))
    return head + info + palette + bytes(100)


def gif(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00;"
    return screen + frame


def tiff(width: int, height: int, compression: int = 1) -> bytes:
    entries = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression)),
        *((262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 8)),
    ]
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x10\0\0\0" + bytes(8) + struct.pack("<H", len(entries)) + table + bytes(4)


def webp(width: int, height: int) -> bytes:
    size = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    bits = struct.pack("<I", (width - 1) | (height - 1) << 14)
    lossless = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + bits + b"\0"
    return b"RIFF" + struct.pack("<I", 4 + len(canvas + lossless)) + b"WEBP" + canvas + lossless


def jpeg(width: int, height: int) -> bytes:
    return (
        b"\xff\xd8\xff\xc0\x00\x0b\x08"
        + struct.pack(">HH", height, width)
        + b"\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
    )


CLAIMS = {
    "grey.pgm": b"P5 12000 12000 255\n" + bytes(100),
    "colour.ppm": b"P6 12000 12000 255\n" + bytes(100),
    "plain.pgm": b"P2 12000 12000 255\n1 2 3\n",
    "bits.pbm": b"P4 99000 9900\n" + bytes(100),
    "plain.bmp": bmp(VAST, VAST),
    "runs.bmp": bmp(30000, 30000, compression=1),
    "photo.gif": gif(VAST, VAST),
    "photo.png": png(VAST, VAST),
    "raw.tif": tiff(VAST, VAST),
    "lzw.tif": tiff(VAST, VAST, 5),
    "deflate.tif": tiff(VAST, VAST, 8),
    "packbits.tif": tiff(VAST, VAST, 32773),
    "jpeg.tif": tiff(30000, 30000, 7),
    "photo.webp": webp(16384 - 1, 16384 - 1),
    "photo.jpg": jpeg(VAST, VAST),
}
READ = """
import resource, sys
from pathlib import Path
from colorize_core.photo import PhotoError, read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[1:]:
    try:
        read_photo(name)
    except PhotoError as error:
        print(error)
    else:
        print("read")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_claims_that_a_file_is_too_short_for_are_refused_with_the_figures(tmp_path):
    for name, content in CLAIMS.items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", READ, *CLAIMS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    *said, megabytes = done.stdout.splitlines()
    assert len(said) == len(CLAIMS), done.stderr
    for line, (name, content) in zip(said, CLAIMS.items(), strict=True):
        assert line.startswith(f"{name}: claims "), line
        amount = f"{len(content) / 1000:.3g} KB" if len(content) > 999 else f"{len(content)} bytes"
        assert line.endswith(f"the file has {amount}")
    assert "claims 12000 x 12000 pixels, which take 432 MB or more" in said[1]
    assert int(megabytes) < 100


def test_more_than_a_thousand_megapixels_are_refused_with_their_number(tmp_path):
    for name, content in (("x.png", png(40000, 30000)), ("x.tif", tiff(40000, 30000))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PhotoError, match=r"1200 megapixels; at most 1000 are read"):
            read_photo(tmp_path / name)


@pytest.mark.parametrize("size", [(25000, 20000), (20000, 25000)])
@pytest.mark.parametrize("compressed", [0.05, 0.5, 1.5])
def test_a_scan_of_500_megapixels_passes(size, compressed, monkeypatch):
    monkeypatch.setattr(claims, "available_memory", lambda: 8 << 30)
    claims.check_size(size, 1, 1)
    for least in (1 / 1024, 1 / 1032, 1 / 2731, 1 / 50_000):
        claims.check_claim(size, 500e6 * least, int(500e6 * compressed))


def test_a_photo_that_needs_more_memory_than_is_free_is_refused_with_both(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "available_memory", lambda: 100_000_000)
    with (tmp_path / "x.pgm").open("wb") as file:
        file.write(b"P5 6000 5000 255\n")
        file.truncate(30_000_100)
    with pytest.raises(PhotoError) as caught:
        read_photo(tmp_path / "x.pgm")
    assert str(caught.value) == (
        f"{tmp_path / 'x.pgm'}: is 6000 x 5000, 30 megapixels, which need at least 0.2 GB of "
        "memory; 0.1 GB are free"
    )


def test_this_machine_says_how_much_memory_is_free():
    free = available_memory()
    assert free is not None
    assert 100_000_000 < free < 1 << 50


@pytest.mark.parametrize("suffix", [".png", ".gif", ".tif", ".webp", ".jpg", ".avif", ".bmp"])
def test_white_sheets_are_read(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    Image.new("L", (6000, 4000), 255).save(path)
    assert read_photo(path).size == (4000, 6000)


@pytest.mark.parametrize("compression", ["zlib", "lzw", "packbits", "zstd", None])
def test_white_sheets_of_16_bits_are_read(tmp_path, compression):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.full((2000, 3000), 65535, np.uint16), compression=compression)
    assert read_photo(path).size == (2000, 3000)
    values = np.full((200, 3000, 1), 65535, np.uint16)
    png_by_hand(tmp_path / "x.png", values)
    assert read_photo(tmp_path / "x.png").size == (200, 3000)


@pytest.mark.parametrize("length", [10, 300, 70_000, 1 << 33])
@pytest.mark.parametrize("single", [False, True])
def test_what_a_zstandard_frame_claims_is_read(length, single):
    flag = 0 if length < 256 and single else 1 if 256 <= length < 65_792 else 2 + (length >> 32 > 0)
    width = {0: 1, 1: 2, 2: 4, 3: 8}[flag]
    field = (length - 256 * (width == 2)).to_bytes(width, "little")
    window = b"" if single else b"\x58"
    head = b"\x28\xb5\x2f\xfd" + bytes([flag << 6 | single << 5]) + window + field
    assert claimed_length(head) == length


@pytest.mark.parametrize("rest", [b"", b"\x00\x58", b"\x80\x58\x01"])
def test_frames_that_say_nothing_claim_nothing(rest):
    assert claimed_length(b"\x28\xb5\x2f\xfd" + rest) is None
    assert claimed_length(b"II*\0" * 5) is None


@pytest.mark.parametrize("compression", ["zstd", "zlib"])
def test_rows_without_strips_are_not_made_up(tmp_path, compression):
    path = tmp_path / "x.tif"
    values = np.random.default_rng(0).integers(0, 65535, (32, 48, 3), np.uint16)
    tifffile.imwrite(path, values, photometric="rgb", compression=compression, rowsperstrip=32)
    assert read_photo(path).pixels.shape == (32, 48, 3)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["ImageLength"].overwrite(3200)
    with pytest.raises(PhotoError, match="damaged: it holds 1 of the 100 parts"):
        read_photo(path)


def test_a_strip_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    path = tmp_path / "x.tif"
    values = np.random.default_rng(0).random((64, 64, 3), np.float32)
    tifffile.imwrite(path, values, photometric="rgb", compression="zstd")
    assert read_photo(path).pixels.shape == (64, 64, 3)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        offset = file.pages[0].dataoffsets[0]
    assert content[offset + 4] >> 6 in (1, 2)
    width = 2 * (content[offset + 4] >> 6)
    start = offset + 5 + (content[offset + 4] >> 5 & 1 ^ 1)
    content[start : start + width] = b"\xff" * width
    path.write_bytes(content)
    with pytest.raises(PhotoError, match=r"a part of .* claims to hold"):
        read_photo(path)


def tiff_with(path: Path, tag: int, kind: int, count: int, value: bytes) -> Path:
    """Write a compressed grey TIFF, and let one of its tags say something else."""
    tifffile.imwrite(path, np.zeros((32, 48), np.uint16), compression="lzw", rowsperstrip=16)
    with tifffile.TiffFile(path) as tiff:
        at = tiff.pages[0].tags[tag].offset
    content = bytearray(path.read_bytes())
    content[at + 2 : at + 12] = struct.pack("<HI", kind, count) + value.ljust(4, b"\0")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("tag", "kind", "count", "value"),
    [
        (256, 3, 2, struct.pack("<HH", 48, 48)),  # two widths
        (256, 11, 1, struct.pack("<f", 48.0)),  # a width that is a fraction
        (278, 11, 1, struct.pack("<f", 1e-30)),  # rows a strip, nearly none
        (257, 4, 1, struct.pack("<I", 1 << 28)),  # millions of strips, of which two are there
    ],
)
@pytest.mark.parametrize("damaged", [False, True])
def test_sides_that_are_no_whole_numbers_are_refused_at_once(
    tmp_path, tag, kind, count, value, damaged
):
    path = tiff_with(tmp_path / "odd.tif", tag, kind, count, value)
    started = time.monotonic()
    with pytest.raises(PhotoError, match=r"odd\.tif"):
        next(iter(read_pages(path, damaged)))
    assert time.monotonic() - started < 10
