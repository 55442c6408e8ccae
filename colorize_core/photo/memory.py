"""Memory that this process may still take."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Measure the memory left to the system and to this process's group, in bytes.

    Where the system does not tell, all that the machine has; None where not even that is known.
    """
    if sys.platform == "win32":
        return _of_windows()
    try:
        fields = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
        free = sum(int(fields[name].split()[0]) for name in ("MemAvailable", "SwapFree")) * 1024
    except (OSError, KeyError, ValueError):
        return _of_the_machine()
    return min([free, *_of_groups()])


def _of_groups() -> list[int]:
    """Measure the memory left to the control groups, as containers have them (version 2)."""
    left = []
    try:
        line = next(ln for ln in _GROUP.read_text().splitlines() if ln.startswith("0::"))
        group = _GROUPS / line[3:].lstrip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(_GROUPS):
                break
            if (folder / "memory.max").exists():
                most = (folder / "memory.max").read_text().strip()
                statistics = dict(
                    entry.split() for entry in (folder / "memory.stat").read_text().splitlines()
                )
                used = int((folder / "memory.current").read_text())
                if most != "max":
                    left.append(max(0, int(most) - used + int(statistics["inactive_file"])))
    except (OSError, KeyError, ValueError, StopIteration):
        pass
    return left


def _of_the_machine() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = (
            [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)]
            + [
                (name, ctypes.c_ulonglong)
                for name in ("total", "free", "total_page", "free_page", "total_virtual")
            ]
            + [("free_virtual", ctypes.c_ulonglong), ("extended", ctypes.c_ulonglong)]
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    return status.free_page if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
