"""A studio as the command line starts it, alone in a world of its own, spoken to by HTTP."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import skimage.data
from PIL import Image

API = "/gradio_api"
ROOT = Path(__file__).parents[2]
PATIENCE = httpx.Timeout(120.0)


class Served:
    """A studio in a process of its own.

    Args:
        world: an empty folder: home, working folder and temporary folder lie in it.
        options: of ``colorize studio``.
    """

    def __init__(self, world: Path, options: Sequence[str] = ()) -> None:
        self.world = world
        self.temporary = world / "temporary"
        for name in ("home", "work", "temporary"):
            (world / name).mkdir(exist_ok=True)
        variables = {
            **os.environ,
            "HOME": str(world / "home"),
            "COLORIZE_HOME": str(world / "home/colorize"),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
            "PYTHONUNBUFFERED": "1",
            "MPLCONFIGDIR": str(world / "home"),
        }
        line = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--device", "cpu"]
        self.log = (world / "log").open("w+b")
        self.process = subprocess.Popen(
            [*line, *options],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=world / "work",
            env=variables,
        )
        assert self.process.stdout
        said = self.process.stdout.readline()
        address = re.search(r"http://\S+?:\d+", said)
        assert address, f"{said}{(world / 'log').read_text()}"
        self.url = address[0].replace("localhost", "127.0.0.1")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def end(self, signal: int = 15) -> int:
        """Send a signal; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
        status = self.process.wait(60)
        self.log.close()
        return status

    def files(self) -> list[str]:
        """All that lies in the temporary folder, but for the lock that says the studio runs."""
        found = [
            Path(folder, name)
            for folder, _, names in os.walk(self.temporary)
            for name in names
            if name != "lock"
        ]
        return sorted(str(path.relative_to(self.temporary)) for path in found)

    def drop_all(self) -> None:
        """Delete what other tests have left that nobody closed."""
        for path in self.files():
            (self.temporary / path).unlink(missing_ok=True)


@contextmanager
def served(world: Path, *options: str) -> Iterator[Served]:
    """Start a studio, and end it."""
    studio = Served(world, options)
    try:
        yield studio
    finally:
        studio.end()


class Caller:
    """A program or page that calls a studio's handlers, many at a time.

    Args:
        url: of the studio.
    """

    def __init__(self, url: str, **named: Any) -> None:
        self.client = httpx.Client(base_url=url, timeout=PATIENCE, **named)
        self.session = secrets.token_hex(8)
        config = self.client.get("/config").raise_for_status().json()
        self.props = {part["id"]: part["props"] for part in config["components"]}
        self.types = {part["id"]: part["type"] for part in config["components"]}
        self.doors = [door for door in config["dependencies"] if door["backend_fn"]]

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Keep the connection open that says a page is."""
        with self.client.stream("GET", f"{API}/heartbeat/{self.session}") as answer:
            lines = answer.iter_lines()  # once this is gone, so is the connection
            next(lines)
            yield

    def door(self, name: str) -> dict[str, Any]:
        """An endpoint by its name."""
        return next(door for door in self.doors if door["api_name"] == name)

    def on_page(self, element: str, event: str) -> dict[str, Any]:
        """The handler of an event of the page."""
        (number,) = (key for key, props in self.props.items() if props.get("elem_id") == element)
        return next(door for door in self.doors if [number, event] in door["targets"])

    def standing(self, door: dict[str, Any]) -> list[Any]:
        """The values of a door's inputs as they stand on the page."""
        return [self.props[number].get("value") for number in door["inputs"]]

    def upload(self, name: str = "photo.png", content: bytes | None = None) -> dict[str, Any]:
        """Send a file; how calls name it."""
        sent = {"files": (name, photo() if content is None else content)}
        (path,) = self.client.post(f"{API}/upload", files=sent).raise_for_status().json()
        return named(path)

    def call(self, door: dict[str, Any], *first: Any) -> list[Any]:
        """Call a handler; what it gives.

        Raises:
            RuntimeError: its own error.
        """
        inputs = [*first, *self.standing(door)[len(first) :]]
        ((success, output),) = self.answers([(door, inputs, None)])
        if not success:
            raise RuntimeError(output)
        return output

    def answers(self, calls: Sequence[tuple[dict, list, Any]]) -> list[tuple[bool, Any]]:
        """Call handlers, each with its inputs and the data of its event, all at once.

        Returns:
            Of each whether it succeeded, and its data or its error.
        """
        answers: dict[str, tuple[bool, Any]] = {}
        order, waiting = [], set()
        for door, inputs, event in calls:
            body = {
                "data": inputs,
                "fn_index": door["id"],
                "session_hash": self.session,
                "event_data": event,
            }
            joined = self.client.post(f"{API}/queue/join", json=body)
            if joined.status_code != 200:
                order.append(refused := f"refused {len(order)}")
                answers[refused] = (False, joined.text)
                continue
            order.append(joined.json()["event_id"])
            waiting.add(order[-1])
        query = {"session_hash": self.session}
        while waiting:
            with self.client.stream("GET", f"{API}/queue/data", params=query) as lines:
                for line in lines.iter_lines():
                    message = json.loads(line[5:]) if line.startswith("data:") else {}
                    if message.get("msg") == "unexpected_error":
                        raise AssertionError(message)
                    if message.get("msg") == "process_completed":
                        output = message["output"]
                        good = message["success"]
                        answers[message["event_id"]] = (
                            good,
                            output.get("data") if good else output.get("error"),
                        )
                        waiting.discard(message["event_id"])
        return [answers[number] for number in order]

    def get(self, value: dict[str, Any]) -> httpx.Response:
        """Ask for a file that a handler gave."""
        value = value.get("value", value)
        return self.client.get(httpx.URL(value["url"]).raw_path.decode())


def named(path: str) -> dict[str, Any]:
    """A file as calls name it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def photo(side: int = 64) -> bytes:
    """A small photo in grey, as a file."""
    file = io.BytesIO()
    Image.fromarray(skimage.data.camera()).resize((side, side)).save(file, "PNG")
    return file.getvalue()
