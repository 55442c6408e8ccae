"""What lies beside the pixels: turned upright once, the rest kept, from format to format."""

import numpy as np
import pytest
from icc import ADOBE, ADOBE_GAMMA, power, rgb_profile
from PIL import ExifTags, Image

from colorize_core.photo import Photo, photo_of_image, read_photo, write_photo

ORIENTATION = ExifTags.Base.Orientation
XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"
 tiff:Orientation="6" photoshop:ColorMode="1" photoshop:City="Kiel">
 <photoshop:ICCProfile>Dot Gain 20%</photoshop:ICCProfile>
 <tiff:BitsPerSample><rdf:Seq><rdf:li>8</rdf:li></rdf:Seq></tiff:BitsPerSample>
 <xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:image>/9j/grey</xmpGImg:image>
 </rdf:li></rdf:Alt></xmp:Thumbnails><xmp:Rating>5</xmp:Rating>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
TEXT = ("Großmutter", "Zoë")
# As exiftool names groups and tags, what it writes into the photo below.
DESCRIBED = {
    "IFD0:ImageDescription": TEXT[0],
    "IFD0:Artist": TEXT[1],
    "IFD0:Make": "Leica",
    "ExifIFD:ExposureTime": 1 / 60,
    "ExifIFD:ExposureCompensation": -2 / 3,
    "ExifIFD:DateTimeOriginal": "1954:07:01 12:00:00",
    "ExifIFD:UserComment": "Strand",
    "GPS:GPSLatitude": 54.3,
    "GPS:GPSLatitudeRef": "N",
    "InteropIFD:InteropIndex": "R98",
    "XMP-dc:Creator": TEXT[1],
    "XMP-photoshop:City": "Kiel",
}
PRESS = {"IPTC:Keywords": "beach", "IPTC:City": "Kiel"}
FORMATS = [".jpg", ".png", ".tif", ".webp", ".avif"]


def exif_of(photo: Photo) -> Image.Exif:
    exif = Image.Exif()
    exif.load(photo.info["exif"])
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(color_image, tmp_path, orientation):
    stored_as = {  # what a camera that writes this tag has stored of an upright photo
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = color_image if stored_as is None else color_image.transpose(stored_as)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(color_image))


