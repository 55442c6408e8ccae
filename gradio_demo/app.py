"""The studio put together, and served."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio.routes import App, ORJSONResponse
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from colorize_core import __version__
from gradio_demo.api import Api
from gradio_demo.blocks import Blocks
from gradio_demo.components import tray
from gradio_demo.desk import Desk
from gradio_demo.engines import Engines
from gradio_demo.forget import forget_files, forget_visit
from gradio_demo.gates import Gates
from gradio_demo.headers import SafeHeaders, scripts_of
from gradio_demo.logins import SlowLogins
from gradio_demo.look import first_script, head, style_sheet, theme
from gradio_demo.page import Page
from gradio_demo.presence import Presence
from gradio_demo.quiet import OneLine, quiet_gradio
from gradio_demo.settings import Settings
from gradio_demo.strangers import Hosts, Strangers
from gradio_demo.tabs.alternatives import AlternativesTab
from gradio_demo.tabs.colorize import ColorizeTab
from gradio_demo.tabs.film import FilmTab, takes_films
from gradio_demo.tabs.folder import FolderTab
from gradio_demo.tabs.game import game_tab
from gradio_demo.tabs.hints import HintsTab
from gradio_demo.tabs.inside import InsideTab
from gradio_demo.tabs.mask import MaskTab
from gradio_demo.tabs.tray import TrayBar, tray_buttons
from gradio_demo.uploads import PATH as UPLOAD
from gradio_demo.uploads import uploading
from gradio_demo.visits import Visits
from gradio_demo.words import gradios_words, words_route

_MASTHEAD = (
    '<header class="masthead"><h1 translate="no"><b>Colorize</b></h1>'
    "<p>Black-and-white photographs in plausible colour.</p></header>"
)


class PortError(OSError):
    """A port that cannot be listened on; the message says which and why."""


class _Guarded(App):
    """Gradio's server, with the studio's own guards before all of its middleware.

    Args:
        visits: owners of the files that requests name.
        hosts: the names it goes by.
        routes: that come before Gradio's.
    """

    def __init__(self, visits: Visits, hosts: Hosts, routes: Sequence[Route]) -> None:
        super().__init__(routes=routes, default_response_class=ORJSONResponse)
        self.visits = visits
        self.hosts = hosts

    def build_middleware_stack(self) -> ASGIApp:
        """Put the guards around Gradio's own middleware."""
        present = Presence(super().build_middleware_stack(), self.visits, self._cancel)
        inner = Gates(present, self.visits)
        outer = Strangers(SlowLogins(inner), self.hosts)
        return OneLine(SafeHeaders(outer, first_script(), scripts_of(head(Settings()))))

    async def _cancel(self, visit: str) -> None:
        """Take a visit's waiting requests out of the queue."""
        await self.get_blocks()._queue.clean_events(session_hash=visit)


