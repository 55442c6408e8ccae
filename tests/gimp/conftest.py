"""Real GIMPs, each with the plug-in installed and a folder of its own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from chamber import Chamber
from gimp_root import SUITES, gimp_root
from host import Host
from needs import lacking

from colorize_core import __version__
from colorize_core.worker.caller import connect
from colorize_core.worker.home import Engine


@pytest.fixture(scope="session")
def _roots_can_be_made() -> None:
    """Where they cannot, these tests are skipped; but CI has what it takes, so there they fail."""
    missing = [name for name in ("mmdebstrap", "unshare") if not shutil.which(name)]
    if os.name != "posix" or os.geteuid() != 0:
        missing.append("root's rights")
    if missing:
        lacking(f"a root with GIMP needs {' and '.join(missing)}")


@pytest.fixture(scope="module", params=sorted(SUITES))
def host(request: pytest.FixtureRequest, _roots_can_be_made: None) -> Iterator[Host]:
    """GIMP 3.0 and 3.2 in turn, never started before."""
    # A short path: the worker's socket lies in it.
    shared = Path(tempfile.mkdtemp(prefix="gimp-"))
    engine = Engine(Path(sys.executable), shared / "engine", __version__)
    host = Host(Chamber(gimp_root(SUITES[request.param]), shared), request.param, engine)
    yield host
    worker = connect(engine)
    if worker is not None:
        worker.stop()
    shutil.rmtree(shared)
