"""XMP that is longer than a segment of a JPEG."""

import numpy as np
import pytest
from PIL import Image

from colorize_core.photo import Photo, read_photo, write_photo
from colorize_core.photo.photo import Made


def long_xmp(length: int) -> bytes:
    """A packet with a description of so many letters."""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="' + b"x" * length + b'"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )


@pytest.mark.parametrize("length", [70_000, 300_000])
@pytest.mark.parametrize("made", [None, Made("lite", "sha256:0")], ids=["plain", "marked"])
def test_xmp_longer_than_a_segment_of_a_jpeg_is_kept(tmp_path, exiftool, length, made):
    photo = Photo(np.zeros((8, 8, 3), np.uint8), info={"xmp": long_xmp(length)}, made=made)
    write_photo(photo, tmp_path / "x.jpg")
    tags = exiftool(tmp_path / "x.jpg")
    assert tags["XMP-dc:Source"] == "x" * length
    assert ("XMP-iptcExt:DigitalSourceType" in tags) == (made is not None)
    again = read_photo(tmp_path / "x.jpg")
    assert b"HasExtendedXMP" not in again.info["xmp"]
    for suffix in (".jpg", ".png", ".tif", ".webp"):
        write_photo(again, tmp_path / f"y{suffix}")
        assert exiftool(tmp_path / f"y{suffix}")["XMP-dc:Source"] == "x" * length


def test_what_exiftool_extends_is_read(tmp_path, exiftool):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg")
    words = [f"-XMP-dc:Subject=word {number} {'x' * 1000}" for number in range(100)]
    exiftool(*words, tmp_path / "x.jpg")
    assert b"HasExtendedXMP" in (tmp_path / "x.jpg").read_bytes()
    write_photo(read_photo(tmp_path / "x.jpg"), tmp_path / "y.jpg")
    assert len(exiftool(tmp_path / "y.jpg")["XMP-dc:Subject"]) == 100


def test_an_extension_of_which_a_part_is_missing_costs_itself_alone(tmp_path):
    photo = Photo(np.zeros((8, 8, 3), np.uint8), info={"xmp": long_xmp(200_000)})
    write_photo(photo, tmp_path / "x.jpg")
    content = (tmp_path / "x.jpg").read_bytes()
    begin = content.index(b"http://ns.adobe.com/xmp/extension/")
    begin = content.index(b"http://ns.adobe.com/xmp/extension/", begin + 1) - 4
    length = int.from_bytes(content[begin + 2 : begin + 4], "big")
    (tmp_path / "x.jpg").write_bytes(content[:begin] + content[begin + 2 + length :])
    again = read_photo(tmp_path / "x.jpg")
    assert b"xxxx" not in again.info["xmp"]
    assert b"HasExtendedXMP" not in again.info["xmp"]
