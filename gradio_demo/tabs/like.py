"""Colours like: photos in colour whose colours the open photo is to have."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gradio_demo.components import as_data, tray
from gradio_demo.deadline import in_time
from gradio_demo.looks import looks_value
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.page import ENGINE, Page, in_color
from gradio_demo.refusals import in_words


class LikePart:
    """A button to choose such photos, which can be dropped on it too, and those chosen.

    Args:
        page: with the visitors' photos.

    Attributes:
        shown: parts whose values are :func:`like_values`.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Column(elem_id="like"):
            self.add = gr.UploadButton("Colours like …", file_count="multiple", size="sm")
            self.photos = tray("likes", "Photos whose colours are copied")
            self.likeness = gr.Slider(
                0.2,
                3.0,
                1.0,
                step=0.05,
                label="Likeness",
                info="how readily colours are copied",
                visible=False,
                elem_id="likeness",
                buttons=[],  # as of the tab's other sliders
            )
        self.shown = (self.photos, self.likeness)

    def changes(self, compare: gr.HTML, looks: gr.HTML) -> list[Any]:
        """Have all events change these parts, and return them."""
        quiet: dict[str, Any] = {"show_progress": "hidden", **ENGINE}
        return [
            self.add.upload(
                self.take,
                self.add,
                [compare, looks, *self.shown],
                show_progress_on=[self.add],
                **ENGINE,
            ),
            self.photos.removed(self.leave_out, outputs=[compare, looks, *self.shown], **quiet),
            self.likeness.input(
                self.change, self.likeness, [compare, looks], trigger_mode="always_last", **quiet
            ),
        ]

    @in_words
    @in_time
    def take(self, files: list[str] | None, request: gr.Request) -> tuple[Any, ...]:
        """Copy colours from more photos."""
        photo = self.page.desk.photo(request)
        photo.add_like([self.page.desk.file(file, request) for file in files or []])
        return in_color(photo), looks_value(photo), *like_values(photo)

    @in_words
    @in_time
    def leave_out(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Copy colours no more from one of the photos."""
        photo = self.page.desk.photo(request)
        photo.leave_out_like(event._data.get("index", -1))
        return in_color(photo), looks_value(photo), *like_values(photo)

    @in_words
    @in_time
    def change(self, likeness: float, request: gr.Request) -> tuple[Any, ...]:
        """Copy colours more or less readily."""
        photo = self.page.desk.photo(request)
        photo.choose_likeness(likeness)
        return in_color(photo), looks_value(photo)


def like_values(photo: OpenPhoto) -> tuple[Any, ...]:
    """Make the values of the photos whose colours are copied, and of how readily they are."""
    photos = [{"picture": as_data(one.picture), "name": one.path.name} for one in photo.like]
    likeness = gr.Slider(value=photo.options.likeness, visible=bool(photo.like))
    return {"photos": photos}, likeness
