"""Errors as visitors see them: the engine's own words, never a traceback."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import tifffile
from PIL import Image

from colorize_core.photo import PhotoError
from colorize_core.photo.tiff_reading import is_tiff, page_at, page_numbers
from colorize_core.remedies import Remedy, remedy_of


class Refusal(Exception):  # noqa: N818 - nothing is wrong with the studio
    """A request that the studio turns down; the message says why and what to do."""


_log = logging.getLogger(__name__)
# The folders of an absolute path, here or on Windows; its last part is left.
_FOLDERS = re.compile(r"(?<![\w:./\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\'\":][^/\\\n'\":]*[/\\])+")


def in_words(function: Callable[..., Any]) -> Callable[..., Any]:
    """Show a handler's errors in the browser as messages."""

    @functools.wraps(function)
    def handler(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except gr.Error:  # of a handler that this one called
            raise
        except Exception as error:
            raise _told(error) from None

    return handler


def in_words_each(function: Callable[..., Any]) -> Callable[..., Any]:
    """Show the errors of a yielding handler, see :func:`in_words`."""

    @functools.wraps(function)
    def handler(*arguments: Any, **named: Any) -> Any:
        try:
            yield from function(*arguments, **named)
        except Exception as error:
            raise _told(error) from None

    return handler


EXPECTED = (Refusal, PhotoError, ValueError, OSError, MemoryError)


def _told(error: Exception) -> gr.Error:
    if isinstance(error, EXPECTED):
        return gr.Error(message_of(error), print_exception=False)
    _log.error("a request failed", exc_info=error)
    return gr.Error("Something went wrong. The studio's log says what.", print_exception=False)


def message_of(error: BaseException, path: Path | None = None) -> str:
    """Say in one line what went wrong, with the visitor's file and none of the server's folders.

    Args:
        error: one of :data:`EXPECTED`.
        path: the file where the server keeps it.
    """
    if isinstance(error, MemoryError):
        return "The server has not enough memory for this photo."
    words = str(error).splitlines()[0] if str(error) else type(error).__name__
    if remedy_of(error) is Remedy.EVERY_PAGE:
        words += "; `colorize photo` colorizes them all, or save one in a file of its own"
    if path is not None:
        words = words.replace(str(path), path.name)
    return _FOLDERS.sub("", words)


def check_pixels(path: Path, most_pixels: int) -> None:
    """Refuse a file by its head where decoding it would take too much memory.

    Files other than photographs pass: the reader refuses them.

    Raises:
        Refusal: the photo has too many pixels.
    """
    try:
        width, height = _size_of(path)
    except Exception:  # broken files bring decoders to raise nearly anything
        return
    if width * height > most_pixels:
        raise Refusal(
            f"{path.name}: {width} x {height} pixels are more than the {most_pixels / 1e6:g} "
            "megapixels of this studio (--most-megapixels raises that); make it smaller, or use: "
            "colorize photo"
        )


def _size_of(path: Path) -> tuple[int, int]:
    """Find width and height of the photo in a file, of its largest page if it has several."""
    with path.open("rb") as file:
        head = file.read(4)
    if is_tiff(head):  # Pillow opens neither all kinds nor the page that is the photo
        with tifffile.TiffFile(path) as tiff:
            pages: list[Any] = [page_at(tiff, number) for number in page_numbers(path)]
            sizes = [(page.imagewidth, page.imagelength) for page in pages]
        return max(sizes, key=lambda size: size[0] * size[1])
    Image.MAX_IMAGE_PIXELS = None  # the limit here is the studio's own
    with Image.open(path) as image:
        return image.size
