"""Weights on a hub, as ``hf:OWNER/NAME[@REVISION]``: fetched, checked, pushed.

A repository holds ``model.safetensors``, ``config.json`` (the sidecar) and ``README.md`` (the model
card). The hub's own library asks for them and keeps its cache; the bytes of the weights come by our
:mod:`~colorize_core.sharing.downloads`, because it neither resumes nor checks them. The library is
imported when it is needed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from colorize_core.sharing.downloads import DownloadError, Progress, download

PREFIX = "hf:"
WEIGHTS, SIDECAR, CARD = "model.safetensors", "config.json", "README.md"
_NAME = re.compile(r"(?P<owner>\w[\w.-]*)/(?P<name>\w[\w.-]*?)(@(?P<revision>\w[\w./-]*))?", re.A)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ANSWER_SECONDS = 10.0  # for the hub to say what it has


class NoHubError(ImportError):
    """The hub's library is missing."""


@dataclass(frozen=True, slots=True)
class HubName:
    """A repository on a hub, at a revision.

    Attributes:
        owner: a user or organisation.
        name: of the repository.
        revision: a branch, a tag or a commit.
    """

    owner: str
    name: str
    revision: str = "main"

    @classmethod
    def parse(cls, text: str) -> HubName:
        """Read ``hf:OWNER/NAME[@REVISION]``, with or without what it begins with.

        Raises:
            ValueError: it is none.
        """
        found = _NAME.fullmatch(text.removeprefix(PREFIX))
        if not found or ".." in text:
            raise ValueError(f"{text!r}: expected hf:OWNER/NAME or hf:OWNER/NAME@REVISION")
        return cls(found["owner"], found["name"], found["revision"] or "main")

    @property
    def repository(self) -> str:
        """Owner and name, as the hub writes them."""
        return f"{self.owner}/{self.name}"

    def __str__(self) -> str:
        at = "" if self.revision == "main" else f"@{self.revision}"
        return f"{PREFIX}{self.repository}{at}"


def is_hub_name(model: str) -> bool:
    """Tell whether a model is named as one on a hub."""
    return model.startswith(PREFIX)


@lru_cache(maxsize=64)
def hub_weights(model: str) -> Path:
    """Find a hub's weights on this machine, or fetch them; a process asks for a name once.

    What has been fetched before is used as it is, without asking whether the hub has newer ones.

    Raises:
        ValueError: that is no name; the repository holds no safetensors, or no such revision.
        DownloadError: they cannot be fetched.
        NoHubError: the hub's library is missing.
    """
    name = HubName.parse(model)
    library = hub_library()
    cached = library.try_to_load_from_cache(name.repository, WEIGHTS, revision=name.revision)
    return Path(cached) if isinstance(cached, str) else fetch_from_hub(name)[0]


def fetch_from_hub(name: HubName, progress: Progress | None = None) -> tuple[Path, bool]:
    """Have the weights of a revision on this machine, as they are on the hub now.

    Args:
        name: of the repository.
        progress: told of what has come.

    Returns:
        Where the weights lie, with their sidecar, and whether they have been fetched just now.

    Raises:
        ValueError: the repository holds no safetensors, or no such revision.
        DownloadError: they cannot be fetched, or are not what the hub says they are.
        NoHubError: the hub's library is missing.
    """
    library = hub_library()
    with said_of(name):
        known = library.get_hf_file_metadata(
            library.hf_hub_url(name.repository, WEIGHTS, revision=name.revision),
            timeout=_ANSWER_SECONDS,
        )
    if not _SHA256.fullmatch(known.etag or "") or not known.commit_hash:
        raise DownloadError(f"{name}: refused: the hub does not say the sha256 of {WEIGHTS}")
    fetched = download(
        known.location, _blob(name, known.etag), known.etag, progress, _headers(known.location)
    )
    with said_of(name):
        with suppress(library.errors.RemoteEntryNotFoundError):  # there need be none
            # Before the weights: where these are, it is there too.
            library.hf_hub_download(name.repository, SIDECAR, revision=known.commit_hash)
        # Which finds the bytes there, and notes what they are called.
        path = Path(library.hf_hub_download(name.repository, WEIGHTS, revision=name.revision))
    if path.parent.name != known.commit_hash:
        raise DownloadError(f"{name}: changed while it was fetched; try again")
    return path, fetched


def hub_library() -> ModuleType:
    """Import the hub's library.

    Raises:
        NoHubError: it is missing.
    """
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")  # whose files have no sha256 to check
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError as error:
        raise NoHubError(
            "weights on a hub need huggingface_hub: pip install 'colorize[hub]'"
        ) from error
    return huggingface_hub


def _blob(name: HubName, etag: str) -> Path:
    """Tell where the hub's library keeps the contents of a file."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = repo_folder_name(repo_id=name.repository, repo_type="model")
    return Path(constants.HF_HUB_CACHE) / folder / "blobs" / etag


def _headers(url: str) -> dict[str, str]:
    """Give the login, to the hub alone: not to those who store its files."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers

    own = urlsplit(url).netloc == urlsplit(constants.ENDPOINT).netloc
    login = build_hf_headers().get("authorization") if own else None
    return {"Authorization": login} if login else {}


@contextmanager
def said_of(name: HubName) -> Iterator[None]:
    """Say in one line what the hub's library says in many."""
    errors: Any = hub_library().errors
    try:
        yield
    except errors.GatedRepoError as error:
        raise DownloadError(f"{name}: its owner has to let you in first: see its page") from error
    except errors.LocalTokenNotFoundError as error:
        raise DownloadError(f"{name}: the hub does not know you: $HF_TOKEN is not set") from error
    except errors.RepositoryNotFoundError as error:
        raise DownloadError(
            f"{name}: no such repository, or not allowed: is it private, and $HF_TOKEN not set? "
            f"(HTTP {error.response.status_code})"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ValueError(f"{name}: it has no revision {name.revision}") from error
    except errors.LocalEntryNotFoundError as error:
        raise DownloadError(f"{name}: not on this machine, and the hub is out of reach") from error
    except errors.EntryNotFoundError as error:
        raise ValueError(
            f"{name}: refused: it has no {WEIGHTS}, and other files of weights could run code"
        ) from error
    except errors.OfflineModeIsEnabled as error:
        raise DownloadError(
            f"{name}: not on this machine, and $HF_HUB_OFFLINE forbids to fetch it"
        ) from error
    except errors.HfHubHTTPError as error:
        raise DownloadError(f"{name}: the hub refuses: {_line(error)}") from error
    except (DownloadError, OSError):
        raise
    except Exception as error:  # of the HTTP client, which differs from version to version
        raise DownloadError(f"{name}: the hub cannot be reached: {_line(error)}") from error


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
