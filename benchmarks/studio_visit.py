"""A visitor of the studio without a browser: what a page sends to it, by HTTP."""

from __future__ import annotations

import io
import json
import secrets
import socket
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

API = "/gradio_api"


class RefusedError(Exception):
    """The queue is full."""


class Doors:
    """The page's handlers, as its own configuration names them."""

    def __init__(self, url: str) -> None:
        config = httpx.get(f"{url}/config", timeout=60).json()
        self._props = {part["id"]: part["props"] for part in config["components"]}
        self._number = {
            props["elem_id"]: number
            for number, props in self._props.items()
            if props.get("elem_id")
        }
        self._doors = config["dependencies"]

    def on_page(self, element: str, event: str) -> dict[str, Any]:
        """Find the handler of an element's event."""
        target = [self._number[element], event]
        return next(door for door in self._doors if target in door["targets"])

    def named(self, name: str) -> dict[str, Any]:
        """Find the endpoint of a name."""
        return next(door for door in self._doors if door.get("api_name") == name)

    def inputs(self, door: dict[str, Any], *first: Any) -> list[Any]:
        """Complete the values for an endpoint: the first as given, the others as on the page."""
        standing = [self._props[number].get("value") for number in door["inputs"][len(first) :]]
        return [*first, *standing]

    def output(self, door: dict[str, Any], element: str) -> int:
        """Tell which of a door's outputs belongs to an element."""
        return door["outputs"].index(self._number[element])


class Visit:
    """One visitor's connection. Closing it ends the visit, as closing a browser's page does."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=httpx.Timeout(900.0, connect=60.0))
        self.session = secrets.token_hex(8)
        request = self.client.build_request("GET", f"{API}/heartbeat/{self.session}")
        self._heartbeat = self.client.send(request, stream=True)

    def close(self) -> None:
        """Leave the studio."""
        self._heartbeat.close()
        self.client.close()

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file; return it as Gradio's functions take it."""
        answer = self.client.post(f"{API}/upload", files={"files": (name, content)})
        answer.raise_for_status()
        return {
            "path": answer.json()[0],
            "orig_name": name,
            "meta": {"_type": "gradio.FileData"},
        }

    def upload_half(self, name: str, content: bytes) -> None:
        """Begin to send a file, and break the connection in its middle."""
        url = self.client.base_url
        lines = (
            f"POST {API}/upload HTTP/1.1",
            f"Host: {url.host}:{url.port}",
            f"X-Colorize-Visit: {self.session}",
            f"Content-Length: {len(content)}",
            "Content-Type: multipart/form-data; boundary=cut",
            "",
            "--cut",
            f'Content-Disposition: form-data; name="files"; filename="{name}"',
            "",
            "",
        )
        with socket.create_connection((url.host, url.port or 80), 60) as connection:
            connection.sendall("\r\n".join(lines).encode() + content[: len(content) // 2])

    def ask_and_leave(self, door: dict[str, Any], inputs: list[Any]) -> None:
        """Call a handler and end the visit before it answers.

        Raises:
            RefusedError: the queue is full.
        """
        body = {"data": inputs, "fn_index": door["id"], "session_hash": self.session}
        joined = self.client.post(f"{API}/queue/join", json=body)
        if joined.status_code == 503 and "Queue is full" in joined.text:
            raise RefusedError
        joined.raise_for_status()
        self.close()

    def call(self, door: dict[str, Any], inputs: list[Any]) -> list[Any]:
        """Call a handler through the queue and wait for what it gives.

        Raises:
            RefusedError: the queue is full.
            RuntimeError: the handler failed; the message says how.
        """
        body = {"data": inputs, "fn_index": door["id"], "session_hash": self.session}
        joined = self.client.post(f"{API}/queue/join", json=body)
        if joined.status_code == 503 and "Queue is full" in joined.text:
            raise RefusedError
        joined.raise_for_status()
        query = {"session_hash": self.session}
        with self.client.stream("GET", f"{API}/queue/data", params=query) as lines:
            lines.raise_for_status()
            for line in lines.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "unexpected_error":
                    raise RuntimeError(message.get("message"))
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(message["output"].get("error"))
                    return message["output"]["data"]
        raise RuntimeError("the studio ended the connection without an answer")

    def file(self, value: Any) -> tuple[str, np.ndarray]:
        """Download a file: its name and pixels."""
        value = value.get("value", value)
        answer = self.client.get(httpx.URL(value["url"]).raw_path.decode())
        answer.raise_for_status()
        return Path(value["path"]).name, pixels_of(answer.content)


def pixels_of(content: bytes) -> np.ndarray:
    """Decode a file to RGB."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))
