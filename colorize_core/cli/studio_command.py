"""``colorize studio``: the engine on a web page."""

from __future__ import annotations

import contextlib
import importlib.util
import signal
from collections.abc import Iterator
from types import FrameType

import click

from colorize_core.cli.options import device_option
from colorize_core.cli.terminal import say

_ENDING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]


def _pair(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    user, colon, password = value.partition(":")
    if not (user and colon and password):
        raise click.BadParameter("expected USER:PASSWORD")
    return user, password


@click.command(name="studio")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--host-name",
    "names",
    metavar="NAME",
    multiple=True,
    help="Another name that leads here, such as a proxy's; may be given again.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port.  [default: the first free from 7860]"
)
@click.option(
    "--auth",
    metavar="USER:PASSWORD",
    envvar="COLORIZE_STUDIO_AUTH",
    callback=_pair,
    help="Ask visitors for this name and password; safer in $COLORIZE_STUDIO_AUTH.",
)
@click.option("--share", is_flag=True, help="Also get a public address, through Gradio's servers.")
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    default=("lite",),
    show_default=True,
    help="Model name, hf:OWNER/NAME, or path of a weights file; repeat to offer several.",
)
@device_option
@click.option(
    "--most-megabytes",
    type=click.FloatRange(0, min_open=True),
    help="Largest file, in megabytes.  "
    "[default: 100, or what memory allows if only this machine can call]",
)
@click.option(
    "--most-total-megabytes",
    type=click.FloatRange(0, min_open=True),
    help="Files of all visitors together, in megabytes.  [default: half of the free disk]",
)
@click.option(
    "--most-megapixels",
    type=click.FloatRange(0, min_open=True),
    help="Largest photo, in megapixels.  "
    "[default: 100, or what memory allows if only this machine can call]",
)
@click.option(
    "--most-seconds",
    type=click.FloatRange(0, min_open=True),
    default=180.0,
    show_default=True,
    help="Give up on a photo after this many seconds.",
)
@click.option(
    "--most-waiting",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    help="Longest queue; further requests are refused.",
)
@click.option(
    "--idle-minutes",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="Delete a visitor's photos after this many idle minutes.",
)
@click.option(
    "--keep-minutes",
    type=click.FloatRange(0),
    default=5.0,
    show_default=True,
    help="Keep a visitor's photo so long for a page that was cut off, reloaded or closed.",
)
def command(
    host: str,
    names: tuple[str, ...],
    port: int | None,
    auth: tuple[str, str] | None,
    share: bool,
    models: tuple[str, ...],
    device: str,
    most_megabytes: float | None,
    most_total_megabytes: float | None,
    most_megapixels: float | None,
    most_seconds: float,
    most_waiting: int,
    idle_minutes: float,
    keep_minutes: float,
) -> None:
    """Colorize in the browser; Ctrl+C stops it.

    Only this machine can reach it, unless --host or --share says otherwise.

    \b
    colorize studio
    colorize studio --port 8080 --model lite --model runs/holidays/lite.safetensors
    COLORIZE_STUDIO_AUTH=ann:secret colorize studio --host 0.0.0.0
    """
    from colorize_core.sharing.hub import hub_weights, is_hub_name

    if importlib.util.find_spec("gradio") is None:
        raise click.ClickException(
            "the studio needs Gradio: pip install 'colorize[studio]', or run install.py again"
        )
    for model in filter(is_hub_name, models):
        hub_weights(model)  # now: the studio itself asks no hub for anything
    from gradio_demo.app import PortError, Studio
    from gradio_demo.limits import own_limits
    from gradio_demo.settings import Settings
    from gradio_demo.strangers import is_loopback

    own = is_loopback(host) and not share and not names
    shared = Settings()
    most_bytes, most_pixels = own_limits() if own else (shared.most_bytes, shared.most_pixels)
    settings = Settings(
        models=models,
        device=device,
        most_bytes=int(most_megabytes * 2**20) if most_megabytes else most_bytes,
        most_total=int(most_total_megabytes * 2**20) if most_total_megabytes else None,
        most_pixels=int(most_megapixels * 1e6) if most_megapixels else most_pixels,
        photo_seconds=most_seconds,
        most_waiting=most_waiting,
        idle_minutes=idle_minutes,
        keep_minutes=keep_minutes,
    )
    with _ended_by_signals():
        studio = Studio(settings)
        try:
            say(f"The studio is open: {studio.start(host, port, auth, share, names)}")
            if auth is None and (share or not is_loopback(host)):
                say("Anyone who finds the address can use it: --auth asks for a password.")
            studio.wait()
        except PortError as error:
            raise click.ClickException(f"{error}; choose another: --port") from None
        except KeyboardInterrupt:
            pass  # the way to stop it
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)  # what visitors brought is deleted first
            studio.stop()
            say("The studio is closed; what visitors brought is deleted.")


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have signals that would kill the studio end it instead, with their usual exit status."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in _ENDING}
    for number in _ENDING:
        if number != signal.SIGINT and before[number] != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
