"""Formats that the page offers for a photo in colour."""

from __future__ import annotations

from gradio_demo.refusals import Refusal

OWN_FORMAT = "Original"  # a word of every language of the page: Gradio's lists are not translated
FORMATS = {
    OWN_FORMAT: "",
    "PNG": ".png",
    "JPEG": ".jpg",
    "TIFF": ".tif",
    "WebP": ".webp",
}


def suffix_of(kind: str) -> str:
    """Look up the suffix of one of the page's formats; empty keeps a photo's own.

    Raises:
        Refusal: it offers no such format.
    """
    if kind not in FORMATS:
        raise Refusal(f"there is no format {kind!r}; there are {', '.join(FORMATS)}")
    return FORMATS[kind]
