"""Many visitors of the studio at once: errors, mix-ups and memory, each beside its limit.

    python benchmarks/studio_load.py [--visitors 32] [--photos 20] [--megapixels 1] [--cut]
        [-- OPTIONS]

Starts ``colorize studio`` as it ships (OPTIONS are added) on a free port. Every visitor has a
visit of his own, as a browser does, and colorizes photo after photo, by turns on the page (upload,
look at the preview, download) and through the endpoint ``/colorize``. No two photos have the same
lightness, so that a photo shown to the wrong visitor is told from the right one. When the queue is
full the visitor waits and asks again; every other error counts. With ``--cut`` every other photo is
cut off in the middle: by turns the file is, which must be refused by its name, the connection
breaks as it is sent, or the visitor leaves while it is at work. When all have left nothing of
theirs may be on the disk. The exit status is 1 where a limit is broken. Linux only: memory is read
from /proc.
"""

from __future__ import annotations

import argparse
import base64
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from studio_photos import lightness_at_a_glance, png, unlike_any_other
from studio_traces import left_behind, megabytes, settled
from studio_visit import Doors, RefusedError, Visit, pixels_of

MOST_GROWTH = 100.0  # MB of memory that may stay in use
MOST_DIFFERENCE = 2.0  # of L, on the mean, by rounding and JPEG; other photos differ by 20 and more
PAUSE = 1.0  # seconds after a refusal


