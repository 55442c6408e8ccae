"""JPEG and PNG, whose damage is found out: libjpeg and Pillow overlook much of it.

A broken note beside the pixels costs the note. Missing or broken rows cost the photo, unless
whoever reads it takes what there is.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from colorize_core.photo import jpeg, jpeg_damage, png, png_damage
from colorize_core.photo.claims import check_image
from colorize_core.photo.damage import refuse_unless
from colorize_core.photo.depth import without_color
from colorize_core.photo.metadata import kept_info, orientation_of
from colorize_core.photo.photo import Photo
from colorize_core.photo.pillow_reading import (
    photo_of,
    photo_of_image,
    profile_of_gamma,
    refuse_frames,
)
from colorize_core.photo.pixels import make_photo


def read_jpeg(path: Path, damaged: bool) -> Photo:
    """Read a file that begins as a JPEG.

    Raises:
        PhotoError: not all of its rows are in order, and damaged photos are not wanted.
        ValueError: it has more parts than any photograph.
    """
    content = path.read_bytes()
    is_whole = jpeg.is_whole(content)
    with Image.open(io.BytesIO(content)) as image:
        check_image(image, path)
        damage = jpeg_damage.damage_of(content)
        refuse_unless(damaged, damage)
        said = () if damage is None else (str(damage),)
    if not is_whole:  # libjpeg makes something of it, if it only ends
        content += jpeg.END
    with Image.open(io.BytesIO(content)) as image:
        if is_whole and not damage and image.mode in ("L", "RGB"):
            photo = photo_of(image, jpeg.decode(content), None)
        else:
            photo = photo_of_image(image)
    photo.warnings += said
    return photo


def read_png(path: Path, damaged: bool) -> Photo:
    """Read a file that begins as a PNG.

    Raises:
        PhotoError: not all of its rows are in order, and damaged photos are not wanted; or it is
            animated.
        ValueError: its header is wrong.
    """
    looked = png_damage.look_at(path.read_bytes())
    content, warnings = looked.content, tuple(looked.warnings)
    with Image.open(io.BytesIO(content)) as image:
        check_image(image, path)
        refuse_frames(image)
    if not looked.is_sound:
        damage, content = png_damage.damage_of(content)
        refuse_unless(damaged, damage)
        warnings += () if damage is None else (str(damage),)
    try:
        photo = _sound_png(content)
    except (RuntimeError, OSError):  # checksums that are right of data that are wrong
        damage, content = png_damage.damage_of(content)
        refuse_unless(damaged, damage)
        photo = _sound_png(content)
        warnings += () if damage is None else (str(damage),)
    photo.warnings += warnings
    return photo


def _sound_png(content: bytes) -> Photo:
    with Image.open(io.BytesIO(content)) as image:
        if png.is_deep(content):
            said = _reading_less(content, image)
            pixels, alpha = png.decode(content)
            profile = said.info.get("icc_profile") or profile_of_gamma(said)
            info, orientation = kept_info(said), orientation_of(said)
            return make_photo(without_color(pixels), alpha, info, profile, orientation)
        if image.mode in ("L", "LA", "RGB", "RGBA"):
            said = _reading_less(content, image)
            if said is not image:
                # libpng decodes it as Pillow does, in half the time
                return photo_of(said, *png.decode(content))
        return photo_of_image(image)


def _reading_less(content: bytes, image: Image.Image) -> Image.Image:
    """Give a PNG that says all that an image does, whose pixels need not be read for it."""
    dot = png.without_pixels(content)
    return image if dot is None else Image.open(io.BytesIO(dot))
