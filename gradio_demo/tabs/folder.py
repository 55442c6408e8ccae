"""Folder: many photos at once."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import gradio as gr

from colorize_core.engine import ColorizeOptions
from gradio_demo.folder import DONE, FAILED, Item, Progress, colorize_folder
from gradio_demo.formats import FORMATS, OWN_FORMAT, suffix_of
from gradio_demo.page import AT_ONCE, Page
from gradio_demo.refusals import in_words_each
from gradio_demo.tabs.like import VisitLikePart


class FolderTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page) -> None:
        self.page = page
        names = page.engines.names
        gr.HTML(
            '<p class="quiet">Choose as many photos as you like; each comes back in colour, in '
            "one archive. A photo that cannot be read does not stop the others.</p>"
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.files = gr.File(
                    file_count="multiple",
                    label="Drop photos here, or click to choose them",
                    show_label=False,
                    height=220,
                    elem_id="folder-files",
                )
            with gr.Column(scale=1, min_width=270, elem_id="folder-controls"):
                self.saturation = gr.Slider(0.0, 2.0, 1.0, step=0.05, label="Saturation")
                self.warmth = gr.Slider(
                    -1.0, 1.0, 0.0, step=0.05, label="Warmth", info="low is cool"
                )
                self.detail = gr.Checkbox(
                    label="Look closer for details", info="for small things; slower"
                )
                self.model = gr.Dropdown(
                    names, value=names[0], label="Model", visible=len(names) > 1
                )
                self.format = gr.Dropdown(list(FORMATS), value=OWN_FORMAT, label="Files")
                self.like = VisitLikePart(page, "folder-")
                self.go = gr.Button("Colorize all", variant="primary", elem_id="folder-go")
                self.stop = gr.Button("Stop", visible=False, elem_id="folder-stop")
                self.archive = gr.DownloadButton(
                    "Save the archive", visible=False, elem_id="folder-archive"
                )
        self.states = gr.HTML(elem_id="folder-states")
        looks = [self.saturation, self.warmth, self.detail, self.like.likeness]
        running = self.go.click(
            self.run,
            [self.files, *looks, self.model, self.format],
            [self.states, self.archive, self.go, self.stop],
            show_progress="hidden",
            concurrency_limit=2,
            concurrency_id="folder",
            api_visibility="private",
        )
        # An archive is of the photos chosen before.
        self.files.change(self._chosen, outputs=[self.go, self.archive], **AT_ONCE)
        ready = [self.go, self.stop]
        running.failure(self._ready, outputs=ready, **AT_ONCE)
        self.stop.click(self._ready, outputs=ready, cancels=[running], **AT_ONCE)

    @in_words_each
    def run(
        self,
        files: list[str] | None,
        saturation: float,
        warmth: float,
        detail: bool,
        likeness: float,
        model: str,
        kind: str,
        request: gr.Request,
    ) -> Iterator[tuple]:
        """Colorize the photos, showing how far it is."""
        options = ColorizeOptions(saturation=saturation, warmth=warmth, detail=bool(detail))
        options = self.like.options(options, likeness, request)
        suffix = suffix_of(kind)
        for progress in colorize_folder(
            self.page.desk, files or [], model, options, request, suffix
        ):
            yield (
                _table(progress),
                gr.DownloadButton(visible=False),
                gr.Button(visible=False),
                gr.Button(visible=True),
            )
        yield _table(progress), *self._finished(progress.archive)

    @staticmethod
    def _finished(archive: Path | None) -> tuple[gr.DownloadButton, gr.Button, gr.Button]:
        """Offer the archive, if there is one."""
        go, stop = FolderTab._ready()
        if archive is None:
            return gr.DownloadButton(visible=False), go, stop
        saved = gr.DownloadButton(value=str(archive), visible=True, variant="primary")
        return saved, gr.Button(visible=True, variant="secondary"), stop

    @staticmethod
    def _chosen() -> tuple[gr.Button, gr.DownloadButton]:
        return gr.Button(variant="primary"), gr.DownloadButton(visible=False)

    @staticmethod
    def _ready() -> tuple[gr.Button, gr.Button]:
        return gr.Button(visible=True, variant="primary"), gr.Button(visible=False)


def _table(progress: Progress) -> str:
    total = len(progress.items)
    done, failed = progress.count(DONE), progress.count(FAILED)
    rows = "".join(
        f'<li data-state="{item.state}">{_picture(item)}'
        f'<span class="file" translate="no">{escape(item.name)}</span>'
        f'<span class="state">{item.state}</span>'
        f'<span class="note">{escape(_note(item))}</span></li>'
        for item in progress.items
    )
    return (
        f'<progress max="{total}" value="{done + failed}" aria-label="Photos done"></progress>'
        f'<p class="tally" role="status">{done} of {total} in colour'
        f"{f', {failed} failed' if failed else ''}</p>"
        f'<ul class="states">{rows}</ul>'
    )


def _picture(item: Item) -> str:
    if not item.picture:
        return '<span class="none"></span>'
    return f'<img src="{item.picture}" alt="">'


def _note(item: Item) -> str:
    """Drop the name from the note, as it stands beside it."""
    return item.note.removeprefix(f"{item.name}: ")
