"""What becomes of a single photograph that is prepared."""

import io
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms

from colorize_core.color import rgb_to_lab
from colorize_core.data import Photographs
from colorize_core.data.resizing import Prepared, Recipe, is_near_grey, prepared
from colorize_core.photo import claims

ORIENTATION = 274
ROTATED = 6  # to be shown turned by a quarter, clockwise


def made(path: Path, recipe: Recipe) -> Prepared:
    photographs = Photographs([path])
    return prepared(0, photographs[0], recipe)


def opened(result: Prepared) -> Image.Image:
    assert not result.reason
    image = Image.open(io.BytesIO(result.content))
    assert image.format == "JPEG"
    return image


@pytest.fixture
def coffee(tmp_path) -> Path:
    path = tmp_path / "coffee.png"
    Image.fromarray(skimage.data.coffee()).save(path)  # 600 x 400
    return path


@pytest.mark.parametrize(("short_side", "size"), [(64, (96, 64)), (256, (384, 256))])
def test_the_short_side_is_as_asked(coffee, short_side, size):
    assert opened(made(coffee, Recipe(short_side))).size == size


def test_small_photographs_stay_as_small_as_they_are(coffee):
    assert opened(made(coffee, Recipe(1000))).size == (600, 400)


def test_colors_are_kept(coffee):
    result = np.asarray(opened(made(coffee, Recipe(400))))
    difference = rgb_to_lab(result / 255.0) - rgb_to_lab(skimage.data.coffee() / 255.0)
    assert np.linalg.norm(difference[..., 1:], axis=-1).mean() < 2.5  # the coffee's grain is lost


def test_chroma_is_not_subsampled(tmp_path):
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = (230, 30, 30)
    stripes[:, 1::2] = (30, 30, 230)
    Image.fromarray(stripes).save(tmp_path / "x.png")
    result = np.asarray(opened(made(tmp_path / "x.png", Recipe(64)))).astype(int)
    assert abs(result - stripes).mean() < 10  # 4:2:0 would make it purple: about 65


@pytest.mark.parametrize("suffix", ["jpg", "webp", "png"])
def test_photographs_are_turned_upright(tmp_path, suffix):
    image = Image.fromarray(skimage.data.coffee())
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED
    image.save(tmp_path / f"x.{suffix}", exif=exif)
    result = opened(made(tmp_path / f"x.{suffix}", Recipe(100)))
    upright = image.rotate(-90, expand=True).resize((100, 150))
    assert result.size == (100, 150)
    assert ORIENTATION not in result.getexif()
    assert abs(np.asarray(result).astype(int) - np.asarray(upright)).mean() < 5


def test_profiles_are_converted_to_srgb(tmp_path):
    # A profile of sRGB in which the red and the green primary have changed places.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ")
    image = Image.new("RGB", (40, 40), (150, 90, 60))
    image.save(tmp_path / "x.png", icc_profile=exchanged.replace(b"????", b"gXYZ"))
    result = opened(made(tmp_path / "x.png", Recipe(40)))
    assert "icc_profile" not in result.info
    assert np.abs(np.subtract(result.getpixel((9, 9)), (90, 150, 60))).max() <= 3


def test_large_jpegs_come_out_as_if_decoded_whole(tmp_path):
    image = Image.fromarray(skimage.data.coffee()).resize((2400, 1600), Image.Resampling.BICUBIC)
    image.save(tmp_path / "large.jpg", quality=95)
    result = np.asarray(opened(made(tmp_path / "large.jpg", Recipe(128, 95)))).astype(int)
    expected = np.asarray(image.resize((192, 128), Image.Resampling.LANCZOS))
    assert abs(result - expected).mean() < 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "RGB", "RGBA", "P"])
def test_grey_is_left_out_in_every_mode(tmp_path, mode):
    grey = Image.fromarray(skimage.data.camera())
    if mode == "I;16":
        grey = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        grey = grey.convert(mode)
    grey.save(tmp_path / "x.png")
    assert made(tmp_path / "x.png", Recipe(64, near_grey=5.0)).reason == "near-grey"
    result = opened(made(tmp_path / "x.png", Recipe(64))).convert("L")
    expected = grey.point(lambda value: value / 257).convert("L") if mode == "I;16" else grey
    shades = np.asarray(expected.convert("L").resize((64, 64), Image.Resampling.LANCZOS))
    assert np.abs(np.asarray(result).astype(int) - shades).mean() < 3


@pytest.mark.parametrize("quality", [50, 75, 92])
@pytest.mark.parametrize("levels", [2, 6])
def test_noise_and_compression_give_grey_no_color(tmp_path, quality, levels):
    grey = np.repeat(skimage.data.camera()[..., None].astype(float), 3, -1)
    noise = np.random.default_rng(0).normal(0, levels, grey.shape)
    noisy = Image.fromarray((grey + noise).clip(0, 255).astype(np.uint8))
    noisy.save(tmp_path / "x.jpg", quality=quality)
    assert made(tmp_path / "x.jpg", Recipe(256, near_grey=5.0)).reason == "near-grey"


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_photographs_in_color_are_not_near_grey(name):
    assert not is_near_grey(Image.fromarray(getattr(skimage.data, name)()), 5.0)


