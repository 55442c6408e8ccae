"""Colours like: photos in colour whose colours another photo, a folder's or a film is to have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from colorize_core.engine import ColorizeOptions
from gradio_demo.components import as_data, tray
from gradio_demo.deadline import in_time
from gradio_demo.likes import Like, all_looked_at
from gradio_demo.looks import looks_value
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.page import ENGINE, Page, in_color
from gradio_demo.refusals import in_words

# Photos that are only looked at wait for nobody's network, but for one another.
_LOOKING: dict[str, Any] = {
    "concurrency_id": "like",
    "concurrency_limit": 1,
    "api_visibility": "private",
}


class _LikePart:
    """A button to choose such photos, which can be dropped on it too, and those chosen.

    Args:
        page: with the visitors' photos.
        prefix: of the names of its parts on the page.

    Attributes:
        likeness: how readily colours are copied.
        shown: parts whose values are :func:`_values`.
    """

    def __init__(self, page: Page, prefix: str = "") -> None:
        self.page = page
        with gr.Column(elem_id=f"{prefix}like", elem_classes="like-part"):
            self.add = gr.UploadButton("Colours like …", file_count="multiple", size="sm")
            self.photos = tray(f"{prefix}likes", "Photos whose colours are copied")
            self.likeness = gr.Slider(
                0.2,
                3.0,
                1.0,
                step=0.05,
                label="Likeness",
                info="how readily colours are copied",
                visible=False,
                elem_id=f"{prefix}likeness",
                buttons=[],  # as of the first tab's other sliders
            )
        self.shown = (self.photos, self.likeness)


class PhotoLikePart(_LikePart):
    """The part for the open photo, which keeps what is chosen."""

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


class VisitLikePart(_LikePart):
    """The part for whatever a visitor colorizes in a tab: chosen once, until the visit ends.

    Attributes:
        chosen: events after which other photos are chosen.
    """

    def __init__(self, page: Page, prefix: str) -> None:
        super().__init__(page, prefix)
        self._likes: dict[str, tuple[Like, ...]] = {}
        page.desk.visits.when_ended.append(self._forget)
        page.desk.visits.when_handed_on.append(lambda visit, _: self._forget(visit))
        self.chosen: list[Any] = [
            self.add.upload(
                self.take, self.add, self.shown, show_progress_on=[self.add], **_LOOKING
            ),
            self.photos.removed(
                self.leave_out, outputs=self.shown, show_progress="hidden", **_LOOKING
            ),
        ]

    def options(
        self, options: ColorizeOptions, likeness: float, request: gr.Request
    ) -> ColorizeOptions:
        """Add to options the photos that their visitor has chosen, if any.

        Raises:
            Refusal: one was put away.
            ValueError: the likeness is out of its range.
        """
        like = [self.page.desk.file(one.path, request) for one in self._of(request)]
        return replace(options, like=like, likeness=likeness) if like else options

    @in_words
    @in_time
    def take(self, files: list[str] | None, request: gr.Request) -> tuple[Any, ...]:
        """Copy colours from more photos."""
        desk, before = self.page.desk, self._of(request)
        paths = [desk.file(file, request) for file in files or []]
        more = all_looked_at(desk.workshop, paths, len(before))
        return self._keep((*before, *more), request)

    @in_words
    def leave_out(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Copy colours no more from one of the photos. Its file may be in use, and stays."""
        like = list(self._of(request))
        number = event._data.get("index", -1)
        if type(number) is not int or number not in range(len(like)):
            raise ValueError(f"there is no photo {number} to copy colours from")
        del like[number]
        return self._keep(tuple(like), request)

    def _of(self, request: gr.Request) -> tuple[Like, ...]:
        return self._likes.get(str(request.session_hash), ())

    def _keep(self, like: tuple[Like, ...], request: gr.Request) -> tuple[Any, ...]:
        visit = str(request.session_hash)
        self._likes[visit] = like
        if self.page.desk.visits.has_ended(visit):
            self._forget(visit)
        return _values(like, {} if like else {"value": 1.0})

    def _forget(self, visit: str) -> None:
        self._likes.pop(visit, None)


def like_values(photo: OpenPhoto) -> tuple[Any, ...]:
    """Make the values of the photos whose colours are copied, and of how readily they are."""
    return _values(photo.like, {"value": photo.options.likeness})


def _values(like: Sequence[Like], likeness: dict[str, Any]) -> tuple[Any, ...]:
    photos = [{"picture": as_data(one.picture), "name": one.path.name} for one in like]
    return {"photos": photos}, gr.Slider(visible=bool(like), **likeness)
