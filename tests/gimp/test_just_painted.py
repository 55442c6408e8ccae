"""Hints that have just been painted: their layer is selected, and the filter knows what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from host import Host

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys

sys.path[:0] = [plugin, root]
import layers

result = {}
RGBA = Gimp.ImageType.RGBA_IMAGE


def painted(color, share):
    width, height = 48, 32
    marked = int(width * share)
    row = struct.pack("<4f", *color, 1.0) * marked + bytes(16 * (width - marked))
    return row * height


def note(name, image, selected):
    found = layers.painted_on(selected)
    result[name] = found.get_name() if found else None
    image.delete()


for name, color, share in (
    ("strokes in colour", (50.0, 60.0, 40.0), 0.1),
    ("strokes in grey", (50.0, 0.0, 0.0), 0.1),
    ("nothing", (50.0, 60.0, 40.0), 0.0),
    ("most of it", (50.0, 60.0, 40.0), 0.8),
):
    image, photo = make_image("rgb", "U8_NON_LINEAR")
    hints = add_layer(image, RGBA, 48, 32, "hints")
    write(hints, painted(color, share))
    note(name, image, [hints])

image, photo = make_image("rgb", "U8_NON_LINEAR")
note("a photo", image, [photo])
image, photo = make_image("rgb", "U8_NON_LINEAR", alpha=True)
write(photo, painted((50.0, 60.0, 40.0), 0.1))
note("nothing below", image, [photo])
"""


@pytest.fixture(scope="module")
def found(host: Host) -> dict[str, str | None]:
    """The layer of hints that is found for each selection."""
    folder = host.plugins / "colorize"
    return host.evaluate(SCRIPT, plugin=str(folder), root=str(ROOT))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("strokes in colour", "hints"),
        *((name, None) for name in ("strokes in grey", "nothing", "most of it")),
        *((name, None) for name in ("a photo", "nothing below")),
    ],
)
def test_only_a_few_strokes_in_color_over_a_photo_are_taken_for_hints(name, layer, found):
    assert found[name] == layer
