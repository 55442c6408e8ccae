"""Colour photos say what they are, in words that other programs read."""

import hashlib

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core import __version__
from colorize_core.engine import ColorizeOptions
from colorize_core.engine.batch import BatchOptions, Task, run_batch
from colorize_core.photo import WRITABLE_SUFFIXES, read_photo, write_photo
from colorize_core.photo.photo import Made
from colorize_core.photo.provenance import marked, read_made

GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))
TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
KINDS = sorted(WRITABLE_SUFFIXES - {".jpeg", ".jpe", ".jif", ".jfi", ".tiff", ".heif"})
FILM = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
 dc:source="box 7"/></rdf:RDF></x:xmpmeta>"""


OPTIONS = ColorizeOptions(saturation=1.5)


@pytest.fixture
def colorized(tmp_path, lite_weights):
    """Colorize a PNG into a file; what became of it."""

    def run(name, how=OPTIONS, model=lite_weights):
        if not (tmp_path / "in.png").exists():
            GREY.save(tmp_path / "in.png")
        task = Task(tmp_path / "in.png", tmp_path / name)
        (outcome,) = run_batch([task], how, BatchOptions(model=str(model), device="cpu"))
        return outcome

    return run


@pytest.mark.parametrize("suffix", KINDS)
def test_exiftool_reads_what_an_output_is(colorized, exiftool, lite_weights, suffix):
    tags = exiftool(colorized(f"out{suffix}").target)
    assert tags["XMP-iptcExt:DigitalSourceType"] == TYPE
    assert tags["XMP-colorize:Software"] == "Colorize"
    assert str(tags["XMP-colorize:Version"]) == __version__
    assert tags["XMP-colorize:Model"] == "lite"
    digest = hashlib.sha256(lite_weights.read_bytes()).hexdigest()
    assert tags["XMP-colorize:ModelHash"] == f"sha256:{digest}"
    assert tags["XMP-colorize:Settings"] == "saturation=1.5"
    assert tags["XMP-colorize:Source"] == "in.png"


@pytest.mark.parametrize("suffix", KINDS)
def test_what_was_written_is_found_again_without_reading_pixels(colorized, lite_weights, suffix):
    made = read_made(colorized(f"out{suffix}").target)
    digest = hashlib.sha256(lite_weights.read_bytes()).hexdigest()
    assert made is not None
    assert made == Made(
        "lite",
        f"sha256:{digest}",
        "saturation=1.5",
        "in.png",
        made.source_bytes,
        __version__,
    )


def test_nothing_is_said_where_that_is_not_wanted(colorized, exiftool):
    quiet = ColorizeOptions(provenance=False)
    tags = exiftool(colorized("out.jpg", quiet).target)
    assert not [name for name in tags if name.startswith("XMP")]


def test_every_door_of_python_marks_its_photos(colorizer, tmp_path):
    GREY.save(tmp_path / "in.png")
    photo = colorizer.colorize(read_photo(tmp_path / "in.png"))
    write_photo(photo, tmp_path / "out.png")
    assert read_made(tmp_path / "out.png").model == "lite"


def test_what_python_gives_back_saves_what_it_is(colorizer, tmp_path):
    GREY.save(tmp_path / "in.jpg")
    colorizer(tmp_path / "in.jpg").save(tmp_path / "out.jpg")
    assert read_made(tmp_path / "out.jpg").model == "lite"
    colorizer(tmp_path / "in.jpg", provenance=False).save(tmp_path / "quiet.jpg")
    assert read_made(tmp_path / "quiet.jpg") is None


def test_what_a_packet_says_beside_is_kept_and_said_once(exiftool, tmp_path):
    info = {"xmp": FILM}
    for settings in ("first", "second <&\"'> ä"):
        info = marked(info, Made("lite", "sha256:0", settings))
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg", xmp=info["xmp"])
    tags = exiftool(tmp_path / "x.jpg")
    assert tags["XMP-iptcExt:DigitalSourceType"] == TYPE
    assert tags["XMP-dc:Source"] == "box 7"
    assert tags["XMP-colorize:Settings"] == "second <&\"'> ä"
    assert info["xmp"].count(b"DigitalSourceType=") == 1
    assert read_made(tmp_path / "x.jpg").settings == "second <&\"'> ä"


@pytest.mark.parametrize("broken", [b"", b"no xmp <<<", b"\xff\xfe<\0x\0"])
def test_a_broken_packet_gives_way_to_a_whole_one(broken, exiftool, tmp_path):
    info = marked({"xmp": broken}, Made("lite", "sha256:0"))
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg", xmp=info["xmp"])
    assert exiftool(tmp_path / "x.jpg")["XMP-iptcExt:DigitalSourceType"] == TYPE


def test_other_options_and_other_weights_are_said_of_what_is_done(colorized, regression_weights):
    colorized("out.png")
    assert colorized("out.png").stale == ""
    others = ColorizeOptions(temperature=0.5)
    assert colorized("out.png", others).stale == "made with other options"
    assert colorized("out.png", model=regression_weights).stale == "made with other weights"


def test_another_photo_of_the_same_name_is_not_taken_for_done(tmp_path, lite_weights):
    batch = BatchOptions(model=str(lite_weights), device="cpu")
    tasks = []
    for folder, size in (("x", (96, 64)), ("y", (64, 96))):
        (tmp_path / folder).mkdir()
        GREY.resize(size).save(tmp_path / folder / "a.png")
        tasks.append(Task(tmp_path / folder / "a.png", tmp_path / "out" / "a.png"))
    (first,) = run_batch(tasks[:1], OPTIONS, batch)
    (second,) = run_batch(tasks[1:], OPTIONS, batch)
    assert not first.error
    assert "made from another photo" in second.error
    assert np.asarray(Image.open(tmp_path / "out" / "a.png")).shape == (64, 96, 3)
