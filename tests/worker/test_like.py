"""A photo whose colours are copied: it travels with the layer, and is the engine's reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from colorize_core.engine import Colorizer
from colorize_core.worker import wire
from colorize_core.worker.answers import Reference
from colorize_core.worker.caller import WorkerConnection, WorkerError
from colorize_core.worker.wire import GREY, RGB

PHOTO = np.ascontiguousarray(skimage.data.astronaut()[::2, ::2])
GRAY = np.ascontiguousarray(np.round(PHOTO @ [0.299, 0.587, 0.114]).astype(np.uint8))
# Another photograph of the same: closer, mirrored and darker.
VIEW = (255.0 * (PHOTO[10:200, 220:30:-1] / 255.0) ** 1.2).astype(np.uint8)


def reference(rgb: np.ndarray, border: int = 0) -> Reference:
    """What a caller sends of a photo, in the middle of something clear."""
    opaque = np.dstack((rgb, np.full(rgb.shape[:2], 255, np.uint8)))
    pixels = np.pad(opaque, ((border, border), (border, border), (0, 0)))
    return Reference(pixels.shape[1], pixels.shape[0], pixels.tobytes())


def colors(worker: WorkerConnection, like: Reference | None, **options) -> np.ndarray:
    """The photo as the worker colorizes it, uint8 ``(H, W, 3)``."""
    height, width = GRAY.shape
    sent = [np.dstack((GRAY, np.full_like(GRAY, 255))).tobytes()]
    strips = worker.colorize(
        (width, height), sent, {"model": "lite", **options}, form=GREY, result=RGB, like=like
    )
    made = np.frombuffer(b"".join(strip.pixels for strip in strips), np.uint8)
    return made.reshape(height, width, 4)[..., :3]


def psnr(one: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.square(one.astype(float) - PHOTO).mean()))


@pytest.mark.usefixtures("one_way")
def test_the_colors_of_the_reference_arrive_and_without_one_all_is_as_before(
    worker: WorkerConnection,
):
    before = colors(worker, None)
    alike = colors(worker, reference(VIEW))
    assert psnr(alike) > psnr(before) + 1.5
    shipped = Colorizer("lite", "cpu")
    expected = shipped(GRAY, like=VIEW)
    assert np.abs(alike.astype(int) - expected).mean() < 4  # a host's colours are for D50
    assert np.abs(alike.astype(int) - expected).mean() < np.abs(alike.astype(int) - before).mean()
    np.testing.assert_array_equal(colors(worker, None), before)


@pytest.mark.usefixtures("one_way")
def test_what_is_clear_around_the_reference_is_left_out(worker: WorkerConnection):
    np.testing.assert_array_equal(
        colors(worker, reference(VIEW, border=40)), colors(worker, reference(VIEW))
    )


def test_likeness_says_how_readily_colors_are_copied(worker: WorkerConnection):
    before = colors(worker, None).astype(int)
    little, much = (
        np.abs(colors(worker, reference(VIEW), likeness=likeness) - before).mean()
        for likeness in (0.1, 5.0)
    )
    assert much > 1.5 * little


def test_a_preview_shows_the_colors_that_are_copied(worker: WorkerConnection):
    pixels = np.dstack((GRAY, np.full_like(GRAY, 255))).tobytes()
    size = GRAY.shape[1], GRAY.shape[0]
    shown = []
    for like in (None, reference(VIEW)):
        looked = worker.look(size, [pixels], {"model": "lite"}, form=GREY, like=like)
        picture = worker.preview(size, {})
        shown.append(np.frombuffer(picture.pixels, np.uint8).reshape(*GRAY.shape, 4)[..., :3])
    assert psnr(shown[1]) > psnr(shown[0]) + 1.5
    assert looked.temperature == pytest.approx(Colorizer("lite", "cpu").model.temperature)


@pytest.mark.parametrize(
    "like",
    [reference(np.dstack((GRAY,) * 3)), Reference(4, 4, bytes(64))],
    ids=["in grey", "all clear"],
)
def test_a_reference_without_colors_is_refused(worker: WorkerConnection, like: Reference):
    with pytest.raises(WorkerError, match="to copy colours from has none") as caught:
        colors(worker, like)
    assert caught.value.kind == "options"


def test_a_model_that_cannot_copy_says_so(worker: WorkerConnection, eccv16_weights: Path):
    with pytest.raises(WorkerError, match="eccv16 cannot copy the colours of another photo"):
        colors(worker, reference(VIEW), model=str(eccv16_weights), size=32)


@pytest.mark.parametrize(
    "like", [[], {}, {"width": 0, "height": 3}, {"width": 1 << 20, "height": 99}]
)
def test_a_reference_that_makes_no_sense_is_refused(worker: WorkerConnection, like: object):
    request = {"request": "look", "width": 4, "height": 4, "format": wire.GREY, "options": {}}
    wire.send_message(worker._connection, {**request, "like": like})
    assert wire.receive_message(worker._connection)["kind"] == "options"


def test_pixels_of_a_reference_that_are_too_few_are_not_sent(worker: WorkerConnection):
    with pytest.raises(ValueError, match="not a reference of 4 x 4"):
        colors(worker, Reference(4, 4, bytes(63)))
    assert worker.status()["failed"] == 0


def test_files_cannot_be_named_as_references(worker: WorkerConnection):
    with pytest.raises(WorkerError, match="no option like"):
        worker.colorize((1, 1), [b"\0\0\x80\x3f" * 2], {"like": ["/etc/passwd"]})
