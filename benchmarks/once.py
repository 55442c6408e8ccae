"""One photo in a process of its own: how long it takes and how much memory.

    python benchmarks/once.py peer|MODEL WEIGHTS PHOTO OUT

Memory is the highest resident size while colorizing, less that of the process with everything
imported and the model loaded. Prints JSON: seconds, bytes.
"""

import json
import resource
import sys
import time
from pathlib import Path

from runners import runner


def resident(field: str) -> int:
    """Read ``VmRSS`` (now) or ``VmHWM`` (at most) of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Load, forget the highest size so far, run."""
    who, weights, photo, out = sys.argv[1:]
    run = runner(who, Path(weights))
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    before = resident("VmRSS")
    started = time.perf_counter()
    run(Path(photo), Path(out))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "bytes": resident("VmHWM") - before}))


if __name__ == "__main__":
    main()
