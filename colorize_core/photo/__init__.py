"""Photographs on disk: reading them with all that they carry, writing them without losing any.

Colour science is in ``color``; what a network sees is prepared by ``engine``.
"""

from colorize_core.photo.finding import PHOTO_SUFFIXES, find_photos
from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.reading import photo_of_image, read_photo
from colorize_core.photo.writing import WRITABLE_SUFFIXES, image_of_photo, write_photo

__all__ = [
    "PHOTO_SUFFIXES",
    "WRITABLE_SUFFIXES",
    "Photo",
    "PhotoError",
    "find_photos",
    "image_of_photo",
    "photo_of_image",
    "read_photo",
    "write_photo",
]