class Studio:
    """The page, its desk, and the server they run on.

    Args:
        settings: how it runs.
        photos: colour photographs for the game; none takes those that come along.

    Raises:
        ValueError: a model or the device cannot be used.
        FileNotFoundError: a model has no weights.
    """

    def __init__(self, settings: Settings, photos: Sequence[Path] = ()) -> None:
        self.settings = settings
        self.photos = photos
        self.engines = Engines(settings.models, settings.device)
        self.desk = Desk(self.engines, settings)  # before any part of Gradio's asks for its folder
        quiet_gradio()
        self.blocks = self._build()
        self._leaving: set[str] = set()
        self.desk.visits.when_ended.append(self._leave)
        self.desk.visits.when_swept.append(self._forget)
        self.url = ""

    def _build(self) -> gr.Blocks:
        with Blocks(title="Colorize", analytics_enabled=False) as blocks:
            gr.HTML(_MASTHEAD, elem_id="masthead")
            with gr.Row(elem_id="tray-row", equal_height=False):
                shelf = tray("tray", "Photos side by side")
                with gr.Column(scale=0, min_width=300, elem_id="tray-buttons"):
                    buttons = tray_buttons()
            with gr.Tabs(selected="colorize", elem_id="tabs") as tabs:
                page = Page(self.settings, self.engines, self.desk, tabs, blocks, shelf)
                with gr.Tab("Colorize", id="colorize"):
                    colorize = ColorizeTab(page)
                with gr.Tab("Hints", id="hints", render_children=True) as tab:
                    hints = HintsTab(page, colorize, tab)
                with gr.Tab("Only a part", id="part", render_children=True) as tab:
                    mask = MaskTab(page, colorize, tab)
                with gr.Tab("Alternatives", id="alternatives", render_children=True) as tab:
                    AlternativesTab(page, colorize, tab)
                with gr.Tab("Look inside", id="inside", render_children=True) as tab:
                    InsideTab(page, tab)
                with gr.Tab("Folder", id="folder", render_children=True):
                    FolderTab(page)
                if takes_films():
                    with gr.Tab("Film", id="film", render_children=True):
                        FilmTab(page)
                with gr.Tab("Real or colorized?", id="game", render_children=True):
                    game_tab(self.desk, self.photos)
            TrayBar(page, colorize, hints, mask, buttons)
            Api(page)
            blocks.unload(_nothing)
        blocks.queue(max_size=self.settings.most_waiting, default_concurrency_limit=4)
        return blocks

    def start(
        self,
        host: str = "127.0.0.1",
        port: int | None = None,
        auth: tuple[str, str] | None = None,
        share: bool = False,
        names: Sequence[str] = (),
    ) -> str:
        """Serve in the background and return the address.

        Args:
            host: the address to listen on.
            port: None takes the first free one from 7860.
            auth: user and password, asked of everybody.
            share: whether to have a public address through Gradio's servers.
            names: that the studio goes by besides those of ``host``, such as a proxy's.

        Raises:
            PortError: the port is taken.
            OSError: the address is none of this machine's.
        """
        hosts = Hosts(host, names)
        check_port(host, port or 0)
        try:
            _, self.url, shared = self.blocks.launch(
                server_name=host,
                server_port=port,
                auth=auth,
                share=share,
                state_session_capacity=self.settings.most_visitors,
                show_error=True,
                quiet=True,
                prevent_thread_lock=True,
                ssr_mode=False,
                run_history=False,
                enable_monitoring=False,
                mcp_server=False,
                pwa=False,
                footer_links=["api", "settings"],
                theme=theme(),
                css=style_sheet(),
                head=head(self.settings),
                i18n=gradios_words(),
                _app=self._app(hosts),
                _frontend=False,  # no second look at the page, for which a busy machine is too slow
            )
        except OSError as error:  # in Gradio's words, with options of its own
            which = f"port {port}" if port else "every port from 7860 on"
            raise PortError(f"{which} is taken") from error
        if shared:
            hosts.named.add(str(urlsplit(shared).hostname))
        return shared or self.url

    def _app(self, hosts: Hosts) -> App:
        """Make the server: Gradio's routes, behind those of the studio."""
        upload = uploading(self.desk.visits, self.settings.most_bytes, self.desk.budget)
        routes = [Route("/health", self._health), Route(UPLOAD, upload, methods=["POST"])]
        routes.append(words_route())
        return _Guarded(self.desk.visits, hosts, routes)

    def stop(self) -> None:
        """Stop serving, and delete all files of visitors."""
        self.blocks.close(verbose=False)
        self.desk.clear()

    def wait(self) -> None:
        """Serve until interrupted, or stopped by another thread."""
        while self.blocks.is_running:
            time.sleep(0.2)

    def _leave(self, visit: str) -> None:
        """Have Gradio forget an ended visit, now or once nothing of it is at work."""
        if not forget_visit(self.blocks, visit):
            self._leaving.add(visit)

    def _forget(self) -> None:
        """Have Gradio forget visits that were still at work before, and all files."""
        for visit in list(self._leaving):
            begun_again = not self.desk.visits.has_ended(visit)  # its page is still there
            if begun_again or forget_visit(self.blocks, visit):
                self._leaving.discard(visit)
        forget_files(self.blocks)

    async def _health(self, _: Request) -> JSONResponse:
        state: dict[str, Any] = {
            "status": "ok",
            "version": __version__,
            "models": self.engines.names,
            "open": len(self.desk),
            "waiting": len(self.blocks._queue),
        }
        return JSONResponse(state)


def check_port(host: str, port: int) -> None:
    """Check that a port can be listened on.

    Raises:
        PortError: it cannot.
        OSError: the address is none of this machine's.
    """
    address = host.strip("[]")
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, place in found:
            with socket.socket(family, kind, protocol) as probe:
                if os.name != "nt":  # there it would let two programs listen
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
    except socket.gaierror:
        raise OSError(f"{host}: no such host") from None
    except PermissionError:
        raise PortError(f"only privileged users can listen on port {port}") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortError(f"port {port} is taken") from None
        raise OSError(f"{host}: cannot listen here: {error.strerror}") from None


def _nothing() -> None:
    """Do nothing. With a handler for closing, pages keep a connection open."""
