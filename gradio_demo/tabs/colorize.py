"""The first tab: open a photo, see it in colour, adjust it, take it home."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from gradio_demo.components import choices, compare
from gradio_demo.deadline import in_time
from gradio_demo.examples import EXAMPLES, examples_value, make_example
from gradio_demo.formats import FORMATS, OWN_FORMAT, suffix_of
from gradio_demo.looks import LOOKS, looks_value
from gradio_demo.page import AT_ONCE, ENGINE, Page, in_color, tray_value, unseen
from gradio_demo.refusals import Refusal, in_words
from gradio_demo.tabs.like import PhotoLikePart
from gradio_demo.tabs.opened import NONE, UNCHANGED, only_note, pixels_of, values_of

# The link appears a moment after its file.
CLICK_SAVE = """() => new Promise((done) => {
    const click = (tries) => {
        const link = document.querySelector("#save-link");
        if (!link && tries) return setTimeout(click, 100, tries - 1);
        link?.click();
        done();
    };
    setTimeout(click, 300, 600);
})"""


# Gradio's own button to reset a slider tells nobody, and may reset to what a reload has brought.
_NO_RESET: list[Literal["reset"]] = []


class ColorizeTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Column(elem_id="start") as self.start:
            self.note = gr.HTML(elem_id="note", visible=False)
            self.drop = gr.File(
                label="Drop a photo here, paste it, or click to choose one",
                elem_id="drop",
                height=260,
                show_label=False,
            )
            gr.HTML('<p class="quiet">Or try one of these:</p>')
            self.examples = choices("examples", "Examples", examples_value())
        with gr.Row(visible=False, elem_id="bench", equal_height=False) as self.bench:
            with gr.Column(scale=3, min_width=300):
                self.name = gr.HTML(elem_id="photo-name")
                self.compare = compare("compare")
                self.looks = choices("looks", "Looks")
            with gr.Column(scale=1, min_width=270, elem_id="controls"):
                self._controls()
        self._events()

    def _controls(self) -> None:
        names = self.page.engines.names
        self.temperature = gr.Slider(  # on either side of what models are tuned for
            0.1,
            1.9,
            step=0.01,
            label="Temperature",
            buttons=_NO_RESET,
            info="low is bold, high is calm",
            elem_id="temperature",
        )
        self.saturation = gr.Slider(
            *(0.0, 2.0, 1.0), step=0.05, label="Saturation", elem_id="saturation", buttons=_NO_RESET
        )
        self.warmth = gr.Slider(
            *(-1.0, 1.0, 0.0),
            step=0.05,
            label="Warmth",
            info="low is cool",
            elem_id="warmth",
            buttons=_NO_RESET,
        )
        self.model = gr.Dropdown(
            names, value=names[0], label="Model", visible=len(names) > 1, elem_id="model"
        )
        self.percent = gr.Slider(
            *(10, 100, 100),
            step=5,
            label="Output size, %",
            info=" ",
            elem_id="percent",
            buttons=_NO_RESET,
        )
        self.format = gr.Dropdown(list(FORMATS), value=OWN_FORMAT, label="File", elem_id="format")
        self.make = gr.Button("Download", variant="primary", elem_id="make")
        self.save = gr.DownloadButton("Save", visible=False, elem_id="save-link", size="sm")
        with gr.Accordion("Advanced", open=False, elem_id="advanced"):
            self._advanced()
        self.like = PhotoLikePart(self.page)
        with gr.Row(elem_id="others"):
            self.again = gr.UploadButton("Open another photo", elem_id="again", size="sm")
            beside = gr.Button("Put photos beside it", elem_id="beside", size="sm")
        beside.click(None, js='() => document.querySelector("#tray-add").click()')
        self.put_away = gr.Button("Put everything away", elem_id="put-away", size="sm")

    def _advanced(self) -> None:
        self.detail = gr.Checkbox(
            label="Look closer for details", info="for small things; slower", elem_id="detail"
        )
        self.size = gr.Slider(
            64,
            1024,
            step=16,
            label="Size that the network sees",
            info="short side, in pixels",
            buttons=_NO_RESET,
            elem_id="size",
        )
        self.as_is = gr.Checkbox(
            label="Look at the tones as they are",
            info="else with the contrast that a faded print has lost",
            elem_id="as-is",
        )

    def _events(self) -> None:
        opened = self.parts = [
            *(self.start, self.bench, self.name, self.compare, self.temperature, self.saturation),
            *(self.percent, self.model, self.as_is, self.save, self.page.tabs, self.drop),
            *(self.note, self.warmth, self.looks, self.detail, self.size, *self.like.shown),
            self.page.tray,
        ]
        adjusting = [self.temperature, self.saturation, self.percent, self.warmth]
        for upload in (self.drop, self.again):
            upload.upload(
                self.open, [upload, self.model], opened, show_progress_on=[upload], **ENGINE
            ).failure(lambda: None, outputs=self.drop, **AT_ONCE)
        self.examples.chosen(
            self.open_example, self.model, opened, show_progress_on=[self.examples], **ENGINE
        )
        changes = [
            slider.input(
                self.adjust,
                adjusting,
                [self.compare, self.percent],
                show_progress="hidden",
                trigger_mode="always_last",
                **ENGINE,
            )
            for slider in adjusting
        ]
        changes += [
            self.looks.chosen(
                self.take_look,
                outputs=[self.compare, self.temperature, self.saturation, self.warmth],
                show_progress="hidden",
                **ENGINE,
            ),
            self.model.input(
                self.change_model,
                self.model,
                [self.compare, self.temperature, self.looks, self.size],
                **ENGINE,
            ),
            self.as_is.input(self.change_tones, self.as_is, [self.compare, self.looks], **ENGINE),
        ]
        changes += [
            part.input(
                self.change_look,
                [self.detail, self.size],
                [self.compare, self.looks],
                trigger_mode="always_last",
                **ENGINE,
            )
            for part in (self.detail, self.size)
        ]
        changes += self.like.changes(self.compare, self.looks)
        quiet: dict[str, Any] = {**unseen(self.note), **AT_ONCE}
        self.page.blocks.load(self.come_back, outputs=opened, **quiet)
        self.put_away.click(self.leave, show_progress="hidden", **AT_ONCE).success(
            None, js="() => window.forgetVisit()"
        )
        made = self.make.click(
            self.download, self.format, self.save, show_progress_on=self.make, **ENGINE
        )
        made.success(None, js=CLICK_SAVE)
        for change in (*changes, made):
            change.failure(self.show, outputs=opened, **quiet)

    @in_words
    @in_time
    def open(self, uploaded: str | None, model: str, request: gr.Request) -> tuple[Any, ...]:
        """Open an uploaded photo."""
        if uploaded is None:
            return *UNCHANGED, gr.skip()
        self.page.desk.open(uploaded, request, model)
        return self.opened(request)

    def opened(self, request: gr.Request, stays: bool = False) -> tuple[Any, ...]:
        """List the values of everything on the page about the open photo and its tray.

        Args:
            request: of the visitor.
            stays: in the tab that is shown.
        """
        try:
            tray = self.page.desk.tray(request)
        except Refusal:
            start, bench = gr.Column(visible=True), gr.Row(visible=False)
            return *only_note("", start, bench), NONE
        values = list(values_of(tray.open))
        if stays:
            values[self.parts.index(self.page.tabs)] = gr.skip()
        return *values, tray_value(tray)

    @in_words
    def open_example(self, model: str, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Open the example that was chosen."""
        index = event._data.get("index", 0)
        if index not in range(len(EXAMPLES)):
            raise Refusal(f"there is no example {index}")
        folder = self.page.desk.private_folder(request)
        name = list(EXAMPLES)[int(index)]
        return self.open(str(make_example(name, folder)), model, request)

    @in_words
    @in_time
    def show(self, request: gr.Request) -> tuple[Any, ...]:
        """Show the photo as it is, or the start where none is open."""
        return self.opened(request)

    @in_words
    @in_time
    def come_back(self, request: gr.Request) -> tuple[Any, ...]:
        """Show a reloaded page the photo of the page before, or say why it is gone."""
        if self.page.photo(request) is None:
            return *only_note(self.page.desk.reason(request)), gr.skip()
        return self.opened(request)

    @in_words
    def leave(self, request: gr.Request) -> None:
        """Put the photo away for a page that may come back."""
        self.page.desk.put_away(request)

    @in_words
    @in_time
    def adjust(
        self,
        temperature: float,
        saturation: float,
        percent: float,
        warmth: float,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        """Render the photo with other settings."""
        photo = self.page.desk.photo(request)
        photo.adjust(temperature, saturation, percent, warmth)
        return in_color(photo), gr.Slider(info=pixels_of(photo))

    @in_words
    @in_time
    def take_look(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Set the sliders as a look has them."""
        photo = self.page.desk.photo(request)
        index = event._data.get("index", -1)
        if index not in range(len(LOOKS)):
            raise Refusal(f"there is no look {index}")
        look = list(LOOKS.values())[int(index)]
        photo.adjust(look.temperature, look.saturation, photo.percent, look.warmth)
        return in_color(photo), photo.temperature, look.saturation, look.warmth

    @in_words
    @in_time
    def change_model(self, model: str, request: gr.Request) -> tuple[Any, ...]:
        """Colorize the photo with another model."""
        photo = self.page.desk.photo(request)
        photo.choose_model(model)
        return in_color(photo), photo.temperature, looks_value(photo), photo.seen_side

    @in_words
    @in_time
    def change_look(self, detail: bool, size: int, request: gr.Request) -> Any:
        """Have the network look closer, or see the photo at another size."""
        photo = self.page.desk.photo(request)
        photo.choose_look(bool(detail), int(size))
        return in_color(photo), looks_value(photo)

    @in_words
    @in_time
    def change_tones(self, as_is: bool, request: gr.Request) -> Any:
        """Show the network the photo as it is, or not."""
        photo = self.page.desk.photo(request)
        photo.choose_tones(bool(as_is))
        return in_color(photo), looks_value(photo)

    @in_words
    @in_time
    def download(self, kind: str, request: gr.Request) -> gr.DownloadButton:
        """Write the photo at full size, for the button to offer."""
        path = self.page.desk.photo(request).save(suffix_of(kind))
        size = path.stat().st_size / 2**20
        return gr.DownloadButton(f"{path.name}, {size:.1f} MB", value=str(path), visible=True)
