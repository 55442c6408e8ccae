"""Films: how still colours hold, how true they stay, and what they cost.

    python benchmarks/video.py steady CLIP ...    # flicker, drift, chroma and PSNR
    python benchmarks/video.py static             # a photograph under grain, as a film
    python benchmarks/video.py cost CLIP          # CPU time a frame, threads, from file to file
    python benchmarks/video.py memory             # peak of 1,000 frames and of 10,000

Clips are films in colour; in the table, "alone" is frame by frame. Flicker is the mean change of ab
from one frame to the next, along flow and weighted by its trust; drift the same over eight frames.
PSNR is that of ab at the network's stride, against the clip's own colours.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data
import torch

from colorize_core.color.kernels import VARIABLE
from colorize_core.color.lab import rgb_to_lab
from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.video import FilmOptions, colorize_video
from colorize_core.video.eye import Eye, Shape, as_picture
from colorize_core.video.flow import Step, followed, step_between
from colorize_core.video.frames import pictures
from colorize_core.video.planes import Scale
from colorize_core.video.source import examined
from colorize_core.video.steady import steadied
from colorize_core.video.watching import CUT, Past, Watcher

AHEAD, BLOCK, KEPT, FAR = 48, 8, 0.97, 8
GRAIN = 4.0  # levels
Colors = list[np.ndarray]


def steady_colors(eye: Eye, lumas: list[np.ndarray], every: int, kept: float = KEPT) -> Colors:
    """Colorize frames as the command does: ab at the network's stride."""
    watcher, past, seen = Watcher(eye, every, kept), Past(), []
    for luma in lumas:
        past, moment = watcher.watch(past, luma)
        seen.append((past.state, moment))
    colors: Colors = []
    for first in range(0, len(seen), BLOCK):
        window = seen[first : first + BLOCK + AHEAD]
        states, moments = zip(*window, strict=True)
        colors += steadied(states, moments, kept, min(BLOCK, len(window)))
    return colors


def change(colors: Colors, steps: list[Step | None], far: int) -> float:
    """Measure the mean change of ab over some frames, along trusted flow."""
    changes = []
    for number, step in enumerate(steps):
        if step is not None:
            moved = colors[number] - followed(colors[number - far], step.back)
            length = np.hypot(moved[..., 0], moved[..., 1])
            changes.append(float((length * step.trust_back).sum() / step.trust_back.sum()))
    return float(np.mean(changes))


def figures(colors: Colors, truth: Colors, near: list, far: list) -> dict[str, float]:
    """Measure colours."""
    error = np.mean([np.square(one - own).mean() for one, own in zip(colors, truth, strict=True)])
    return {
        "flicker": change(colors, near, 1),
        "drift": change(colors, far, FAR),
        "chroma": float(np.mean([np.hypot(one[..., 0], one[..., 1]).mean() for one in colors])),
        "PSNR": float(10 * np.log10(255**2 / error)) if error else float("inf"),
    }


def steady(clips: list[Path], colorizer: Colorizer, every: int, most: int) -> None:
    """Print the figures of clips."""
    for clip in clips:
        source = examined(clip)
        eye = Eye(colorizer, ColorizeOptions(), source.shape, source.scale)
        lumas = [one.luma for one in islice(pictures(source), most)]
        seen = [as_picture(eye.lightness(luma)) for luma in lumas]
        near = _steps(seen, eye, 1)
        cuts = [n for n, step in enumerate(near) if n and step is None]
        far = _steps(seen, eye, FAR)
        far = [None if any(n - FAR < c <= n for c in cuts) else s for n, s in enumerate(far)]
        truth = _truth(clip, eye, len(lumas))
        alone = [eye.look(eye.lightness(luma)) for luma in lumas]
        before = figures(alone, truth, near, far)
        after = figures(steady_colors(eye, lumas, every), truth, near, far)
        own = figures(truth, truth, near, far)
        print(f"{clip.name}: {len(lumas)} frames, cuts at {cuts}")
        for name in before:
            ratio = f"{after[name] / before[name]:6.3f}" if name != "PSNR" else ""
            print(
                f"  {name:8} alone {before[name]:7.3f}  steady {after[name]:7.3f} {ratio:>7}"
                f"  true {own[name]:7.3f}"
            )


