"""The values of everything on the first tab that is about the open photo."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from gradio_demo.looks import looks_value
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.page import grey_of, in_color
from gradio_demo.tabs.like import like_values

UNCHANGED = tuple(gr.skip() for _ in range(19))  # of the open photo's parts
_NOTE = 12  # the note's place among them
NONE: dict[str, Any] = {"photos": []}


def values_of(photo: OpenPhoto) -> tuple[Any, ...]:
    """List the values of everything on the page about one photo."""
    height, width = photo.preview.size
    value = {"before": grey_of(photo), "width": width, "height": height}
    return (
        gr.Column(visible=False),
        gr.Row(visible=True),
        _name_of(photo),
        value | in_color(photo),
        photo.temperature,
        photo.options.saturation,
        gr.Slider(value=photo.percent, info=pixels_of(photo)),
        photo.model,
        photo.options.as_is,
        gr.DownloadButton(visible=False),
        gr.Tabs(selected="colorize"),
        None,
        note(""),
        photo.options.warmth,
        looks_value(photo),
        photo.options.detail,
        photo.seen_side,
        *like_values(photo),
    )


def only_note(words: str, *first: Any) -> tuple[Any, ...]:
    """List values that change but the note, and maybe the first ones."""
    return *first, *UNCHANGED[len(first) : _NOTE], note(words), *UNCHANGED[_NOTE + 1 :]


def note(words: str) -> gr.HTML:
    """Show words above the drop zone, or nothing."""
    return gr.HTML(f'<p role="status">{escape(words)}</p>', visible=bool(words))


def _name_of(photo: OpenPhoto) -> str:
    height, width = photo.size
    name = escape(photo.path.name)
    return f'<strong translate="no" title="{name}">{name}</strong> <span>{width} x {height}</span>'


def pixels_of(photo: OpenPhoto) -> str:
    """Say how many pixels the file to download has."""
    height, width = (max(1, round(side * photo.percent / 100)) for side in photo.size)
    return f"{width} x {height} pixels"
