import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms

from colorize_core.photo import Photo, PhotoError, photo_of_image, read_photo, write_photo

GAMMA = 1.8
ORIENTATION = ExifTags.Base.Orientation
D50 = (0.9642, 1.0, 0.8249)
SRGB_PRIMARIES = {  # adapted to D50, as in the sRGB profile of the ICC
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}


def gamma_profile(space: bytes) -> bytes:
    """An ICC profile, version 2, of linear light to the power 1 / 1.8: ``RGB `` or ``GRAY``."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    curve = b"curv" + bytes(4) + struct.pack(">IHH", 1, round(GAMMA * 256), 0)
    name = b"gamma\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(80),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(*D50),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {tag: b"XYZ " + bytes(4) + fixed(*xyz) for tag, xyz in SRGB_PRIMARIES.items()}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s28x", offset + len(data), b"", 0x02400000, b"mntr", space, b"XYZ ", b"acsp"
    )
    header += fixed(*D50)
    return header.ljust(128, b"\0") + table + data


def srgb_of_gamma(values: np.ndarray) -> np.ndarray:
    """Values of the gamma profile as 8-bit sRGB, by the standard's formula."""
    linear = (values / 255.0) ** GAMMA
    bent = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return bent * 255.0


def refusal(path) -> str:
    """The message that reading is refused with; it names the file."""
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    return str(caught.value).replace(str(path), "")  # pytest puts the test's name into the path


def exif_of(photo: Photo) -> Image.Exif:
    exif = Image.Exif()
    exif.load(photo.info["exif"])
    return exif


def in_color(photo: Photo) -> Photo:
    """What colorizing makes of a photo: other pixels, the same alpha and metadata."""
    return Photo(np.full((*photo.size, 3), 77, np.uint8), photo.alpha, photo.info)


def test_color_photos_are_read_as_they_are(color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(color_image))


def test_grey_photos_stay_grey(color_image, tmp_path):
    grey = color_image.convert("L")
    grey.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(grey))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_truncated_photos_are_refused(color_image, tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    color_image.resize((480, 360)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "truncated" in refusal(path)


def test_empty_files_are_refused(tmp_path):
    path = tmp_path / "x.jpg"
    path.touch()
    assert "the file is empty" in refusal(path)


def test_text_files_are_refused(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_text("no photograph\n" * 100)
    assert "not a photograph" in refusal(path)


def test_missing_files_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "x.jpg")


def test_folders_are_refused(tmp_path):
    assert "directory" in refusal(tmp_path)


def test_animations_are_refused(color_image, tmp_path):
    path = tmp_path / "x.gif"
    color_image.save(path, save_all=True, append_images=[color_image.rotate(90)])
    assert "2 frames" in refusal(path)


def test_still_gifs_are_read(color_image, tmp_path):
    color_image.save(tmp_path / "x.gif")
    assert read_photo(tmp_path / "x.gif").size == (36, 48)


@pytest.mark.parametrize("size", [(1, 1), (10000, 1), (1, 10000)])
def test_photos_may_have_any_size(tmp_path, size):
    Image.new("L", size, 9).save(tmp_path / "x.png")
    assert read_photo(tmp_path / "x.png").size == size[::-1]


def test_fully_transparent_photos_keep_alpha_and_pixels(color_image, tmp_path):
    transparent = color_image.copy()
    transparent.putalpha(0)
    transparent.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    assert not photo.alpha.any()
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))


def test_grey_photos_with_alpha_keep_it(color_image, tmp_path):
    alpha = color_image.getchannel("R")
    grey = color_image.convert("LA")
    grey.putalpha(alpha)
    grey.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").alpha, np.asarray(alpha))


def test_opaque_photos_have_no_alpha(color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    assert read_photo(tmp_path / "x.png").alpha is None


def test_palettes_become_their_colors(color_image, tmp_path):
    palette = color_image.quantize(64)
    palette.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(palette.convert("RGB")))


def test_transparent_palette_colors_become_alpha(color_image, tmp_path):
    palette = color_image.quantize(64)
    palette.save(tmp_path / "x.png", transparency=5)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.alpha == 0, np.asarray(palette) == 5)


def test_bilevel_photos_become_grey(color_image, tmp_path):
    color_image.convert("1").save(tmp_path / "x.png")
    assert set(np.unique(read_photo(tmp_path / "x.png").pixels)) == {0, 255}


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "x.jpg")
    photo = read_photo(tmp_path / "x.jpg")
    np.testing.assert_allclose(photo.pixels[8, 8], (255, 0, 0), atol=3)


def test_16_bit_grey_png_keeps_all_65536_levels(tmp_path):
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(levels).save(tmp_path / "x.png")
    pixels = read_photo(tmp_path / "x.png").pixels
    np.testing.assert_allclose(pixels, levels / 65535.0, atol=1e-7)
    assert len(np.unique(pixels)) == 65536


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_16_bit_tiff_is_read_in_either_byte_order(tmp_path, byteorder):
    levels = np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32)
    tifffile.imwrite(tmp_path / "x.tif", levels, byteorder=byteorder)
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels, levels / 65535.0, atol=1e-7)


