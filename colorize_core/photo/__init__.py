"""Photographs on disk: reading them with all that they carry, writing them without losing any.

``reading`` and ``writing`` choose among the containers (``png``, ``tiff_reading``,
``tiff_writing``, and Pillow for the others); ``profiles`` is colour management, ``exif`` and
``metadata`` what lies beside the pixels. Colour science is in ``color``; what a network sees is
prepared by ``engine``.
"""

from colorize_core.photo.finding import PassedOver, find_photos, look_through
from colorize_core.photo.image import PhotoImage
from colorize_core.photo.kinds import PHOTO_SUFFIXES, RAW_SUFFIXES
from colorize_core.photo.photo import ExistsError, Photo, PhotoError, SeveralPagesError
from colorize_core.photo.reading import Pages, photo_of_image, read_pages, read_photo
from colorize_core.photo.writing import (
    WRITABLE_SUFFIXES,
    image_of_photo,
    write_pages,
    write_photo,
)

__all__ = [
    "PHOTO_SUFFIXES",
    "RAW_SUFFIXES",
    "WRITABLE_SUFFIXES",
    "ExistsError",
    "Pages",
    "PassedOver",
    "Photo",
    "PhotoError",
    "PhotoImage",
    "SeveralPagesError",
    "find_photos",
    "image_of_photo",
    "look_through",
    "photo_of_image",
    "read_pages",
    "read_photo",
    "write_pages",
    "write_photo",
]
