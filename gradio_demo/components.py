"""Parts of the page beyond Gradio's own: each a template and a script in ``web``.

Pictures travel as data inside their values, so that previews never lie on the disk.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

WEB = Path(__file__).resolve().parent / "web"
_QUALITY = 88


def compare(elem_id: str) -> gr.HTML:
    """Show a photo in grey and in colour, with a movable line between.

    Value: ``{"before": picture, "after": picture, "width": int, "height": int}``; keys
    left out keep their values.
    """
    return _part("compare", elem_id)


def canvas(elem_id: str, paint: bool, label: str) -> gr.HTML:
    """Show a photo to point at and, with ``paint``, to paint hints on.

    Events: ``asked`` with ``x`` and ``y``, ``painted`` with ``strokes``, all in the photo's
    pixels; ``saved``, and ``loaded`` with the ``text`` of a file of hints.

    Value: ``{"picture": ..., "width": int, "height": int, "strokes": [...], "palette": [...],
    "point": [x, y]}``; keys left out keep their values. None: no photo is open. ``loaded`` are
    strokes to paint, ``file`` has ``name`` and ``text`` of a file to download.
    """
    scripts = ("canvas_view", "canvas_hints", "canvas", "canvas_hands")
    return _part("canvas", elem_id, scripts, paint=paint, words=label)


def choices(elem_id: str, value: dict[str, Any] | None = None) -> gr.HTML:
    """Show pictures to choose one of.

    Event: ``chosen`` with ``index``. Value: ``{"pictures": [{"picture": ..., "title": ...,
    "note": ..., "color": "#rrggbb" or left out}], "chosen": index}``, or None. ``where`` of a
    picture is a small one in its corner, of the place that it is about.
    """
    return _part("choices", elem_id, value=value)


def tray(elem_id: str) -> gr.HTML:
    """Show photos side by side, one of them open.

    Events: ``chosen`` and ``removed`` with ``index`` and the ``tab`` that is shown. Value:
    ``{"photos": [{"picture": ..., "name": ..., "open": bool}], "status": words}``; without photos
    those shown stay.
    """
    return _part("tray", elem_id)


def as_data(pixels: np.ndarray) -> str:
    """Encode a picture, uint8 ``(H, W, 3)`` or ``(H, W)``, as a data URL."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=_QUALITY, subsampling="4:4:4")
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")


def _part(name: str, elem_id: str, scripts: tuple[str, ...] = (), **named: Any) -> gr.HTML:
    """Make a part of its template and its scripts, which run as if they were one."""
    return gr.HTML(
        html_template=(WEB / f"{name}.html").read_text("utf-8"),
        js_on_load="".join((WEB / f"{one}.js").read_text("utf-8") for one in scripts or (name,)),
        apply_default_css=False,
        elem_id=elem_id,
        **named,
    )
