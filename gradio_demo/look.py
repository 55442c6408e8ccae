"""The look of the page: a theme without fonts from elsewhere, and a style sheet."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils.colors import Color

from gradio_demo.components import WEB
from gradio_demo.settings import Settings

_SAFELIGHT = Color(
    name="safelight",
    c50="#fdf3ee",
    c100="#fbe3d8",
    c200="#f6c5b0",
    c300="#ef9f80",
    c400="#e47650",
    c500="#d2552c",
    c600="#b7431f",
    c700="#95361b",
    c800="#782d1a",
    c900="#5f2718",
    c950="#33120a",
)
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """Make the theme: paper and ink by day, a darkroom by night, a safelight for accent."""
    return gr.themes.Base(
        primary_hue=_SAFELIGHT,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#faf8f5",
        body_background_fill_dark="#141210",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1d1a18",
        background_fill_secondary="#f4f0ea",
        background_fill_secondary_dark="#26221f",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1d1a18",
        block_border_width="0px",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        body_text_color_subdued="#5f5a55",
        body_text_color_subdued_dark="#b3aba4",
        border_color_primary="#e3dcd2",
        border_color_primary_dark="#3a3430",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#efe9e0",
        button_secondary_background_fill_hover="#e5ddd1",
        button_secondary_background_fill_dark="#2f2a26",
        button_secondary_background_fill_hover_dark="#3b3530",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        slider_color="*primary_600",
        slider_color_dark="*primary_500",
    )


def style_sheet() -> str:
    """Read the page's CSS."""
    return (WEB / "style.css").read_text("utf-8")


def first_script() -> str:
    """Read the script to run before Gradio's own, as an element."""
    return f"<script>{(WEB / 'visit.js').read_text('utf-8')}</script>"


def head(settings: Settings) -> str:
    """Put together what goes into the page's head.

    Args:
        settings: whose limits the page keeps by itself.
    """
    style = (WEB / "outside.css").read_text("utf-8")
    scripts = "".join(
        f"<script>{(WEB / name).read_text('utf-8')}</script>"
        for name in ("words.js", "anywhere.js", "full_queue.js", "waiting.js")
    )
    return (
        f"<meta name='color-scheme' content='light dark'><meta name='most-bytes' "
        f"content='{settings.most_bytes}'><meta name='most-in-tray' "
        f"content='{settings.most_in_tray}'><style>{style}</style>{scripts}"
    )
