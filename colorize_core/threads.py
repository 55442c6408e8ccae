"""How the threads of PyTorch wait for each other; to be settled before it is loaded."""

from __future__ import annotations

import os


def wait_calmly() -> None:
    """Let GNU's OpenMP spin for a thousand turns at most, unless the user chose otherwise.

    By default it spins so long that on a busy machine its threads take the time of the very
    threads that they wait for. It reads this once, when torch is loaded.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
