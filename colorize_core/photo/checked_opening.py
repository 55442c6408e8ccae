"""Images that Pillow has opened: what they claim, by their formats, before they are loaded."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from colorize_core.photo.avif import check_avif
from colorize_core.photo.claims import check_image
from colorize_core.photo.codestream import CodeStream, check_codestream
from colorize_core.photo.photo import PhotoError

_ICONS = ("ICNS", "ICO", "CUR")  # files of other formats inside, which claim what they like


def check_opened(image: Image.Image, file: Path | bytes) -> None:
    """Look at what a file, or its content, claims.

    Raises:
        PhotoError: it is an icon, or claims more than there can be.
        ValueError, struct.error: it is damaged.
    """
    if image.format in _ICONS:
        raise PhotoError("is an icon; only photographs are colorized")
    check_image(image, file)
    if image.format not in ("AVIF", "JPEG2000"):
        return
    content = file if isinstance(file, bytes) else file.read_bytes()
    if image.format == "AVIF":
        check_avif(content, image.size)
    else:
        check_codestream(CodeStream(content), len(content), by_pillow=True, damaged=False)