def test_float_tiff_within_0_to_1_is_read_as_it_is(tmp_path):
    values = np.linspace(0.0, 1.0, 1024, dtype=np.float32).reshape(32, 32)
    tifffile.imwrite(tmp_path / "x.tif", values)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.tif").pixels, values)


@pytest.mark.parametrize(
    ("value", "message"),
    [(1.5, "expected 0..1"), (-0.5, "expected 0..1"), (np.nan, "finite"), (np.inf, "finite")],
)
def test_float_tiff_of_unknown_scale_is_refused(tmp_path, value, message):
    values = np.full((8, 8), 0.5, np.float32)
    values[3, 3] = value
    tifffile.imwrite(tmp_path / "x.tif", values)
    assert message in refusal(tmp_path / "x.tif")


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


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_exif_survives_writing(tagged, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tagged)), path)
    exif = Image.open(path).getexif()
    assert exif[ExifTags.Base.ImageDescription] == "Grandmother"
    assert exif.get_ifd(ExifTags.IFD.Exif) == {ExifTags.Base.ExposureTime: 0.01}
    assert exif.get_ifd(ExifTags.IFD.GPSInfo) == {ExifTags.GPS.GPSLatitudeRef: "N"}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_resolution_survives_writing(tagged, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tagged)), path)
    assert Image.open(path).info["dpi"] == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize(
    "stored",
    [
        {"data": np.zeros((36, 48), np.uint8)},
        {"data": np.zeros((36, 48), np.uint8), "photometric": "miniswhite"},
        {"data": np.zeros((36, 48), np.uint8), "bigtiff": True},
        {"data": np.zeros((36, 48), np.uint16)},
        {"data": np.zeros((36, 48), np.uint16), "tile": (16, 16)},
        {"data": np.zeros((36, 48), np.float32)},
        {
            "data": np.zeros((3, 36, 48), np.uint8),
            "photometric": "rgb",
            "planarconfig": "separate",
        },
    ],
    ids=["grey", "inverted", "big", "deep", "tiled", "float", "planar"],
)
def test_how_a_tiff_is_stored_is_not_said_of_what_is_written(tmp_path, stored, suffix):
    tifffile.imwrite(tmp_path / "in.tif", **stored)
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tmp_path / "in.tif")), path)
    np.testing.assert_allclose(read_photo(path).pixels, np.full((36, 48, 3), 77), atol=1)


def test_reading_leaves_the_given_image_as_it_was(tagged):
    with Image.open(tagged) as image:
        first, second = photo_of_image(image), photo_of_image(image)
    assert first.size == second.size == (48, 36)
    assert image.getexif()[ORIENTATION] == 6


@pytest.mark.parametrize(("mode", "space"), [("RGB", b"RGB "), ("L", b"GRAY")])
def test_embedded_profiles_are_converted_to_srgb(color_image, tmp_path, mode, space):
    image = color_image.convert(mode)
    image.save(tmp_path / "x.png", icc_profile=gamma_profile(space))
    expected = srgb_of_gamma(np.asarray(image).astype(float))
    pixels = read_photo(tmp_path / "x.png").pixels
    if mode == "L" and pixels.ndim == 3:
        expected = expected[..., None].repeat(3, 2)
    # Near black the two curves are steep; the colour engine works in 16 bits there.
    np.testing.assert_allclose(pixels, expected, atol=3)
    assert np.abs(expected - np.asarray(image).reshape(*image.size[::-1], -1)).max() > 10


@pytest.mark.parametrize(("mode", "space"), [("RGB", b"RGB "), ("L", b"GRAY")])
def test_photos_with_a_profile_are_tagged_srgb(color_image, tmp_path, mode, space):
    image = color_image.convert(mode)
    image.save(tmp_path / "x.png", icc_profile=gamma_profile(space))
    tag = io.BytesIO(read_photo(tmp_path / "x.png").info["icc_profile"])
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(tag))


def test_srgb_profiles_change_nothing(color_image, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    color_image.save(tmp_path / "x.png", icc_profile=profile)
    pixels = read_photo(tmp_path / "x.png").pixels
    np.testing.assert_allclose(pixels, np.asarray(color_image), atol=1)


def test_photos_without_a_profile_get_none(color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    assert "icc_profile" not in read_photo(tmp_path / "x.png").info


@pytest.mark.parametrize("profile", [b"no profile", gamma_profile(b"GRAY")], ids=["broken", "grey"])
def test_profiles_that_do_not_fit_are_ignored(color_image, tmp_path, profile):
    color_image.save(tmp_path / "x.png", icc_profile=profile)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(color_image))


def test_damaged_exif_costs_the_metadata_but_not_the_photo(color_image, tmp_path):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff" * 4
    color_image.save(tmp_path / "photo.jpg", exif=exif)
    photo = read_photo(tmp_path / "photo.jpg")
    assert photo.size == (color_image.height, color_image.width)
