"""Small real files of every kind that is read, with all that lies beside pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator

import imagecodecs
import numpy as np
import skimage.data
import tifffile
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from colorize_core.photo import jpeg2000, jpegxl

_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description rdf:about="" tiff:Orientation="6"><tiff:BitsPerSample><rdf:Seq>'
    b"<rdf:li>8</rdf:li></rdf:Seq></tiff:BitsPerSample></rdf:Description></rdf:RDF></x:xmpmeta>"
)
_IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0c\x1c\x02\x19\0\x05beach\0\0"


def originals() -> dict[str, bytes]:
    """Files by their names; the same in every run."""
    return {
        f"{number:02}{suffix}": content
        for number, (suffix, content) in enumerate(
            (*_by_pillow(), *_by_tifffile(), *_by_imagecodecs())
        )
    }


def _described() -> dict[str, object]:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.XResolution] = 300.0
    exif.get_ifd(ExifTags.IFD.Exif).update({0x9003: "1954:07:01 12:00:00", 0xA002: 48, 0xA001: 1})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (54.0, 18.0, 0.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "dpi": (300, 300)}


def _by_pillow() -> Iterator[tuple[str, bytes]]:
    colors = Image.fromarray(skimage.data.astronaut()).resize((48, 32))
    grey, clear = colors.convert("L"), colors.convert("RGBA")
    clear.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    described = _described()
    with_xmp = {**described, "xmp": _XMP}
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "Strand")
    texts.add_text("Note", "lang" * 40, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    iptc = b"\xff\xed" + (len(_IPTC) + 2).to_bytes(2, "big") + _IPTC
    saves: list[tuple[str, Image.Image, str, dict]] = [
        (".jpg", colors, "JPEG", {**with_xmp, "comment": b"beach", "extra": iptc}),
        (".jpg", grey, "JPEG", {"progressive": True, **with_xmp}),
        (".jpg", colors, "JPEG", {"restart_marker_blocks": 2, "exif": described["exif"]}),
        (".jpg", colors.convert("CMYK"), "JPEG", {}),
        (".jpg", colors, "MPO", {"save_all": True, "append_images": [grey.convert("RGB")]}),
        (".png", colors, "PNG", {**described, "pnginfo": texts}),
        (".png", deep, "PNG", described),
        (".png", clear, "PNG", {}),
        (".png", colors.quantize(16), "PNG", {"transparency": 3}),
        (".png", colors.convert("1"), "PNG", {}),
        (".webp", colors, "WEBP", with_xmp),
        (".webp", clear, "WEBP", {"lossless": True, **with_xmp}),
        (".avif", colors, "AVIF", with_xmp),
        (".gif", colors.quantize(32), "GIF", {"comment": b"beach"}),
        (".bmp", colors, "BMP", {}),
        (".bmp", grey, "BMP", {}),
        (".ppm", colors, "PPM", {}),
        (".pgm", deep, "PPM", {}),
        (".tif", colors, "TIFF", {"compression": "tiff_lzw", "dpi": (300, 300)}),
        (".tif", colors, "TIFF", {"compression": "jpeg"}),
        (".tif", colors.convert("1"), "TIFF", {"compression": "group4"}),
        (".tif", clear, "TIFF", {"compression": "packbits"}),
        (".tif", colors.quantize(32), "TIFF", {}),
        (".tif", grey, "TIFF", {"save_all": True, "append_images": [colors, grey]}),
    ]
    try:
        import pillow_heif
    except ImportError:
        pass
    else:
        pillow_heif.register_heif_opener()
        saves.append((".heic", colors, "HEIF", with_xmp))
    for suffix, image, kind, options in saves:
        content = io.BytesIO()
        image.save(content, kind, **options)
        yield suffix, content.getvalue()
    yield ".pgm", b"P2 6 4 255\n" + b" ".join(b"%d" % (value * 10) for value in range(24))


def _by_tifffile() -> Iterator[tuple[str, bytes]]:
    colors = np.asarray(Image.fromarray(skimage.data.astronaut()).resize((48, 32)))
    deep = colors.astype(np.uint16) * 257
    extra = [(700, 1, len(_XMP), _XMP, True), (33723, 7, len(_IPTC) - 26, _IPTC[26:], True)]
    for values, options in (
        (deep, {"photometric": "rgb", "compression": "zlib", "predictor": 2, "extratags": extra}),
        (deep[..., 0], {"photometric": "minisblack", "bigtiff": True, "byteorder": ">"}),
        (deep, {"photometric": "rgb", "planarconfig": "separate", "rowsperstrip": 7}),
        (np.float32(colors / 255), {"photometric": "rgb", "compression": "zstd", "predictor": 3}),
        (deep[..., 0], {"photometric": "minisblack", "tile": (16, 16), "compression": "lzw"}),
        (colors, {"photometric": "ycbcr", "extratags": [(530, "H", 2, (1, 1), True)]}),
        (np.dstack((colors, deep)).astype(np.uint8)[..., :5], {"photometric": "separated"}),
        (colors, {"photometric": "rgb", "compression": "webp"}),
        (deep, {"photometric": 34892, "extratags": [(50706, "B", 4, (1, 4, 0, 0), True)]}),
    ):
        content = io.BytesIO()
        tifffile.imwrite(content, values, **options)
        yield ".tif", content.getvalue()


def _by_imagecodecs() -> Iterator[tuple[str, bytes]]:
    colors = np.asarray(Image.fromarray(skimage.data.astronaut()).resize((48, 32)))
    deep = np.ascontiguousarray(colors.astype(np.uint16) * 257)
    notes = {"xmp": _XMP, "exif": _described()["exif"], "iptc": _IPTC[26:], "dpi": (300.0, 300.0)}
    for pixels in (colors, deep):
        yield ".jp2", b"".join(jpeg2000.encode(pixels, pixels[..., 0], _profile(), notes))
        yield ".jxl", b"".join(jpegxl.encode(pixels, pixels[..., 0], notes))
    yield ".jxl", bytes(imagecodecs.jpegxl_encode(colors, lossless=True, usecontainer=False))
    plain = imagecodecs.jpeg2k_encode(deep, codecformat="j2k", level=0, reversible=True)
    yield ".j2k", bytes(plain)


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
