"""The whole table: this project beside the published PyTorch code, in one run on the same photos.

    pip install --no-deps rz-colorization
    python benchmarks/table.py                        # everything; an hour on two cores
    python benchmarks/table.py --quick                # two small sizes, few rounds
    python benchmarks/table.py --sizes 12 --formats jpg --only photos

From file to file: ours with ``lite`` and with ``eccv16``, the published code with the same random
weights of eccv16; float32 on both sides, warm, in turn, the fastest of several rounds. Memory is
measured in a process for each, over the process with everything imported and the model loaded.
From 50 megapixels on, times come from those processes too, because the published code takes 10 GB.
Prints Markdown. Other programs on the machine spoil the figures; nothing checks for them.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from colorize_core.threads import wait_calmly

wait_calmly()  # as the command line does; for both sides, and before torch is loaded

import grainy
import torch
from limits import fastest, limits, machine
from runners import Run, runner

from colorize_core import __version__
from colorize_core.models import build_network
from colorize_core.models.files import write_tensors

HERE = Path(__file__).parent
OURS = ("lite", "eccv16")
WHO = ("peer", *OURS)
ROUNDS = {0.07: 9, 1: 7, 12: 3, 24: 2}
APART = 50.0  # megapixels from which on each runs in a process of its own
FOLDER_PHOTOS, PEER_PHOTOS = 200, 20
COLD_ROUNDS = 5
PARTS = ("photos", "limits", "folder", "cold", "warm", "gpu")


def main() -> None:
    """Print the parts that were asked for."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="table-", dir=arguments.scratch) as scratch:
        table(arguments, Path(scratch))


