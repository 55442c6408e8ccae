"""Mutants of real files through reader, engine and writer, each within 10 s and some memory.

    python tests/fuzz/fuzz.py --seed 7 --mutants 20000 --keep /tmp/found

A process works on mutant after mutant; who started it watches, and kills it when a mutant takes too
long. A mutant may be refused (PhotoError) or colorized; then what was written must be read again.
Of every other one, what there is of it is taken where it is damaged.
"""

from __future__ import annotations

import argparse
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
SECONDS_A_FILE = 10.0
MEGABYTES_A_FILE = 400  # beyond what the process has anyway; pictures of up to 16 megapixels
START = 120.0  # seconds in which the process has begun
_ADDRESSES = 16 << 30  # bytes; what wants more is killed before the machine suffers


@dataclass
class Report:
    """What became of the mutants."""

    done: int = 0
    colorized: int = 0
    slowest: float = 0.0
    largest: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.done} mutants, {self.colorized} colorized, {len(self.failures)} failures; "
            f"slowest {self.slowest:.2f} s, largest {self.largest} MB"
        )


def fuzz(
    seed: int, mutants: int, seconds: float, keep: Path | None = None, strict: float = 1.0
) -> Report:
    """Run so many mutants, or for so many seconds, whichever ends first.

    Args:
        seed: of the mutants.
        mutants: how many at most.
        seconds: how long at most.
        keep: a folder for those that fail.
        strict: factor on the time a file may take.
    """
    report, number = Report(), 0
    end = time.monotonic() + seconds
    with TemporaryDirectory() as folder:
        while number < mutants and time.monotonic() < end:
            number = _run(report, seed, number, mutants, end, SECONDS_A_FILE * strict, folder)
    if keep is not None and report.failures:
        from mutants import mutant
        from originals import originals

        keep.mkdir(parents=True, exist_ok=True)
        for failure in report.failures:
            failed = int(failure.split()[0])
            name, content = mutant(list(originals().items()), seed, failed)
            (keep / f"{seed}-{failed}-{name}").write_bytes(content)
    return report


def _run(
    report: Report, seed: int, first: int, last: int, end: float, limit: float, folder: str
) -> int:
    """Watch one process until it is done, dies or is too slow; the number to go on with."""
    command = [sys.executable, str(Path(__file__)), "--work", str(seed), str(first), str(last)]
    complaints = Path(folder) / "complaints"
    with complaints.open("wb") as errors:
        process = subprocess.Popen(
            [*command, folder], stdout=subprocess.PIPE, stderr=errors, bufsize=0
        )
    assert process.stdout is not None
    number, waited = first, START
    try:
        while number < last:
            begun = time.monotonic()
            ready, _, _ = select.select([process.stdout], [], [], waited)
            line = process.stdout.readline().decode() if ready else ""
            if line == "ready\n":
                waited = limit
                continue
            if not line:
                reason = f"longer than {waited:.0f} s"
                if ready:
                    reason = " ".join(("the process died:", *_last_line(complaints)))
                report.failures.append(f"{number} {reason}")
                return number + 1
            report.done += 1
            _, megabytes, state, *said = line.rstrip("\n").split(" ", 3)
            report.colorized += state == "colorized"
            report.slowest = max(report.slowest, time.monotonic() - begun)
            report.largest = max(report.largest, int(megabytes))
            if state == "failed" or int(megabytes) > MEGABYTES_A_FILE:
                report.failures.append(f"{number} {megabytes} MB {state} {' '.join(said)}")
            number += 1
            if time.monotonic() > end:
                break
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return number


def _last_line(file: Path) -> list[str]:
    """Read what a process said last, if anything."""
    return file.read_text(errors="replace").splitlines()[-1:]


def _work(seed: int, first: int, last: int, folder: Path) -> None:
    """Work on mutants, and print a line for each: number, megabytes, what became of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from mutants import mutant
    from originals import originals
    from tiny import tiny_colorizer

    from colorize_core.photo import WRITABLE_SUFFIXES, PhotoError, read_pages, write_pages

    files = list(originals().items())
    colorizer = tiny_colorizer()

    def through(source: Path, target: Path, damaged: bool = False) -> str:
        try:
            pages = read_pages(source, damaged)
            photos = (colorizer.colorize(page, in_place=True) for page in pages)
            write_pages(photos, target, True, len(pages))
        except PhotoError as error:
            return f"refused {error}"
        for page in read_pages(target):
            assert page.pixels.ndim == 3 or page.pixels.size
        return "colorized"

    for name, content in files:  # also loads what is loaded when it is needed first
        (folder / name).write_bytes(content)
        suffix = Path(name).suffix
        suffix = suffix if suffix in WRITABLE_SUFFIXES else ".png"
        state = through(folder / name, folder / f"out{suffix}")
        assert state == "colorized", f"{name}: {state}"
    print("ready", flush=True)
    base = _peak()
    for number in range(first, last):
        name, content = mutant(files, seed, number)
        source = folder / name
        source.write_bytes(content)
        suffix = source.suffix if source.suffix in WRITABLE_SUFFIXES else ".png"
        _forget_peak()
        try:
            state = through(source, folder / f"out{suffix}", damaged=number % 2 == 1)
        except BaseException as error:
            state = f"failed {name} {error!r}"
        megabytes = max(0, _peak() - base)
        print(number, megabytes, state.replace("\n", " "), flush=True)


def _peak() -> int:
    """Most memory since it was forgotten, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=1 << 30)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        seed, first, last = map(int, chosen.work[:3])
        _work(seed, first, last, Path(chosen.work[3]))
        return
    report = fuzz(chosen.seed, chosen.mutants, chosen.seconds, chosen.keep)
    print("\n".join((*report.failures, str(report))))
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