@pytest.fixture
def tagged(color_image, tmp_path):
    """A JPEG with orientation, description, exposure time, place and resolution."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[ExifTags.Base.ImageDescription] = "Grandmother"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.ExposureTime: 0.01}
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N"}
    color_image.save(tmp_path / "tagged.jpg", exif=exif.tobytes(), dpi=(300, 300))
    return tmp_path / "tagged.jpg"


def test_the_orientation_tag_is_gone_once_applied(tagged):
    assert ORIENTATION not in exif_of(read_photo(tagged))


def test_other_exif_is_kept(tagged):
    exif = exif_of(read_photo(tagged))
    assert exif[ExifTags.Base.ImageDescription] == "Grandmother"
    assert exif.get_ifd(ExifTags.IFD.Exif) == {ExifTags.Base.ExposureTime: 0.01}
    assert exif.get_ifd(ExifTags.IFD.GPSInfo) == {ExifTags.GPS.GPSLatitudeRef: "N"}


def test_resolution_is_kept(tagged):
    assert read_photo(tagged).info["dpi"] == (300.0, 300.0)


def test_reading_leaves_the_given_image_as_it_was(tagged):
    with Image.open(tagged) as image:
        first, second = photo_of_image(image), photo_of_image(image)
    assert first.size == second.size == (48, 36)
    assert image.getexif()[ORIENTATION] == 6


def test_damaged_exif_costs_the_metadata_but_not_the_photo(color_image, tmp_path):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff" * 4
    color_image.save(tmp_path / "photo.jpg", exif=exif)
    photo = read_photo(tmp_path / "photo.jpg")
    assert photo.size == (color_image.height, color_image.width)


def test_orientation_in_xmp_alone_is_applied_too(color_image, tmp_path):
    color_image.save(tmp_path / "x.jpg", xmp=XMP)
    photo = read_photo(tmp_path / "x.jpg")
    assert photo.size == (48, 36)
    assert b"Orientation" not in photo.info["xmp"]


def test_xmp_is_kept_but_for_what_is_no_longer_true(color_image, tmp_path):
    color_image.save(tmp_path / "x.jpg", xmp=XMP)
    kept = read_photo(tmp_path / "x.jpg").info["xmp"]
    for stale in (b"ColorMode", b"ICCProfile", b"BitsPerSample", b"Thumbnails", b"/9j/grey"):
        assert stale not in kept
    assert b'photoshop:City="Kiel"' in kept
    assert b"<xmp:Rating>5</xmp:Rating>" in kept


@pytest.fixture
def described(color_image, tmp_path, exiftool):
    """A JPEG that exiftool has described in EXIF, XMP and IPTC, stored on its side."""
    path, thumbnail = tmp_path / "described.jpg", tmp_path / "thumbnail.jpg"
    color_image.save(path)
    color_image.resize((16, 12)).save(thumbnail)
    described = {**DESCRIBED, **PRESS}
    exiftool(
        *(f"-{name}={value}" for name, value in described.items()),
        *("-Orientation#=6", "-XMP-tiff:Orientation#=6", "-Comment=hello", "-ColorSpace#=1"),
        *("-ExifImageWidth=48", "-ExifImageHeight=36", "-XResolution=600", "-YResolution=600"),
        f"-ThumbnailImage<={thumbnail}",
        path,
    )
    assert "IFD1:ThumbnailLength" in exiftool(path)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_exiftool_wrote_it_finds_again(described, tmp_path, exiftool, in_color, suffix):
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(described)), path)
    tags = exiftool(path)
    press = PRESS if suffix in (".jpg", ".tif") else {}  # the others have no place for it
    for name, value in (DESCRIBED | press).items():
        expected = pytest.approx(value) if isinstance(value, float) else value
        assert tags[name] == expected, name
    assert "ExifTool:Warning" not in tags


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_was_true_of_the_file_read_is_not_said(
    described, tmp_path, exiftool, in_color, suffix
):
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(described)), path)
    tags = exiftool(path)
    assert not [name for name in tags if "Thumbnail" in name or name.startswith("IFD1")]
    assert tags.get("IFD0:Orientation", 1) == 1
    assert "XMP-tiff:Orientation" not in tags
    # It lay on its side: what was its width is its height.
    assert (tags["ExifIFD:ExifImageWidth"], tags["ExifIFD:ExifImageHeight"]) == (36, 48)


def test_the_thumbnail_leaves_no_bytes_behind(described, tmp_path, in_color):
    write_photo(in_color(read_photo(described)), tmp_path / "out.jpg")
    assert (tmp_path / "out.jpg").read_bytes().count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_resolution_survives_writing(described, tmp_path, in_color, suffix):
    write_photo(in_color(read_photo(described)), tmp_path / f"out{suffix}")
    with Image.open(tmp_path / f"out{suffix}") as image:
        assert image.info["dpi"] == pytest.approx((600, 600), abs=0.01)


def test_resolution_in_centimetres_becomes_inches(tmp_path, imagemagick):
    imagemagick(
        "-size",
        "8x8",
        "xc:gray",
        "-units",
        "PixelsPerCentimeter",
        "-density",
        "100",
        tmp_path / "x.tif",
    )
    assert read_photo(tmp_path / "x.tif").info["dpi"] == pytest.approx((254, 254))


def test_comments_of_jpegs_are_kept(described, tmp_path, exiftool, in_color):
    write_photo(in_color(read_photo(described)), tmp_path / "out.jpg")
    assert exiftool(tmp_path / "out.jpg")["File:Comment"] == "hello"


def test_texts_of_pngs_are_kept(color_image, tmp_path, exiftool, in_color):
    color_image.save(tmp_path / "x.png")
    exiftool("-PNG:Title=Großmutter", "-PNG:Author=Leica", tmp_path / "x.png")
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.png")
    tags = exiftool(tmp_path / "y.png")
    assert (tags["PNG:Title"], tags["PNG:Author"]) == ("Großmutter", "Leica")


@pytest.mark.parametrize("options", [(), ("-depth", "16")], ids=["8 bits", "16 bits"])
def test_what_imagemagick_moves_into_a_png_is_kept(
    described, tmp_path, imagemagick, exiftool, in_color, options
):
    imagemagick(described, *options, tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    assert photo.size == (48, 36)
    write_photo(in_color(photo), tmp_path / "y.png")
    tags = exiftool(tmp_path / "y.png")
    assert tags["IFD0:Artist"] == TEXT[1]
    assert tags["XMP-photoshop:City"] == "Kiel"


@pytest.mark.parametrize("compression", ["None", "LZW", "Zip"])
def test_what_exiftool_writes_into_a_tiff_is_kept(
    color_image, tmp_path, imagemagick, exiftool, in_color, compression
):
    color_image.save(tmp_path / "x.png")
    path = tmp_path / "x.tif"
    imagemagick(tmp_path / "x.png", "-depth", "16", "-compress", compression, path)
    exiftool(
        *(f"-{name}={value}" for name, value in {**DESCRIBED, **PRESS}.items()),
        "-Orientation#=6",
        path,
    )
    photo = read_photo(path)
    assert photo.size == (48, 36)
    write_photo(in_color(photo), tmp_path / "y.tif")
    tags = exiftool(tmp_path / "y.tif")
    for name, value in {**DESCRIBED, **PRESS}.items():
        assert tags[name] == (pytest.approx(value) if isinstance(value, float) else value), name
    assert tags.get("IFD0:Orientation", 1) == 1


@pytest.mark.parametrize("has_profile", [False, True])
def test_exif_says_whether_the_colors_are_srgb(
    described, tmp_path, exiftool, in_color, has_profile
):
    photo = in_color(read_photo(described))
    photo.profile = rgb_profile(ADOBE, power(ADOBE_GAMMA)) if has_profile else None
    write_photo(photo, tmp_path / "out.jpg")
    assert exiftool(tmp_path / "out.jpg")["ExifIFD:ColorSpace"] == (65535 if has_profile else 1)


def test_exif_too_long_for_a_jpeg_loses_its_longest_entry(tmp_path, color_image, in_color):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.MakerNote: bytes(70_000)}
    color_image.save(tmp_path / "x.png", exif=exif)
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.jpg")
    written = Image.open(tmp_path / "y.jpg").getexif()
    assert written[ExifTags.Base.Make] == "Leica"
    assert ExifTags.Base.MakerNote not in written.get_ifd(ExifTags.IFD.Exif)


@pytest.mark.parametrize("metres", [0, 2**31 - 1])
def test_resolutions_that_nobody_means_are_dropped(tmp_path, color_image, in_color, metres):
    color_image.save(tmp_path / "x.png", dpi=(metres * 0.0254,) * 2)
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.jpg")
    assert Image.open(tmp_path / "y.jpg").size == (48, 36)


def test_a_damaged_folder_in_exif_costs_no_other(color_image, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N"}
    block = bytearray(exif.tobytes())
    place = block.index(b"\x25\x88") if b"\x25\x88" in block else block.index(b"\x88\x25")
    block[place + 8 : place + 12] = b"\xff\xff\xff\x7f"  # the folder is said to be far away
    color_image.save(tmp_path / "x.jpg", exif=bytes(block))
    assert exif_of(read_photo(tmp_path / "x.jpg"))[ExifTags.Base.Make] == "Leica"
