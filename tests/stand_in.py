"""A stand-in for a hub and for a server of files, on loopback: what the tests download from."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SMALL = (".json", ".md")  # files that lie in the repository itself, known by another hash


@lru_cache
def hashed(content: bytes, algorithm: str) -> str:
    """Give a hash in hexadecimal; of the same bytes, it is computed once."""
    return hashlib.new(algorithm, content).hexdigest()


@dataclass
class Repository:
    """A repository: its files, by the name of the revision and then by path."""

    revisions: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {}})
    private: bool = False
    kind: str = "model"

    def commit(self, revision: str) -> str | None:
        """Name the commit of a revision: a hash of its files."""
        for name, files in self.revisions.items():
            listing = sorted((path, hashed(content, "sha1")) for path, content in files.items())
            digest = hashed(repr(listing).encode(), "sha1")
            if revision in (name, digest):
                return digest
        return None

    def files(self, revision: str) -> dict[str, bytes]:
        """Give the files of a branch or commit."""
        found = (name for name in self.revisions if self.commit(name) == self.commit(revision))
        return self.revisions[next(found)]


class StandIn(ThreadingHTTPServer):
    """A server of ``/files/NAME``, and of a hub's repositories.

    Attributes:
        files: what lies below ``/files``, by name.
        repositories: of the hub, by owner and name.
        asked: method, path and the range, of every request.
        sent: bytes of contents, in all.
        flipped: whether a bit of what is sent is another than it should be.
        status: to answer everything with, unless 0.
        pause_at: bytes of a file after which it waits for ``go_on``.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files: dict[str, bytes] = {}
        self.repositories: dict[str, Repository] = {}
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.sent = self.status = self.pause_at = 0
        self.flipped = False
        self.go_on = threading.Event()

    def gets(self, name: str) -> list[tuple[str, str, str]]:
        """List the requests for the contents of a file."""
        return [one for one in self.asked if one[0] == "GET" and one[1].endswith(name)]


@contextmanager
def serving() -> Iterator[StandIn]:
    """Give a stand-in that answers."""
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, path, self.headers.get("Range", "")))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.status:
            self._say(self.server.status)
        elif path.startswith("/files/"):
            content = self.server.files.get(path.removeprefix("/files/"))
            self._say(404) if content is None else self._send(content, {})
        elif found := re.fullmatch(r"/(?:spaces/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(*found.groups())
        elif self.command == "PUT":
            self.server.objects[path.rpartition("/")[2]] = body
            self._say(200)
        else:
            self._api(path, body)

    def _resolve(self, name: str, revision: str, file: str) -> None:
        repository = self.server.repositories.get(name)
        if repository is None or (repository.private and not self.headers.get("Authorization")):
            return self._say(401, {"X-Error-Code": "RepoNotFound"})
        commit = repository.commit(revision)
        if commit is None:
            return self._say(404, {"X-Error-Code": "RevisionNotFound"})
        content = repository.files(revision).get(file)
        if content is None:
            return self._say(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        large = not file.endswith(SMALL)
        tag = f'"{hashed(content, "sha256" if large else "sha1")}"'
        linked = {"X-Linked-ETag": tag, "X-Linked-Size": str(len(content))} if large else {}
        return self._send(content, {"X-Repo-Commit": commit, "ETag": tag} | linked)

    def _send(self, content: bytes, headers: dict[str, str]) -> None:
        tag = f'"{hashed(content, "sha256")}"'
        begin = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range", tag) == tag:
            begin = int(asked[1])
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        self.send_response(206 if begin else 200)
        for key, value in {"ETag": tag, "Content-Length": len(content) - begin, **headers}.items():
            self.send_header(key, str(value))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.server.flipped:
            content = content[:-1] + bytes([content[-1] ^ 1])
        pause = self.server.pause_at
        pieces = (
            [content[begin:pause], content[max(begin, pause) :]] if pause else [content[begin:]]
        )
        for number, piece in enumerate(pieces):
            if number and pause > begin:
                self.wfile.flush()
                self.server.go_on.wait(60)
                if not self.server.go_on.is_set():
                    return
            try:
                self.wfile.write(piece)
            except OSError:  # whoever asked is gone
                self.close_connection = True
                return
            self.server.sent += len(piece)

    def _api(self, path: str, body: bytes) -> None:
        if path == "/api/repos/create":
            made = json.loads(body)
            name = f"{made['organization']}/{made['name']}" if made.get("organization") else ""
            private = made.get("private") or made.get("visibility") == "private"
            new = Repository(private=bool(private), kind=made.get("type") or "model")
            self.server.repositories.setdefault(name or made["name"], new)
            self._json({"url": f"{self.server.url}/{name}", "id": name, "name": name})
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            for one in objects:
                one["actions"] = {"upload": {"href": f"{self.server.url}/put/{one['oid']}"}}
            self._json({"transfer": "basic", "objects": objects}, "application/vnd.git-lfs+json")
        elif found := re.fullmatch(r"/api/(?:models|spaces)/([^/]+/[^/]+)/(\w+)/main", path):
            self._commit(found[1], found[2], body)
        else:
            self._say(404)

    def _commit(self, name: str, step: str, body: bytes) -> None:
        import base64

        if step == "preupload":
            files = json.loads(body)["files"]
            modes = [".safetensors" in one["path"] for one in files]
            for one, large in zip(files, modes, strict=True):
                one |= {"uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
            return self._json({"files": files})
        main = self.server.repositories[name].revisions["main"]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                main[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                main[value["path"]] = self.server.objects[value["oid"]]
        commit = self.server.repositories[name].commit("main")
        url = f"{self.server.url}/{name}/commit/{commit}"
        return self._json({"commitUrl": url, "commitOid": commit, "success": True})

    def _json(self, content: Any, kind: str = "application/json") -> None:
        self._say(200, {"Content-Type": kind}, json.dumps(content).encode())

    def _say(
        self, status: int, headers: dict[str, str] | None = None, content: bytes = b""
    ) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)
