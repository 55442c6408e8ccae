"""A photo whose colours are copied: it travels with the layer, and is the engine's reference."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from colorize_core import __version__
from colorize_core.engine import Colorizer
from colorize_core.worker import wire
from colorize_core.worker.answers import Reference
from colorize_core.worker.caller import WorkerConnection, WorkerError, connect_or_start
from colorize_core.worker.home import Engine
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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerConnection]:
    """One worker for all of these tests, whose answers all come from PyTorch."""
    home = tmp_path_factory.mktemp("like")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("COLORIZE_KERNELS", "torch")
        worker = connect_or_start(Engine(Path(sys.executable), home, __version__))
    yield worker
    worker.stop()


def test_the_colors_of_the_reference_arrive_and_without_one_all_is_as_before(
    shared: WorkerConnection,
):
    before = colors(shared, None)
    alike = colors(shared, reference(VIEW))
    assert psnr(alike) > psnr(before) + 1.5
    shipped = Colorizer("lite", "cpu")
    expected = shipped(GRAY, like=VIEW)
    assert np.abs(alike.astype(int) - expected).mean() < 4  # a host's colours are for D50
    assert np.abs(alike.astype(int) - expected).mean() < np.abs(alike.astype(int) - before).mean()
    np.testing.assert_array_equal(colors(shared, None), before)


def test_what_is_clear_around_the_reference_is_left_out(shared: WorkerConnection):
    np.testing.assert_array_equal(
        colors(shared, reference(VIEW, border=40)), colors(shared, reference(VIEW))
    )


def test_likeness_says_how_readily_colors_are_copied(shared: WorkerConnection):
    before = colors(shared, None).astype(int)
    little, much = (
        np.abs(colors(shared, reference(VIEW), likeness=likeness) - before).mean()
        for likeness in (0.1, 5.0)
    )
    assert much > 1.5 * little


def test_a_preview_shows_the_colors_that_are_copied(shared: WorkerConnection):
    pixels = np.dstack((GRAY, np.full_like(GRAY, 255))).tobytes()
    size = GRAY.shape[1], GRAY.shape[0]
    shown = []
    for like in (None, reference(VIEW)):
        looked = shared.look(size, [pixels], {"model": "lite"}, form=GREY, like=like)
        picture = shared.preview(size, {})
        shown.append(np.frombuffer(picture.pixels, np.uint8).reshape(*GRAY.shape, 4)[..., :3])
    assert psnr(shown[1]) > psnr(shown[0]) + 1.5
    assert looked.temperature == pytest.approx(Colorizer("lite", "cpu").model.temperature)


@pytest.mark.parametrize(
    "like",
    [reference(np.dstack((GRAY,) * 3)), Reference(4, 4, bytes(64))],
    ids=["in grey", "all clear"],
)
def test_a_reference_without_colors_is_refused(shared: WorkerConnection, like: Reference):
    with pytest.raises(WorkerError, match="to copy colours from has none") as caught:
        colors(shared, like)
    assert caught.value.kind == "options"


def test_a_model_that_cannot_copy_says_so(shared: WorkerConnection, eccv16_weights: Path):
    with pytest.raises(WorkerError, match="eccv16 cannot copy the colours of another photo"):
        colors(shared, reference(VIEW), model=str(eccv16_weights), size=32)


@pytest.mark.parametrize(
    "like", [[], {}, {"width": 0, "height": 3}, {"width": 1 << 20, "height": 99}]
)
def test_a_reference_that_makes_no_sense_is_refused(shared: WorkerConnection, like: object):
    request = {"request": "look", "width": 4, "height": 4, "format": wire.GREY, "options": {}}
    wire.send_message(shared._connection, {**request, "like": like})
    assert wire.receive_message(shared._connection)["kind"] == "options"


def test_pixels_of_a_reference_that_are_too_few_are_not_sent(shared: WorkerConnection):
    with pytest.raises(ValueError, match="not a reference of 4 x 4"):
        colors(shared, Reference(4, 4, bytes(63)))
    with connect_or_start(shared.engine) as other:
        assert other.status()["state"] == "idle"


def test_files_cannot_be_named_as_references(shared: WorkerConnection):
    with pytest.raises(WorkerError, match="no option like"):
        shared.colorize((1, 1), [b"\0\0\x80\x3f" * 2], {"like": ["/etc/passwd"]})
