"""Signed outputs: what C2PA's own reader says of them."""

import json
import socket

import c2pa
import certificates
import numpy as np
import pytest
import skimage.data
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from colorize_core import __version__
from colorize_core.photo import PhotoError, read_pages, read_photo, write_pages, write_photo
from colorize_core.photo.credentials import SigningError
from colorize_core.photo.photo import Made, Photo
from colorize_core.photo.provenance import SOURCE_TYPE, read_made
from colorize_core.photo.signing import Seal, check_signable, read_credentials

MADE = Made("lite", "sha256:00", "saturation=1.5", "in.jpg", 5, __version__)
PIXELS = skimage.data.astronaut()[:64, :96]
MIME = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".jxl": "image/jxl",
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The files of a signer and of the authority that vouches for it."""
    return certificates.signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def seal(keys, tmp_path):
    Image.fromarray(PIXELS).convert("L").save(tmp_path / "in.jpg")
    return Seal(read_credentials(keys.chain, keys.key), tmp_path / "in.jpg")


def seen(path, signer):
    """What a reader that trusts the authority says: the state, and the manifests."""
    root = signer.chain.with_name("root.pem").read_text("ascii")
    with (
        c2pa.Context.from_dict({"trust": {"user_anchors": root}}) as context,
        path.open("rb") as file,
        c2pa.Reader(MIME[path.suffix], file, context=context) as reader,
    ):
        return reader.get_validation_state(), json.loads(reader.json())


def active(path, signer):
    told = seen(path, signer)[1]
    return told["manifests"][told["active_manifest"]]


def actions(path, signer):
    (told,) = active(path, signer)["assertions"]
    return told["data"]["actions"]


@pytest.mark.parametrize("suffix", MIME)
def test_a_signed_file_is_valid_whole_and_known_again(seal, keys, tmp_path, suffix):
    photo = Photo(PIXELS, made=MADE, info={"xmp": b""})
    write_photo(photo, tmp_path / f"plain{suffix}")
    write_photo(photo, tmp_path / f"out{suffix}", seal=seal)
    assert seen(tmp_path / f"out{suffix}", keys)[0] == "Trusted"
    plain, signed = (read_photo(tmp_path / f"{name}{suffix}") for name in ("plain", "out"))
    assert np.array_equal(plain.pixels, signed.pixels)
    assert plain.info == signed.info
    assert read_made(tmp_path / f"out{suffix}") == MADE


def test_a_file_that_was_changed_since_is_not_valid(seal, keys, tmp_path):
    path = tmp_path / "out.jpg"
    write_photo(Photo(PIXELS, made=MADE), path, seal=seal)
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    assert seen(path, keys)[0] == "Invalid"


def test_the_manifest_says_what_was_done_to_which_photo(seal, keys, tmp_path):
    path = tmp_path / "out.png"
    write_photo(Photo(PIXELS, made=MADE), path, seal=seal)
    manifest = active(path, keys)
    (original,) = manifest["ingredients"]
    assert (original["title"], original["relationship"]) == ("in.jpg", "parentOf")
    opened, edited = actions(path, keys)
    assert opened["action"] == "c2pa.opened"
    assert opened["parameters"]["ingredients"]
    assert edited["action"] == "c2pa.edited"
    assert edited["digitalSourceType"] == SOURCE_TYPE
    assert edited["softwareAgent"] == {"name": "Colorize", "version": __version__}
    assert edited["parameters"]["modelHash"] == "sha256:00"
    assert manifest["signature_info"]["common_name"] == "Signer"
    assert "time" not in manifest["signature_info"]  # nobody was asked for one


def test_a_photo_that_kept_its_colors_is_not_said_to_be_made_up(seal, keys, tmp_path):
    write_photo(Photo(PIXELS), tmp_path / "out.jpg", seal=seal)
    assert [one["action"] for one in actions(tmp_path / "out.jpg", keys)] == [
        "c2pa.opened",
        "c2pa.transcoded",
    ]
    assert SOURCE_TYPE not in json.dumps(seen(tmp_path / "out.jpg", keys)[1])


def test_manifests_of_the_original_go_along(seal, keys, tmp_path):
    write_photo(Photo(PIXELS, made=MADE), tmp_path / "first.jpg", seal=seal)
    again = Seal(seal.credentials, tmp_path / "first.jpg")
    write_photo(Photo(PIXELS, made=MADE), tmp_path / "second.webp", seal=again)
    state, told = seen(tmp_path / "second.webp", keys)
    assert (state, len(told["manifests"])) == ("Trusted", 2)


@pytest.mark.parametrize("content", [b"BM" + bytes(80), b"II*\0" + b"\xff" * 20, b"\xff\xd8\xff"])
def test_an_original_that_c2pa_cannot_read_is_named_all_the_same(seal, keys, tmp_path, content):
    (tmp_path / "odd").write_bytes(content)
    odd = Seal(seal.credentials, tmp_path / "odd")
    write_photo(Photo(PIXELS, made=MADE), tmp_path / "out.jpg", seal=odd)
    assert seen(tmp_path / "out.jpg", keys)[0] == "Trusted"
    assert active(tmp_path / "out.jpg", keys)["ingredients"][0]["title"] == "odd"


def test_signing_asks_no_network(seal, keys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        elsewhere = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
            ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
            ' rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/"'
            f' dcterms:provenance="{address}"/></rdf:RDF></x:xmpmeta>'
        )
        Image.fromarray(PIXELS).save(tmp_path / "in.jpg", xmp=elsewhere.encode())
        write_photo(Photo(PIXELS, made=MADE), tmp_path / "out.jpg", seal=seal)
        with pytest.raises(TimeoutError):
            server.accept()
    assert seen(tmp_path / "out.jpg", keys)[0] == "Trusted"


def test_deep_tiffs_are_signed_whole(seal, keys, tmp_path):
    pixels, alpha = PIXELS / np.float32(255), PIXELS[..., 0] / np.float32(255)
    write_photo(Photo(pixels, alpha, made=MADE), tmp_path / "out.tif", seal=seal)
    assert seen(tmp_path / "out.tif", keys)[0] == "Trusted"
    photo = read_photo(tmp_path / "out.tif")
    assert np.array_equal(photo.pixels, pixels)
    assert np.array_equal(photo.alpha, alpha)


def test_several_pages_are_refused_and_nothing_is_left(seal, tmp_path):
    photos = [Photo(PIXELS, made=MADE)] * 2
    with pytest.raises(PhotoError, match=r"out\.tif: has 2 pages; only files of one page"):
        write_pages(photos, tmp_path / "out.tif", count=2, seal=seal)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jpg"]


def test_pages_signed_elsewhere_are_read_without_the_page_that_is_none(seal, tmp_path):
    plain, signed = tmp_path / "plain.tif", tmp_path / "signed.tif"
    write_pages([Photo(PIXELS), Photo(PIXELS[::-1])], plain, count=2)
    seal.put(plain, signed, signed, None)
    pages = [page.pixels for page in read_pages(signed)]
    assert len(pages) == 2
    assert np.array_equal(pages[1], PIXELS[::-1])


def test_a_failure_to_sign_leaves_what_was_there(seal, tmp_path):
    path = tmp_path / "out.jpg"
    path.write_bytes(b"before")
    gone = Seal(seal.credentials, tmp_path / "gone.jpg")
    with pytest.raises(PhotoError, match=r"out\.jpg"):
        write_photo(Photo(PIXELS, made=MADE), path, overwrite=True, seal=gone)
    assert path.read_bytes() == b"before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jpg", "out.jpg"]


@pytest.mark.parametrize("kind", certificates.KEYS)
@pytest.mark.parametrize("form", ["PKCS8", "OPENSSL"])
def test_keys_of_every_common_kind_sign(tmp_path, kind, form):
    if (kind, form) == ("ed25519", "OPENSSL"):
        return  # which it has no form in
    signer = certificates.signer(tmp_path / "keys", kind, form=getattr(certificates, form))
    Image.fromarray(PIXELS).save(tmp_path / "in.png")
    seal = Seal(read_credentials(signer.chain, signer.key), tmp_path / "in.png")
    write_photo(Photo(PIXELS, made=MADE), tmp_path / "out.jpg", seal=seal)
    assert seen(tmp_path / "out.jpg", signer)[0] == "Trusted"


def test_keys_that_do_not_fit_are_refused_in_one_line(keys, tmp_path):
    other = certificates.signer(tmp_path / "other")
    old = certificates.signer(tmp_path / "old", days=(-60, -2))
    early = certificates.signer(tmp_path / "early", days=(2, 30))
    locked = certificates.signer(tmp_path / "locked", password=b"secret")
    server = certificates.signer(tmp_path / "server", purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    for certificate, key, said in (
        (keys.chain, other.key, "is not the key of the first certificate in"),
        (keys.key, keys.key, "holds no certificate"),
        (keys.chain, keys.chain, "holds no private key"),
        (tmp_path, keys.key, "Is a directory"),
        (old.chain, old.key, "expired on"),
        (early.chain, early.key, "not valid before"),
        (locked.chain, locked.key, "is locked by a password"),
        (server.chain, server.key, "not fit for signing"),
    ):
        with pytest.raises(SigningError, match=said) as error:
            read_credentials(certificate, key)
        assert str(error.value).startswith((f"{certificate}: ", f"{key}: "))
        assert "\n" not in str(error.value)


def test_a_key_is_not_shown(seal):
    assert "PRIVATE" not in repr(seal)


def test_formats_that_cannot_be_signed_are_told_from_those_that_can(tmp_path):
    check_signable([tmp_path / f"out{suffix}" for suffix in MIME])
    with pytest.raises(SigningError, match=r"out\.jp2: .* avif, heic, jpg, jxl, png, tif, webp"):
        check_signable([tmp_path / "out.jpg", tmp_path / "out.jp2"])