def table(arguments: argparse.Namespace, scratch: Path) -> None:
    """Print them, with files in a folder."""
    weights = scratch / "eccv16.safetensors"
    torch.manual_seed(0)
    write_tensors(weights, build_network("eccv16").state_dict(), {})
    print(f"{machine()}; colorize {__version__}\n", flush=True)
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "photos": lambda: photos(arguments, scratch, weights),
        "limits": lambda: limits(_peer(weights), weights),
        "folder": lambda: folder(arguments, scratch, weights),
        "cold": lambda: cold(arguments, scratch, weights),
        "warm": lambda: warm(arguments, scratch, weights),
        "gpu": lambda: gpu(arguments, scratch, weights),
    }
    for part in arguments.only or PARTS:
        for line in parts[part]():
            print(line, flush=True)
        print(flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [size for size in grainy.SIZES if size != 2]
    parser.add_argument("--sizes", type=float, nargs="+", default=known, choices=known)
    parser.add_argument("--formats", nargs="+", default=["png", "jpg"], choices=["png", "jpg"])
    parser.add_argument("--kinds", nargs="+", default=["colour"], choices=["colour", "grey"])
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts of the table")
    parser.add_argument("--quick", action="store_true", help="0.07 and 1 megapixels, few rounds")
    parser.add_argument("--scratch", type=Path, help="folder with room for a few GB")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sizes = [size for size in arguments.sizes if size <= 1] or [0.07]
    return arguments


def _peer(weights: Path) -> torch.nn.Module:
    from peer import load_peer

    return load_peer(weights)


def photos(arguments: argparse.Namespace, scratch: Path, weights: Path) -> Iterable[str]:
    """Time and memory from file to file."""
    yield (
        "| megapixels | file | published code | `lite` | times faster | `eccv16` | times faster "
        "| memory: published | `lite` | share | `eccv16` | share |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    runs: dict[str, Run] = {}
    for megapixels in arguments.sizes:
        for suffix in arguments.formats:
            for kind in arguments.kinds:
                photo = grainy.write(scratch, megapixels, suffix, kind)
                apart = {who: _apart(who, weights, photo) for who in WHO}
                seconds = {who: found["seconds"] for who, found in apart.items()}
                if megapixels < APART:
                    runs = runs or {who: runner(who, weights, warm=True) for who in WHO}
                    seconds = _in_turn(runs, photo, 1 if arguments.quick else ROUNDS[megapixels])
                memory = {who: found["bytes"] for who, found in apart.items()}
                yield _row(photo, megapixels, kind, seconds, memory)
                photo.unlink()


def _in_turn(runs: dict[str, Run], photo: Path, rounds: int) -> dict[str, float]:
    """Time several rounds of each after one to warm up; give the fastest, in seconds."""
    target = photo.with_name(f"out{photo.suffix}")
    best = dict.fromkeys(runs, float("inf"))
    for round_ in range(rounds + 1):
        for who, run in runs.items():
            started = time.perf_counter()
            run(photo, target)
            if round_ or rounds == 1:
                best[who] = min(best[who], time.perf_counter() - started)
            target.unlink()
        if rounds == 1:
            break
    return best


def _apart(who: str, weights: Path, photo: Path) -> dict[str, float]:
    """Measure a run in a process of its own: seconds and bytes."""
    target = photo.with_name(f"apart{photo.suffix}")
    line: list[str | Path] = [sys.executable, HERE / "once.py", who, weights, photo, target]
    said = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout
    target.unlink()
    return json.loads(said)


def _row(
    photo: Path, megapixels: float, kind: str, seconds: dict[str, float], memory: dict[str, float]
) -> str:
    size = photo.stat().st_size / 1e6
    cells = [f"{megapixels:g}", f"{kind} {photo.suffix[1:].upper()}, {size:.2f} MB"]
    cells.append(_seconds(seconds["peer"]))
    for who in OURS:
        cells += [_seconds(seconds[who]), f"**{seconds['peer'] / seconds[who]:.1f}**"]
    cells.append(_bytes(memory["peer"]))
    for who in OURS:
        cells += [_bytes(memory[who]), f"1/{memory['peer'] / max(1.0, memory[who]):.1f}"]
    return f"| {' | '.join(cells)} |"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _bytes(count: float) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def folder(arguments: argparse.Namespace, scratch: Path, weights: Path) -> Iterable[str]:
    """Measure photos of 2 megapixels a second, and how busy the cores are."""
    ours = 20 if arguments.quick else FOLDER_PHOTOS
    theirs = 5 if arguments.quick else PEER_PHOTOS
    scans = grainy.write_folder(scratch / "scans", 2, ours)
    pairs = []
    for photo in sorted(scans.iterdir())[:theirs]:
        pairs += [photo, scratch / f"peer-{photo.name}"]
    command = [sys.executable, "-m", "colorize_core.cli.app", "photo", scans, "--overwrite"]
    runs = {
        f"published code, {theirs} photos": ([sys.executable, HERE / "peer.py", weights, *pairs]),
        f"`colorize photo`, {ours} photos": [*command, "-o", scratch / "coloured"],
        f"`colorize photo --jobs 2`, {ours} photos": [
            *[*command, "-o", scratch / "coloured", "--jobs", "2"]
        ],
    }
    yield "| folder of 2-megapixel JPEGs | time | photos a second | cores busy | times faster |"
    yield "|---|---|---|---|---|"
    peer_rate = 0.0
    for name, line in runs.items():
        seconds, computed = _process(line)
        rate = (theirs if "published" in name else ours) / seconds
        peer_rate = peer_rate or rate
        busy = computed / seconds / (os.cpu_count() or 1)
        yield (
            f"| {name} | {_seconds(seconds)} | {rate:.2f} | {100 * busy:.0f} % "
            f"| {rate / peer_rate:.1f} |"
        )


def _process(line: list[object]) -> tuple[float, float]:
    """Time a process: seconds, and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(list(map(str, line)), check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold(arguments: argparse.Namespace, scratch: Path, weights: Path) -> Iterable[str]:
    """Time a whole process for a photo, beside a script with the published code."""
    photo, out = grainy.write(scratch, 1, "jpg"), scratch / "cold.jpg"
    ours = [sys.executable, "-m", "colorize_core.cli.app", "photo", photo, "-o", out, "--overwrite"]
    theirs = [sys.executable, HERE / "peer.py", weights, photo, out]
    best = [float("inf")] * 2
    for _ in range(2 if arguments.quick else COLD_ROUNDS):
        for which, line in enumerate((ours, theirs)):
            best[which] = min(best[which], _process(line)[0])
    yield "| cold start, 1 megapixel, JPEG | time | times faster |"
    yield "|---|---|---|"
    yield f"| script with the published code | {_seconds(best[1])} | 1 |"
    yield f"| `colorize photo` | {_seconds(best[0])} | {best[1] / best[0]:.1f} |"


def warm(arguments: argparse.Namespace, scratch: Path, weights: Path) -> Iterable[str]:
    """Time a call of the warm worker, as GIMP makes it: pixels out, pixels back."""
    from colorize_core.worker.caller import connect_or_start
    from colorize_core.worker.home import Engine
    from colorize_core.worker.wire import GREY, RGB

    yield "| warm call of the worker, no files | time | megapixels a second |"
    yield "|---|---|---|"
    engine = Engine(Path(sys.executable), scratch / "engine", __version__)
    worker = connect_or_start(engine)
    try:
        for megapixels in (size for size in arguments.sizes if size < APART):
            width, height = grainy.SIZES[megapixels]
            grey = grainy.pixels_of((width, height), grey=True)
            layer = torch.stack((torch.from_numpy(grey), torch.full(grey.shape, 255)), -1)
            sent = layer.to(torch.uint8).numpy().tobytes()
            seconds = fastest(
                lambda: worker.colorize((width, height), [sent], form=GREY, result=RGB)  # noqa: B023
            )
            rate = width * height / 1e6 / seconds
            yield f"| {megapixels:g} megapixels | {_seconds(seconds)} | {rate:.1f} |"
    finally:
        worker.stop()


def gpu(arguments: argparse.Namespace, scratch: Path, weights: Path) -> Iterable[str]:
    """Time from file to file on a GPU, where there is one."""
    if not torch.cuda.is_available():
        yield "GPU: none here."
        return
    yield f"On {torch.cuda.get_device_name()}:\n"
    yield "| megapixels | file | published code | `lite` | times faster | `eccv16` | times faster |"
    yield "|---|---|---|---|---|---|---|"
    runs = {who: runner(who, weights, "cuda", warm=True) for who in WHO}
    for megapixels in (size for size in arguments.sizes if size < APART):
        for suffix in arguments.formats:
            photo = grainy.write(scratch, megapixels, suffix)
            seconds = _in_turn(runs, photo, 1 if arguments.quick else ROUNDS[megapixels])
            cells = [f"{megapixels:g}", suffix.upper(), _seconds(seconds["peer"])]
            for who in OURS:
                cells += [_seconds(seconds[who]), f"**{seconds['peer'] / seconds[who]:.1f}**"]
            yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
