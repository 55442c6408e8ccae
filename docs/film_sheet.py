"""Make a sheet of frames of a film: in grey, colorized one by one, and as a film.

    python docs/film_sheet.py CLIP SHEET [HINTS]

Each row has six frames, and below each row is one line of the picture through time, from left to
right: what flickers is striped there. With HINTS, as for ``colorize video --hints``, there is one
row more.
"""

import sys
import tempfile
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from colorize_core import Colorizer
from colorize_core.video import FilmOptions, colorize_video, read_timed_hints

COLUMNS, TILE, LINES, LABEL = 6, 240, 48, 110
MOST = 150  # frames


def frames_of(path: Path) -> list[Image.Image]:
    """Read the frames of a film."""
    with av.open(str(path)) as film:
        return [frame.to_image() for frame in islice(film.decode(video=0), MOST)]


def row_of(frames: list[Image.Image]) -> Image.Image:
    """Lay out six frames, and below them the line at two thirds of the height through time."""
    height = round(TILE * frames[0].height / frames[0].width)
    row = Image.new("RGB", (COLUMNS * TILE, height + LINES + 6), "white")
    for column in range(COLUMNS):
        frame = frames[column * (len(frames) - 1) // (COLUMNS - 1)]
        row.paste(frame.resize((TILE - 2, height - 2)), (column * TILE, 0))
    line = frames[0].height * 2 // 3
    through = np.stack([np.asarray(frame)[line] for frame in frames], 1)
    row.paste(Image.fromarray(through).resize((COLUMNS * TILE, LINES)), (0, height))
    return row


def main(clip: Path, sheet: Path, hints: Path | None) -> None:
    """Write the sheet."""
    colorizer = Colorizer(device="cpu")
    ways = {
        "one by one": FilmOptions(every=1, steady=0.0, encoder="ffv1"),
        "as a film": FilmOptions(encoder="ffv1"),
    }
    if hints:
        ways["with hints"] = FilmOptions(encoder="ffv1", hints=read_timed_hints(hints))
    rows = {"grey": row_of([frame.convert("L").convert("RGB") for frame in frames_of(clip)])}
    with tempfile.TemporaryDirectory() as folder:
        for name, way in ways.items():
            path = Path(folder, f"{name}.mkv")
            colorize_video(clip, path, None, way, colorizer)
            rows[name] = row_of(frames_of(path))
    height = rows["grey"].height
    page = Image.new("RGB", (LABEL + COLUMNS * TILE, len(rows) * height), "white")
    draw = ImageDraw.Draw(page)
    for number, (name, row) in enumerate(rows.items()):
        draw.text((8, number * height + 40), name, "black", font_size=18)
        page.paste(row, (LABEL, number * height))
    page.save(sheet, quality=85)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