@pytest.mark.parametrize(("side", "grey"), [(3, True), (4, False)])
def test_one_pixel_in_a_thousand_may_be_noise(side, grey):
    picture = Image.new("RGB", (100, 120), (120, 120, 120))  # of 12,000
    picture.paste((200, 60, 60), (50, 60, 50 + side, 60 + side))
    assert is_near_grey(picture, 5.0) == grey


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jpg", b""),
        ("x.jpg", b"no photograph"),
        ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(40)),
        ("x.tif", b"II*\x00\xff\xff\xff\xff"),
    ],
)
def test_broken_files_are_a_reason_and_no_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    result = made(tmp_path / name, Recipe(64))
    assert result.reason.startswith("broken: ")
    assert "0x" not in result.reason  # an address would differ from run to run
    assert (result.content, result.hashed) == (b"", 0)


def test_truncated_photographs_are_broken(tmp_path, coffee):
    Image.open(coffee).save(tmp_path / "x.jpg")
    content = (tmp_path / "x.jpg").read_bytes()
    (tmp_path / "x.jpg").write_bytes(content[: len(content) // 2])
    assert made(tmp_path / "x.jpg", Recipe(64)).reason.startswith("broken: ")


def test_a_missing_library_is_an_error_and_no_reason(coffee, mocker):
    mocker.patch.dict("sys.modules", {"imagehash": None})
    with pytest.raises(ImportError, match=r"pip install 'colorize\[train\]'"):
        made(coffee, Recipe(64))


def test_a_photograph_all_of_detail_is_kept(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (300, 450, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "gravel.png")
    for quality in (90, 94, 100):
        assert opened(made(tmp_path / "gravel.png", Recipe(300, quality))).size == (450, 300)


def test_what_jpeg_cannot_hold_is_not_called_broken(tmp_path):
    stripe = np.random.default_rng(0).integers(0, 256, (1, 70_000, 3), np.uint8)
    Image.fromarray(stripe.repeat(16, 0)).save(tmp_path / "long.png")
    said = made(tmp_path / "long.png", Recipe(16)).reason
    assert said == "not-encoded: 70000 x 16 pixels, and 65500 a side are the most in JPEG"


# What a file claims


def claiming(width: int, height: int) -> bytes:
    """A PNG without pixels that claims so many."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def webp_claiming(side: int) -> bytes:
    """A WebP without pixels, whose canvas is so large."""
    canvas = b"\0\0\0\0" + (side - 1).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas


@pytest.mark.parametrize("in_shard", [False, True])
def test_a_file_that_is_too_short_for_what_it_claims_is_left_out_with_the_figures(
    tmp_path, in_shard
):
    path = tmp_path / "bomb.png"
    path.write_bytes(claiming(12000, 12000))
    if in_shard:
        with tarfile.open(tmp_path / "shard.tar", "w") as shard:
            shard.add(path, "bomb.png")
        path = tmp_path / "shard.tar"
    reason = made(path, Recipe(64)).reason
    assert reason.startswith("broken: claims 12000 x 12000 pixels, which take 419 KB or more")


def test_a_webp_whose_canvas_is_a_claim_takes_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "available_memory", lambda: 1 << 28)
    (tmp_path / "bomb.webp").write_bytes(webp_claiming(16383))
    reason = made(tmp_path / "bomb.webp", Recipe(64)).reason
    assert "is 16383 x 16383, 268 megapixels, which need at least" in reason


@pytest.mark.parametrize("suffix", [".j2k", ".avif"])
def test_what_a_small_picture_claims_to_be_is_not_made_up(tmp_path, suffix):
    path = tmp_path / f"bomb{suffix}"
    Image.fromarray(skimage.data.astronaut()).resize((48, 32)).save(path)
    content = path.read_bytes()
    at = 8 if suffix == ".j2k" else content.index(b"ispe") + 8
    misnamed = tmp_path / "bomb.jpg"
    misnamed.write_bytes(content[:at] + struct.pack(">II", 4800, 3200) + content[at + 8 :])
    reason = made(misnamed, Recipe(64)).reason
    assert "rows are in order" in reason or "what it holds is 48 x 32" in reason


def test_a_large_scan_is_read_as_everywhere_else(coffee, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow's own limit is 179 megapixels
    assert opened(made(coffee, Recipe(64))).size == (96, 64)


def test_a_jpeg_that_is_decoded_smaller_needs_memory_for_that_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "_SMALL", 1 << 15)
    monkeypatch.setattr(claims, "available_memory", lambda: 1 << 19)
    astronaut = Image.fromarray(skimage.data.astronaut())
    for name in ("photo.jpg", "photo.png"):
        astronaut.save(tmp_path / name)
    assert opened(made(tmp_path / "photo.jpg", Recipe(32))).size == (32, 32)
    assert "which need at least" in made(tmp_path / "photo.png", Recipe(32)).reason
