"""Files as visitors bring them: those that no photograph can be made of, and those that are odd."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
import tifffile
from PIL import Image

Maker = Callable[[Path], object]
GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))
_HOLES = np.where(np.eye(64, 96) > 0, np.float32(np.nan), np.float32(GREY) / 255)
_DNG_VERSION = (50706, "B", 4, (1, 4, 0, 0), True)
_WIDTH, _LENGTH = 256, 257  # tags of TIFF


def _of(content: bytes) -> Maker:
    return lambda path: path.write_bytes(content)


def _half(image: Image.Image, kind: str) -> bytes:
    encoded = io.BytesIO()
    image.resize((480, 320)).save(encoded, kind)
    return encoded.getvalue()[: encoded.tell() // 2]


def _png_head(width: int, height: int) -> bytes:
    """A PNG that says to be so large, with hardly any pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _tiff(pixels: np.ndarray, **named) -> Maker:
    return lambda path: tifffile.imwrite(path, pixels, **named)


def _cut_tiff(path: Path) -> None:
    tifffile.imwrite(path, np.random.default_rng(0).integers(0, 65536, (64, 96), np.uint16))
    path.write_bytes(path.read_bytes()[:-3000])


def _vast_tiff(path: Path) -> None:
    """A few pixels that say to be a million megapixels."""
    tifffile.imwrite(path, np.zeros((8, 8), np.uint16))
    with tifffile.TiffFile(path, mode="r+") as file:
        for tag in (_WIDTH, _LENGTH):
            file.pages[0].tags[tag].overwrite(1 << 20)


def _behind_a_thumbnail(path: Path) -> None:
    """The first page is a thumbnail, the second the photo, of three megapixels."""
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.zeros((8, 8), np.uint8), subfiletype=1)
        writer.write(np.zeros((1000, 3000), np.uint8), compression="zlib")


def _frames(path: Path) -> None:
    frames = [GREY.rotate(angle).convert("RGB") for angle in (0, 90, 180)]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def _with_exif(content: bytes) -> Maker:
    return lambda path: GREY.save(path, exif=content)


# Name of the file -> what makes it, and words of the reason why it is refused. The studio of
# these tests takes 2 megapixels.
REFUSED: dict[str, tuple[Maker, str]] = {
    "empty.jpg": (_of(b""), "the file is empty"),
    "text.jpg": (_of(b"no photograph\n" * 100), "not a photograph that can be read"),
    "bytes.png": (_of(np.random.default_rng(0).bytes(4000)), "not a photograph"),
    "drawing.svg": (_of(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), "not a photograph"),
    "page.pdf": (_of(b"%PDF-1.4"), "not a photograph"),
    "damaged.heic": (_of(b"\0\0\0\x18ftypheic" + bytes(100)), ""),
    "truncated.jpg": (_of(_half(GREY, "JPEG")), "truncated"),
    "truncated.png": (_of(_half(GREY, "PNG")), "truncated"),
    "truncated.webp": (_of(_half(GREY, "WEBP")), ""),
    "truncated deep.png": (_of(_half(Image.fromarray(np.uint16(GREY) * 257), "PNG")), ""),
    "truncated.tif": (_cut_tiff, ""),
    "nothing.png": (_of(_png_head(0, 10)), "not a photograph"),
    "bomb.png": (_of(_png_head(60_000, 60_000)), "60000 x 60000 pixels are more than the 2 mega"),
    "vast.tif": (_vast_tiff, "1048576 x 1048576 pixels are more than the 2 megapixels"),
    "large.tif": (_behind_a_thumbnail, "3000 x 1000 pixels are more than the 2 megapixels"),
    "large float.tif": (
        _tiff(np.zeros((1000, 3000, 3), np.float32), photometric="rgb", compression="zlib"),
        "3000 x 1000 pixels are more than the 2 megapixels",
    ),
    "animated.gif": (_frames, "has 3 frames; only still photographs"),
    "animated.webp": (_frames, "has 3 frames; only still photographs"),
    "album.tif": (
        _tiff(np.zeros((3, 40, 60), np.uint16), photometric="minisblack"),
        "has 3 pages; `colorize photo` colorizes them all",
    ),
    "unknown scale.tif": (_tiff(np.full((40, 60), 7.5, np.float32)), "expected 0..1"),
    "signed.tif": (_tiff(np.zeros((40, 60), np.int16)), "int16, whose scale is not known"),
    "camera.NEF": (_tiff(np.zeros((40, 60), np.uint8)), "camera raw is not read; develop it"),
    "sensor.tif": (
        _tiff(np.zeros((40, 60), np.uint16), photometric="cfa"),
        "camera raw is not read",
    ),
}

# Name of the file -> what makes it: photographs all the same.
ODD: dict[str, Maker] = {
    "one pixel.png": lambda path: Image.new("L", (1, 1), 99).save(path),
    "a line.png": lambda path: Image.new("L", (1, 10_000), 99).save(path),
    "a long line.png": lambda path: Image.new("L", (10_000, 1), 99).save(path),
    "transparent.png": lambda path: Image.new("LA", (60, 40), (120, 0)).save(path),
    "palette.png": lambda path: GREY.convert("RGB").quantize(16).save(path),
    "two levels.png": lambda path: GREY.convert("1").save(path),
    "inks.jpg": lambda path: GREY.convert("CMYK").save(path),
    "deep.png": lambda path: Image.fromarray(np.uint16(GREY) * 257).save(path),
    "float.tif": _tiff(np.float32(GREY) / 255),
    "not a number.tif": _tiff(
        np.where(np.eye(64, 96) > 0, np.float32(np.nan), np.float32(GREY) / 255)
    ),
    "scanner's DNG.tif": _tiff(np.uint8(GREY), extratags=[_DNG_VERSION]),
    "still.gif": lambda path: GREY.save(path),
    "no profile.png": lambda path: GREY.convert("RGB").save(path, icc_profile=b"no profile"),
    "damaged exif.jpg": _with_exif(
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff" * 4
    ),
}
