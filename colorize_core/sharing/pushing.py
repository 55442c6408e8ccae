"""Pushing to a hub: a run's weights with their sidecar and card, or the folder of a Space."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colorize_core.atomic import write_bytes
from colorize_core.sharing.card import CARD, card_of
from colorize_core.sharing.hub import SIDECAR, WEIGHTS, HubName, hub_library, said_of


def weights_of_run(run: Path) -> Path:
    """Find the weights for use of a run's folder; a file of weights is given back.

    Raises:
        FileNotFoundError: the folder has none, so that the run has not ended.
        ValueError: it has several.
    """
    if run.is_file():
        return run
    found = [path for path in run.glob("*.safetensors") if path.with_suffix(".json").is_file()]
    if not found:
        raise FileNotFoundError(f"{run}: no weights for use are there: has the run ended?")
    if len(found) > 1:
        names = ", ".join(sorted(path.name for path in found))
        raise ValueError(f"{run}: which weights? There are {names}; name one of them")
    return found[0]


def stage(weights: Path, folder: Path, to: HubName, more: Mapping[str, Any]) -> None:
    """Put into a folder what a repository of weights holds.

    Args:
        weights: safetensors.
        folder: to put it into.
        to: the repository, which the card names.
        more: that the sidecar is to say, such as a licence or figures.

    Raises:
        ValueError: the weights are no safetensors, or their sidecar is no JSON.
        OSError: something cannot be read or written.
    """
    if weights.suffix != ".safetensors":
        raise ValueError(f"{weights}: only safetensors are pushed")
    beside = weights.with_suffix(".json")
    known = json.loads(beside.read_text("utf-8")) if beside.is_file() else {}
    sidecar = {**known, **more}
    written = weights.with_name(CARD)
    card = written.read_text("utf-8") if written.is_file() and not more else ""
    if not card.startswith("---"):  # a README of something else
        card = card_of(sidecar, to.name)
    shutil.copyfile(weights, folder / WEIGHTS)
    write_bytes(folder / SIDECAR, f"{json.dumps(sidecar, indent=2)}\n".encode())
    write_bytes(folder / CARD, card.replace("hf:OWNER/NAME", str(to)).encode())


def push(folder: Path, to: HubName, private: bool, kind: str = "model") -> str:
    """Push all that is in a folder, in one commit; the repository is made if need be.

    Args:
        folder: what it is to hold.
        to: the repository.
        private: whether a new one is to be seen by its owner alone.
        kind: ``model`` or ``space``.

    Returns:
        The repository's address.

    Raises:
        DownloadError: the hub cannot be reached, or does not let this user in.
        NoHubError: its library is missing.
    """
    hub = hub_library().HfApi()
    sdk = {"space_sdk": "gradio"} if kind == "space" else {}
    with said_of(to):
        made = hub.create_repo(to.repository, private=private, repo_type=kind, exist_ok=True, **sdk)
        hub.upload_folder(
            repo_id=to.repository,
            repo_type=kind,
            folder_path=folder,
            commit_message="Pushed by colorize",
        )
    return str(made)
