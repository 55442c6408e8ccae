"""Stamps of what an environment was made from: hashes in small files beside and in it."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from installer.places import CHECKOUT, PACKAGES, PINS, TEST_PINS, Environment

Facts = Mapping[str, str | None]


def digest(paths: Iterable[Path]) -> str:
    """Hash the names and contents of files below the checkout."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(CHECKOUT).as_posix()} {content}\n".encode())
    return total.hexdigest()


def source_files() -> list[Path]:
    """List the files of the packages that are installed from the checkout."""
    files = (path for package in PACKAGES for path in (CHECKOUT / package).rglob("*"))
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


def purpose(environment: Environment, torch_index: str | None) -> dict[str, str | None]:
    """Say what an environment is made for; it is made anew for anything else."""
    return {
        "venv": str(environment.venv),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "torch index": torch_index,
    }


def fingerprint(environment: Environment, torch_index: str | None) -> dict[str, str | None]:
    """Collect everything that the contents of an environment follow from."""
    return {
        **purpose(environment, torch_index),
        "pins": digest([PINS, TEST_PINS]),
        "pyproject": digest([CHECKOUT / "pyproject.toml"]),
        "source": digest(source_files()),
    }


def read_facts(file: Path) -> dict[str, str | None] | None:
    """Read a stamp or a note; None if it was never written."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def write_facts(file: Path, facts: Facts) -> None:
    """Write a stamp or a note, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    part.replace(file)
