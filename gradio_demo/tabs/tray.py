"""The tray above the tabs: several photos side by side, each with its own hints and settings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from gradio_demo.formats import suffix_of
from gradio_demo.page import AT_ONCE, ENGINE, QUICK, Page, keep_picture, tray_value, unseen
from gradio_demo.refusals import EXPECTED, Refusal, in_words, in_words_each, message_of
from gradio_demo.tabs.colorize import CLICK_SAVE, ColorizeTab
from gradio_demo.tabs.hints import HintsTab
from gradio_demo.tabs.mask import MaskTab
from gradio_demo.tabs.opened import UNCHANGED
from gradio_demo.tray_files import Source, colorize_tray, save_tray, sources_of

# What takes many photos does not keep others from theirs.
_MANY: dict[str, Any] = {
    "concurrency_id": "folder",
    "concurrency_limit": 2,
    "api_visibility": "private",
}


class TrayBar:
    """The tray's buttons, and the handlers of its events.

    Args:
        page: with the tray's own place.
        colorize: which shows the open photo.
        hints: a tab that can stay open while photos are switched.
        mask: another.
        parts: as :func:`tray_buttons` made them.
    """

    def __init__(
        self,
        page: Page,
        colorize: ColorizeTab,
        hints: HintsTab,
        mask: MaskTab,
        parts: dict[str, Any],
    ) -> None:
        self.page = page
        self.colorize = colorize
        self.canvases: dict[str, HintsTab | MaskTab] = {"hints": hints, "part": mask}
        shown = [*colorize.parts, hints.canvas, mask.canvas]
        quiet = unseen(page.tray)
        page.tray.chosen(self.switch, outputs=shown, **quiet, **ENGINE)
        page.tray.removed(self.take_out, outputs=shown, **quiet, **ENGINE)
        parts["add"].upload(
            self.take, [parts["add"], colorize.model], colorize.parts, **quiet, **_MANY
        )
        link, click = parts["link"], CLICK_SAVE.replace("save-link", "tray-link")
        parts["all"].click(
            self.download, colorize.format, [link, page.tray], **quiet, **_MANY
        ).success(None, js=click).failure(
            self._quiet, outputs=page.tray, show_progress="hidden", **AT_ONCE
        )
        parts["keep"].click(self.save, outputs=link, **quiet, **QUICK).success(None, js=click)

    @in_words
    def switch(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Open another photo of the tray."""
        desk = self.page.desk
        tray = desk.tray(request)
        keep_picture(tray, tray.open)
        desk.show(request, event._data.get("index", -1))
        return self._shown(event, request)

    @in_words
    def take_out(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Delete a photo of the tray."""
        self.page.desk.take_out(request, event._data.get("index", -1))
        return self._shown(event, request)

    def _shown(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Show the open photo, in the tab to paint on it if that is where the visitor is."""
        shown = event._data.get("tab")
        canvases = [
            tab.show(request) if name == shown else gr.skip() for name, tab in self.canvases.items()
        ]
        return *self.colorize.opened(request, shown in self.canvases), *canvases

    @in_words_each
    def take(self, files: list[str] | None, model: str, request: gr.Request) -> Iterator[Any]:
        """Put photos, or those of a saved tray, into the tray; a bad one does not stop the rest."""
        desk = self.page.desk
        failed: list[str] = []
        first = True
        for source in self._sources(files or [], request, failed):
            try:
                photo = desk.workshop.in_time(partial(self._add, source, model, request))
            except EXPECTED as error:
                failed.append(message_of(error, source.path))
                continue
            tray = desk.tray(request)
            if first or source.open:
                desk.show(request, tray.photos.index(photo))
                yield self.colorize.opened(request)
            else:
                tray.tidy()
                yield *UNCHANGED, tray_value(tray)
            first = False
        if failed:
            raise Refusal("; ".join(failed))

    def _add(self, source: Source, model: str, request: gr.Request) -> Any:
        desk = self.page.desk
        try:
            tray = desk.tray(request)
        except Refusal:
            pass  # it is the first
        else:
            keep_picture(tray, tray.open)
        photo = desk.add(source.path, request, model, source.choices, source.like)
        keep_picture(desk.tray(request), photo)
        return photo

    def _sources(
        self, files: list[str], request: gr.Request, failed: list[str]
    ) -> Iterator[Source]:
        """Yield what the files hold, and note what is wrong with those that hold nothing."""
        for named in files:
            try:
                path = self.page.desk.file(named, request)
                yield from sources_of(self.page.desk, path, request)
            except EXPECTED as error:
                failed.append(message_of(error))

    @in_words_each
    def download(self, kind: str, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Write all photos of the tray at full size into one archive."""
        for made in colorize_tray(self.page.desk, request, suffix_of(kind)):
            words = f"Colorizing {made.done + 1} of {made.of}" if made.archive is None else ""
            yield gr.skip(), {"status": words}
        for words in made.failed:
            gr.Warning(words)
        yield _link(str(made.archive)), {"status": ""}

    @in_words
    def save(self, request: gr.Request) -> gr.DownloadButton:
        """Write the tray into a file."""
        return _link(str(save_tray(self.page.desk, request)))

    @staticmethod
    def _quiet() -> dict[str, Any]:
        return {"status": ""}


def tray_buttons() -> dict[str, Any]:
    """Make the buttons beside the tray."""
    return {
        "add": gr.UploadButton("Add photos", file_count="multiple", elem_id="tray-add", size="sm"),
        "all": gr.Button("Download all", elem_id="tray-all", size="sm"),
        "keep": gr.Button("Save the tray", elem_id="tray-keep", size="sm"),
        "link": gr.DownloadButton("Save", visible=False, elem_id="tray-link", size="sm"),
    }


def _link(path: str) -> gr.DownloadButton:
    return gr.DownloadButton("Save", value=path, visible=True)
