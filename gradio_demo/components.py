"""Parts of the page beyond Gradio's own: each a template and a script in ``web``.

Pictures travel as data inside their values, so that previews never lie on the disk.
"""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

WEB = Path(__file__).resolve().parent / "web"
_QUALITY = 88
_CANVAS = ("canvas_view", "canvas_hints", "canvas", "canvas_hands")


def compare(elem_id: str) -> gr.HTML:
    """Show a photo in grey and in colour, with a movable line between.

    Value: ``{"before": picture, "after": picture, "width": int, "height": int}``; keys
    left out keep their values.
    """
    return _part("compare", elem_id)


def canvas(elem_id: str, paint: bool, label: str, empty: str) -> gr.HTML:
    """Show a photo to point at and, with ``paint``, to paint hints on.

    Events: ``asked`` with ``x`` and ``y``, ``painted`` with ``strokes``, all in the photo's
    pixels; ``saved``, and ``loaded`` with the ``text`` of a file of hints.

    Value: ``{"picture": ..., "width": int, "height": int, "strokes": [...], "palette": [...],
    "point": [x, y]}``; keys left out keep their values. None: no photo is open, and the words
    ``empty`` are seen. ``loaded`` are strokes to paint, ``file`` has ``name`` and ``text`` of a
    file to download.
    """
    return _part("canvas", elem_id, _CANVAS, paint=str(paint).lower(), words=label, empty=empty)


def mask(elem_id: str, label: str, empty: str) -> gr.HTML:
    """Show a photo to paint a mask on.

    Event: ``painted`` with ``strokes``, in the photo's pixels, and ``keeps``, whether what they
    cover stays as it was. Value: as of :func:`canvas`, and ``keeps``.
    """
    return _part("mask", elem_id, _CANVAS, words=label, empty=empty)


def choices(
    elem_id: str, label: str, value: dict[str, Any] | None = None, empty: str = ""
) -> gr.HTML:
    """Show pictures to choose one of.

    Event: ``chosen`` with ``index``, and ``beside`` if it is to be combined with those chosen
    before. Value: ``{"pictures": [{"picture": ..., "title": ..., "note": ..., "color": "#rrggbb" or
    left out}], "chosen": indices}``, or None. ``where`` of a picture is a small one in its corner,
    of the place that it is about; ``beside`` are the words on a button to combine it.
    """
    return _part("choices", elem_id, value=value, words=label, empty=empty)


def tray(elem_id: str, label: str) -> gr.HTML:
    """Show photos side by side, one of them open.

    Events: ``chosen`` and ``removed`` with ``index`` and the ``tab`` that is shown. Value:
    ``{"photos": [{"picture": ..., "name": ..., "open": bool}], "status": words}``; without photos
    those shown stay. Without ``open`` a photo can be removed but not chosen.
    """
    return _part("tray", elem_id, words=label)


def as_data(pixels: np.ndarray, quality: int = _QUALITY) -> str:
    """Encode a picture, uint8 ``(H, W, 3)`` or ``(H, W)``, as a data URL."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=quality, subsampling="4:4:4")
    return _url("image/jpeg", encoded)


def as_small_data(image: Image.Image) -> str:
    """Encode a picture that every first page has, as a data URL with fewer bytes."""
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=75, method=6)
    return _url("image/webp", encoded)


def _url(kind: str, encoded: io.BytesIO) -> str:
    return f"data:{kind};base64," + base64.b64encode(encoded.getvalue()).decode("ascii")


def _part(
    name: str,
    elem_id: str,
    scripts: tuple[str, ...] = (),
    value: dict[str, Any] | None = None,
    **words: str,
) -> gr.HTML:
    """Make a part of its template and its scripts, which run as if they were one.

    Words are filled in here: Gradio forgets them where a part in a hidden row gets a value.
    """
    template = (WEB / f"{name}.html").read_text("utf-8")
    for key, text in words.items():
        template = template.replace(f"${{{key}}}", escape(text))
    return gr.HTML(
        html_template=template,
        js_on_load="".join((WEB / f"{one}.js").read_text("utf-8") for one in scripts or (name,)),
        apply_default_css=False,
        elem_id=elem_id,
        value=value,
    )