def _steps(seen: Colors, eye: Eye, far: int) -> list[Step | None]:
    steps: list[Step | None] = [None] * len(seen)
    for number in range(far, len(seen)):
        step = step_between(seen[number - far], seen[number], eye.cells)
        steps[number] = step if step.trust >= (CUT if far == 1 else 0.0) else None
    return steps


def _truth(clip: Path, eye: Eye, count: int) -> Colors:
    rows, columns = eye.cells
    with av.open(str(clip)) as film:
        frames = [one.to_ndarray(format="rgb24") for one in islice(film.decode(video=0), count)]
    small = [
        cv2.resize(one.astype(np.float32) / 255, (columns, rows), interpolation=cv2.INTER_AREA)
        for one in frames
    ]
    return [np.ascontiguousarray(rgb_to_lab(one)[..., 1:]) for one in small]


def static(colorizer: Colorizer, every: int) -> None:
    """Print how much ab of a still photograph varies under grain: mean standard deviation."""
    for photo in (skimage.data.coffee(), skimage.data.astronaut()):
        for width, height in ((1280, 720), (320, 240)):
            grey = cv2.resize(photo[..., 1], (width, height), interpolation=cv2.INTER_CUBIC)
            eye = Eye(colorizer, ColorizeOptions(), Shape(grey.shape), Scale(1, 8, False))
            random = np.random.default_rng(0)
            lumas = [
                (grey + random.normal(0, GRAIN, grey.shape)).clip(0, 255).astype(np.uint8)
                for _ in range(100)
            ]
            alone = np.std([eye.look(eye.lightness(luma)) for luma in lumas[::4]], 0).mean()
            held = np.std(steady_colors(eye, lumas, every), 0).mean()
            print(f"{width} x {height}: alone {alone:.3f}, steady {held:.3f}")


def cost(clip: Path, colorizer: Colorizer, every: int) -> None:
    """Print CPU and wall time a frame, from file to file, once everything is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        film = FilmOptions(every=every, overwrite=True)
        for _ in range(2):  # the first compiles and warms up
            wall, busy = time.perf_counter(), time.process_time()
            made = colorize_video(clip, Path(folder, "out.mkv"), None, film, colorizer)
            wall, busy = time.perf_counter() - wall, time.process_time() - busy
    print(
        f"{clip.name}: {busy / made.frames:.3f} s of CPU a frame, {made.frames / wall:.1f} frames "
        f"a second, {torch.get_num_threads()} threads of torch"
    )


def memory() -> None:
    """Print the peak memory of films of 1,000 and 10,000 small frames, each in its own process."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (1000, 10_000):
            path = Path(folder, f"{count}.mkv")
            _write(path, count)
            line = [sys.executable, __file__, "peak", str(path)]
            always = {**os.environ, VARIABLE: "compiled"}  # else for the long one alone
            result = subprocess.run(line, capture_output=True, text=True, check=True, env=always)
            peaks[count] = json.loads(result.stdout)["bytes"]
            print(f"{count} frames: {peaks[count] / 1e6:.0f} MB")
    print(f"ratio {peaks[10_000] / peaks[1000]:.3f}")


def _write(path: Path, count: int) -> None:
    grey = skimage.data.astronaut()[..., 1]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "gray"
        for number in range(count):
            top, left = number // 300 * 40 % 400, number % 300
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(grey[top : top + 64, left : left + 96]), format="gray"
            )
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["steady", "static", "cost", "memory", "peak"])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--most", type=int, default=250, help="frames of a clip")
    arguments = parser.parse_args()
    if arguments.what == "memory":
        memory()
        return
    colorizer = Colorizer(device="cpu")
    if arguments.what == "steady":
        steady(arguments.clips, colorizer, arguments.every, arguments.most)
    elif arguments.what == "static":
        static(colorizer, arguments.every)
    else:
        for clip in arguments.clips:
            if arguments.what == "cost":
                cost(clip, colorizer, arguments.every)
            else:
                film = FilmOptions(every=12, overwrite=True)  # memory has nothing to do with that
                colorize_video(clip, clip.with_name("out.mkv"), None, film, colorizer)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                print(json.dumps({"bytes": peak * 1024}))


if __name__ == "__main__":
    main()
