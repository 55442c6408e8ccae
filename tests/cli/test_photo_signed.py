"""``colorize photo --sign``: refusals before any work, and folders."""

import c2pa
import certificates
import pytest
import skimage.data
from PIL import Image

GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))


@pytest.fixture
def keys(tmp_path):
    made = certificates.signer(tmp_path / "keys")
    return "--sign", made.chain, made.key


def test_a_folder_is_signed_by_several_processes(colorize, tmp_path, keys):
    (tmp_path / "scans").mkdir()
    GREY.save(tmp_path / "scans/a.jpg")
    GREY.save(tmp_path / "scans/b.bmp")
    first = colorize("scans", "-o", "out", "--jobs", "2", *keys)
    assert first.returncode == 0, first.stderr
    for name in ("a.jpg", "b.png"):
        with c2pa.Reader(tmp_path / "out" / name) as reader:
            assert reader.get_validation_state() == "Valid"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "b.png"]


def test_photos_of_a_page_are_signed_one_by_one(colorize, tmp_path, keys):
    GREY.save(tmp_path / "page.png")
    assert colorize("page.png", "-o", "out", "--split", *keys).returncode == 0
    with c2pa.Reader(tmp_path / "out/page-1.png") as reader:
        assert reader.get_validation_state() == "Valid"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "out", "--format", "jp2"], "a.jp2: cannot be signed in this format; these can be"),
        (["-o", "out", "--no-provenance"], "--sign records what --no-provenance leaves out"),
    ],
)
def test_what_cannot_be_signed_is_refused_before_work_starts(
    colorize, tmp_path, keys, arguments, said
):
    GREY.save(tmp_path / "a.jpg")
    GREY.save(tmp_path / "b.jpg")
    result = colorize("a.jpg", "b.jpg", *arguments, *keys)
    assert result.returncode != 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_key_is_said_in_one_line_before_work_starts(colorize, tmp_path, keys):
    GREY.save(tmp_path / "a.jpg")
    result = colorize("a.jpg", "-o", "out.jpg", "--sign", keys[1], keys[1])
    assert result.returncode == 2
    assert "key.pem" not in result.stderr
    assert "chain.pem: holds no private key (PEM)" in result.stderr
    assert not (tmp_path / "out.jpg").exists()


def test_a_missing_package_is_named_with_the_command_that_fits(colorize, tmp_path, keys):
    (tmp_path / "c2pa.py").write_text("raise ImportError('not here')\n")  # in the working folder
    GREY.save(tmp_path / "a.jpg")
    result = colorize("a.jpg", *keys)
    assert result.returncode == 2
    assert "-m pip install c2pa-python" in result.stderr.replace("\n", " ")
