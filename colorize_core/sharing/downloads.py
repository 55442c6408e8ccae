"""Downloads that can be trusted: resumed where they broke off, checked, and never half there.

What has come lies in ``NAME.part`` beside the target, and beside that the server's mark of the
version it is of, so that a later process goes on with it or begins anew if the file has changed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from colorize_core.atomic import replacing
from colorize_core.locks import locked

Progress = Callable[[int, "int | None"], None]
"""Called with the bytes that are there, and all there will be where that is known."""

_BLOCK = 1 << 18
_SILENT_SECONDS = 30.0  # after which a server that says nothing is given up
_TRIES = 5  # in a row that bring nothing
_WAIT_SECONDS = 24 * 3600.0  # for another process that downloads the same
_REASONS = {401: "not allowed: it asks for a login", 403: "not allowed", 404: "not there"}


class DownloadError(OSError):
    """A file could not be fetched; the message names its address and says why."""


class _BrokenOffError(Exception):
    """The connection ended before the file did."""


def download(
    url: str,
    target: Path,
    sha256: str,
    progress: Progress | None = None,
    headers: Mapping[str, str] | None = None,
) -> bool:
    """Fetch a file whose contents are known, or go on where an earlier process was stopped.

    Where another process fetches the same file, it is waited for.

    Args:
        url: over http or https; proxies are taken from the environment.
        target: where it is to lie; its folder is made. What lies there stays until the new file
            has come and is right.
        sha256: in hexadecimal, that it must have.
        progress: told of what has come.
        headers: to send along.

    Returns:
        Whether anything was fetched: False where the right file lies there already.

    Raises:
        DownloadError: it is not there, or not allowed; the server cannot be reached; what has come
            is another file, and is removed.
        OSError: the disk is full, or the folder cannot be written to.
    """
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: not an address of the web")
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.with_name(f"{target.name}.lock"), _WAIT_SECONDS):
        if target.is_file() and sha256_of(target) == sha256:
            return False
        part = target.with_name(f"{target.name}.part")
        mark = target.with_name(f"{target.name}.part.of")
        found = _fetch(url, part, mark, sha256, progress, headers or {})
        if found != sha256:
            part.unlink()
            mark.unlink(missing_ok=True)
            raise DownloadError(
                f"{url}: refused and removed: its sha256 is {found}, and should be {sha256}"
            )
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        mark.unlink(missing_ok=True)
        return True


def place(source: Path, target: Path, sha256: str) -> None:
    """Take a file that is already on this machine, if it is the right one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another file.
        OSError: the copy cannot be written.
    """
    if not source.is_file():
        raise FileNotFoundError(f"{source}: no such file")
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
        found = sha256_of(temporary)
        if found != sha256:
            raise ValueError(f"{source}: another file: its sha256 is {found}, should be {sha256}")


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    return _digest_of(path).hexdigest()


def _digest_of(path: Path) -> Any:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest


def _fetch(
    url: str,
    part: Path,
    mark: Path,
    sha256: str,
    progress: Progress | None,
    headers: Mapping[str, str],
) -> str:
    """Fetch into ``part`` until all is there, over several connections; return its SHA-256."""
    failures = 0
    while True:
        digest = _digest_of(part) if part.is_file() else hashlib.sha256()
        if digest.hexdigest() == sha256:
            return sha256  # the process before was stopped between its last byte and the end
        before = part.stat().st_size if part.is_file() else 0
        try:
            with _open(url, before, mark, headers) as answer:
                return _receive(answer, part, mark, digest, before, progress)
        except _BrokenOffError as error:
            after = part.stat().st_size if part.is_file() else 0
            failures = 0 if after > before else failures + 1
            if failures >= _TRIES:
                raise DownloadError(f"{url}: broken off again and again: {error}") from error


def _open(
    url: str, before: int, mark: Path, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    """Ask for a file from byte ``before`` on, if it is still the one that these bytes are of."""
    asked = {"User-Agent": "colorize", "Accept-Encoding": "identity", **headers}
    if before and mark.is_file():
        asked |= {"Range": f"bytes={before}-", "If-Range": mark.read_text("utf-8")}
    request = urllib.request.Request(url, headers=asked)
    try:
        opener = urllib.request.build_opener(_Redirects)
        return opener.open(request, timeout=_SILENT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # it has fewer bytes than have come: they are of another file
            mark.unlink(missing_ok=True)
            raise _BrokenOffError("it has become shorter") from error
        reason = _REASONS.get(error.code, error.reason or "the server failed")
        raise DownloadError(f"{url}: {reason} (HTTP {error.code})") from error
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or str(error.reason)
        raise DownloadError(f"{url}: cannot be reached: {reason}") from error
    except (OSError, http.client.HTTPException) as error:  # hung up without an answer
        raise _BrokenOffError(str(error) or type(error).__name__) from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects that take a login along to nobody but the server that it is for."""

    def redirect_request(self, req: Any, *rest: Any) -> urllib.request.Request | None:
        new = super().redirect_request(req, *rest)
        if new is not None and new.host != req.host:
            new.remove_header("Authorization")
        return new


def _receive(
    answer: http.client.HTTPResponse,
    part: Path,
    mark: Path,
    digest: Any,
    before: int,
    progress: Progress | None,
) -> str:
    """Add what an answer brings to a file; return the SHA-256 of all of it."""
    begins = f"bytes {before}-"
    goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(begins)
    if not goes_on:
        before, digest = 0, hashlib.sha256()
    length = answer.headers.get("Content-Length", "")
    total = before + int(length) if length.isdecimal() else None
    _check_space(part, (total or 0) - before)
    with _named(part, total), open(part, "ab" if goes_on else "wb") as file:
        if not goes_on:
            _note(mark, answer)
        for block in _blocks(answer):
            file.write(block)
            digest.update(block)
            before += len(block)
            if progress:
                progress(before, total)
    if total is not None and before < total:
        raise _BrokenOffError(f"{before} of {total} bytes have come")
    return digest.hexdigest()


def _blocks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = answer.read1(_BLOCK)
        except (OSError, http.client.HTTPException) as error:  # errors of the network alone
            raise _BrokenOffError(str(error) or type(error).__name__) from error
        if not block:
            return
        yield block


def _note(mark: Path, answer: http.client.HTTPResponse) -> None:
    """Keep what tells this version of the file from others; a weak ETag does not, byte by byte."""
    tag = answer.headers.get("ETag", "")
    version = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    if version:
        mark.write_text(version, "utf-8")
    else:
        mark.unlink(missing_ok=True)


def _check_space(part: Path, needed: int) -> None:
    """Refuse what will not fit before any of it comes."""
    if needed > (free := shutil.disk_usage(part.parent).free):
        raise OSError(
            errno.ENOSPC, f"no space: {needed / 1e6:.0f} MB to come, {free / 1e6:.0f} MB free", part
        )


@contextlib.contextmanager
def _named(part: Path, total: int | None) -> Iterator[None]:
    """Name the file in errors of writing."""
    try:
        yield
    except OSError as error:
        size = f"{total / 1e6:.0f} MB" if total else "file"
        raise OSError(
            f"{part}: cannot write the {size}: {error.strerror or error}; "
            "what has come is kept for another try"
        ) from error