class Load:
    """All visitors together, and what they met.

    Attributes:
        counts: photos in colour, photos cut off, refusals, errors and mix-ups.
        words: the first of each kind of error.
    """

    def __init__(self, url: str, photos: int, megapixels: float, cut: bool = False) -> None:
        self.cut = cut
        self.url = url
        self.doors = Doors(url)
        self.photos = photos
        self.side = round((megapixels * 1e6) ** 0.5)
        self.counts: Counter[str] = Counter()
        self.words: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, what: str, words: str = "") -> None:
        """Count something."""
        with self._lock:
            self.counts[what] += 1
            if words:
                self.words.setdefault(what, words)

    def visitor(self, number: int) -> None:
        """Colorize photo after photo."""
        try:
            visit = Visit(self.url)
        except Exception as error:
            self.note("errors", f"{type(error).__name__}: {error}")
            return
        try:
            for photo in range(self.photos):
                name = f"visitor-{number:03d}-photo-{photo:03d}"
                grey = unlike_any_other(number, photo, self.side)
                turn, is_cut = (photo // 2, photo % 2 == 1) if self.cut else (photo, False)
                try:
                    if is_cut:
                        visit = self.cut_off(visit, turn, name, png(grey))
                        self.note("cut")
                        continue
                    (self.on_page if turn % 2 == 0 else self.by_endpoint)(visit, name, grey)
                    self.note("photos")
                except Exception as error:
                    self.note("errors", f"{name}: {type(error).__name__}: {error}")
        finally:
            visit.close()

    def on_page(self, visit: Visit, name: str, grey: np.ndarray) -> None:
        """Upload, look at the preview, ask for the file, download it."""
        opening, making = self.doors.on_page("drop", "upload"), self.doors.on_page("make", "click")
        uploaded = visit.upload(f"{name}.png", png(grey))
        opened = self.patiently(visit, opening, self.doors.inputs(opening, uploaded))
        shown = opened[self.doors.output(opening, "compare")]
        shown = shown.get("value", shown)
        _, _, content = shown["after"].partition(";base64,")
        self.compare(name, "preview", pixels_of(base64.b64decode(content)), grey)
        made = self.patiently(visit, making, self.doors.inputs(making))
        self.check(name, *visit.file(made[self.doors.output(making, "save-link")]), grey)

    def by_endpoint(self, visit: Visit, name: str, grey: np.ndarray) -> None:
        """Upload and call ``/colorize``."""
        door = self.doors.named("colorize")
        uploaded = visit.upload(f"{name}.png", png(grey))
        (file,) = self.patiently(visit, door, self.doors.inputs(door, uploaded))
        self.check(name, *visit.file(file), grey)

    def cut_off(self, visit: Visit, turn: int, name: str, content: bytes) -> Visit:
        """Have a photo cut off in one of three ways; the visit that goes on."""
        door = self.doors.named("colorize")
        if turn % 3 == 0:
            uploaded = visit.upload(f"{name}.png", content[: len(content) // 2])
            try:
                self.patiently(visit, door, self.doors.inputs(door, uploaded))
            except RuntimeError as refused:
                if not str(refused).startswith(f"{name}.png: "):
                    raise
            else:
                raise RuntimeError("half a file was colorized")
        elif turn % 3 == 1:
            visit.upload_half(f"{name}.png", content)
        else:
            uploaded = visit.upload(f"{name}.png", content)
            while True:
                try:
                    visit.ask_and_leave(door, self.doors.inputs(door, uploaded))
                    return Visit(self.url)
                except RefusedError:
                    self.note("refusals")
                    time.sleep(PAUSE)
        return visit

    def patiently(self, visit: Visit, door: dict[str, Any], inputs: list[Any]) -> list[Any]:
        """Call a handler, again and again where the queue is full."""
        while True:
            try:
                return visit.call(door, inputs)
            except RefusedError:
                self.note("refusals")
                time.sleep(PAUSE)

    def check(self, name: str, file: str, pixels: np.ndarray, grey: np.ndarray) -> None:
        """Tell whether a file is this visitor's."""
        if file != f"{name}-colorized.png":
            self.note("mix-ups", f"{name} got {file}")
        if pixels.shape[:2] != grey.shape:
            self.note("mix-ups", f"{name} got {pixels.shape} pixels")
        self.compare(name, "file", pixels, grey)

    def compare(self, name: str, what: str, pixels: np.ndarray, grey: np.ndarray) -> None:
        """Tell whether a picture's lightness is that of this visitor's photo."""
        difference = float(
            np.abs(lightness_at_a_glance(pixels) - lightness_at_a_glance(grey)).mean()
        )
        if difference > MOST_DIFFERENCE:
            self.note("mix-ups", f"{name}: L of the {what} differs by {difference:.1f}")


def healthy(url: str, process: subprocess.Popen, seconds: float = 180.0) -> dict[str, Any]:
    """Wait until the studio answers; what it says of itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the studio ended with {process.returncode}")
        try:
            answer = httpx.get(f"{url}/health", timeout=5)
            if answer.status_code == 200:
                return answer.json()
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit("the studio does not answer")


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> int:
    """Run the visitors and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=32)
    parser.add_argument("--photos", type=int, default=20, help="of each visitor")
    parser.add_argument("--megapixels", type=float, default=1.0, help="of each photo")
    parser.add_argument("--cut", action="store_true", help="cut every other photo off")
    parser.add_argument("options", nargs="*", help="of colorize studio, after --")
    chosen = parser.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    line = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--port", str(port)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the studio ends too
    folder = tempfile.TemporaryDirectory(prefix="studio-load-")
    temporary = Path(folder.name)
    process = subprocess.Popen(
        [*line, *chosen.options],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": folder.name},
    )
    try:
        print(f"studio: {healthy(url, process)}", flush=True)
        time.sleep(2.0)
        before = megabytes(process)
        warm = Load(url, 2, chosen.megapixels)
        warm.visitor(999)
        if warm.counts["errors"] or warm.counts["mix-ups"]:
            print(f"a single visitor fails: {dict(warm.counts)} {warm.words}")
            return 1
        time.sleep(2.0)
        warmed = megabytes(process)
        load = Load(url, chosen.photos, chosen.megapixels, chosen.cut)
        seconds, most = all_at_once(load, chosen.visitors, process)
        after = settled(process, before + MOST_GROWTH)
        left = left_behind(temporary)
        state = healthy(url, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
    left += [path.name for path in temporary.iterdir()]
    folder.cleanup()
    return verdict(chosen, load, seconds, (before, warmed, most, after), state, left)


def all_at_once(load: Load, count: int, process: subprocess.Popen) -> tuple[float, float]:
    """Have so many visitors come; the seconds until the last has gone, the most memory in MB."""
    visitors = [
        threading.Thread(target=load.visitor, args=(number,), daemon=True)
        for number in range(count)
    ]
    started = told = time.monotonic()
    for visitor in visitors:
        visitor.start()
    most = 0.0
    while any(visitor.is_alive() for visitor in visitors):
        most = max(most, megabytes(process))
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"  {told - started:.0f} s: {dict(load.counts)}, {most:.0f} MB", flush=True)
        time.sleep(0.5)
    return time.monotonic() - started, most


def verdict(
    chosen: argparse.Namespace,
    load: Load,
    seconds: float,
    memory: tuple[float, float, float, float],
    state: dict[str, Any],
    left: list[str],
) -> int:
    """Print the table; 1 where a limit is broken."""
    before, warmed, most, after = memory
    total = chosen.visitors * chosen.photos
    done = load.counts["photos"]
    cut = load.counts["cut"]
    print(
        f"{chosen.visitors} visitors at once, {chosen.photos} photos of {chosen.megapixels:g} "
        f"megapixels each: {seconds:.0f} s, {done / seconds:.1f} photos a second"
    )
    print(f"photos in colour: {done}, cut off: {cut}, of {total}")
    print(f"open afterwards: {state.get('open')}")
    print(f"refusals of a full queue: {load.counts['refusals']} (asked again)")
    for what in ("errors", "mix-ups"):
        example = f", such as {load.words[what]}" if what in load.words else ""
        print(f"{what}: {load.counts[what]}; limit 0{example}")
    print(
        f"memory: {before:.0f} MB at the start, {warmed:.0f} after the first photos, {most:.0f} at "
        f"most, {after:.0f} afterwards: {after - before:+.0f} MB; limit {MOST_GROWTH:+.0f}"
    )
    print(f"left on the disk: {len(left)} files, limit 0{' such as ' + left[0] if left else ''}")
    kept = (
        done + cut == total
        and not left
        and not load.counts["errors"]
        and not load.counts["mix-ups"]
        and after - before <= MOST_GROWTH
    )
    print("within the limits" if kept else "LIMITS BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
