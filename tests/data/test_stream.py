from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from colorize_core.color.lab import rgb_to_lightness
from colorize_core.data import CropStream, Photographs, SeenCrops
from colorize_core.data import stream as stream_module

COUNT = 10


@pytest.fixture
def noisy(tmp_path) -> Photographs:
    """Photographs of noise: no two crops are alike."""
    for number in range(COUNT):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return Photographs([tmp_path])


@pytest.fixture
def plain(tmp_path) -> Path:
    """A folder of photographs of a single grey each: crops tell which they are from."""
    for number in range(COUNT):
        Image.new("RGB", (24, 32), (number,) * 3).save(tmp_path / f"{number}.png")
    return tmp_path


def sources(stream: CropStream, numbers: range) -> list[int]:
    return [int(stream[number][0, 0, 0]) for number in numbers]


def test_crops_are_square_bytes(noisy):
    crop = CropStream(noisy, 16)[0]
    assert (crop.shape, crop.dtype) == ((3, 16, 16), torch.uint8)


def test_crops_follow_from_seed_and_number_alone(noisy):
    forwards, backwards = CropStream(noisy, 16, seed=5), CropStream(noisy, 16, seed=5)
    first = [forwards[number] for number in range(25)]
    second = [backwards[number] for number in reversed(range(25))]
    assert all(map(torch.equal, first, reversed(second)))


def test_another_seed_gives_other_crops(noisy):
    assert not torch.equal(CropStream(noisy, 16, seed=0)[3], CropStream(noisy, 16, seed=1)[3])


def test_crops_of_the_same_photograph_differ(noisy):
    stream = CropStream(Photographs([noisy[0].path]), 16)
    assert len({stream[number].numpy().tobytes() for number in range(3 * COUNT)}) == 3 * COUNT


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_each_photograph_comes_once_an_epoch(plain, epoch):
    numbers = range(epoch * COUNT, (epoch + 1) * COUNT)
    assert sorted(sources(CropStream(Photographs([plain]), 8), numbers)) == list(range(COUNT))


@pytest.mark.parametrize("world", [1, 2, 3])
def test_processes_that_share_the_batches_see_each_photograph_once_an_epoch(plain, world):
    # As training with several processes does it: process r takes numbers r, r + world, ... of
    # every batch. 5 epochs of 10 photographs in batches of 6 end in the middle of one.
    batch, epochs = 6, 5
    stream = CropStream(Photographs([plain]), 8)
    seen = np.zeros((epochs, COUNT), int)
    for rank in range(world):
        for start in range(0, epochs * COUNT, batch):
            for number in range(start, min(start + batch, epochs * COUNT))[rank::world]:
                seen[number // COUNT, sources(stream, range(number, number + 1))[0]] += 1
    assert (seen == 1).all()


def test_loader_processes_lose_and_repeat_nothing(plain):
    stream = CropStream(Photographs([plain]), 8)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=3, sampler=range(3 * COUNT), num_workers=2
    )
    seen = torch.cat([crops[:, 0, 0, 0] for crops in loader]).tolist()
    assert seen == sources(stream, range(3 * COUNT))


def test_epochs_differ_in_their_order(plain):
    stream = CropStream(Photographs([plain]), 8)
    assert sources(stream, range(COUNT)) != sources(stream, range(COUNT, 2 * COUNT))


def test_whole_photographs_are_taken_on_request(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    crop = CropStream(Photographs([tmp_path]), 16, smallest=1.0)[0].permute(1, 2, 0).numpy()
    assert np.array_equal(crop, pixels) or np.array_equal(crop, pixels[:, ::-1])


def test_half_of_the_crops_are_mirrored(tmp_path):
    ramp = np.broadcast_to(np.arange(0, 240, 15, dtype=np.uint8)[None, :, None], (16, 16, 3))
    Image.fromarray(ramp.copy()).save(tmp_path / "x.png")
    stream = CropStream(Photographs([tmp_path]), 16)
    mirrored = sum(bool(stream[n][0, 0, 0] > stream[n][0, 0, -1]) for n in range(400))
    assert abs(mirrored - 200) < 4 * 10  # four standard deviations


def test_a_broken_photograph_is_replaced_by_another(plain):
    (plain / "3.png").write_bytes(b"broken")
    found = sources(CropStream(Photographs([plain]), 8), range(COUNT))
    assert set(found) == set(range(COUNT)) - {3}


def test_eight_broken_photographs_in_a_row_are_an_error(plain):
    for file in plain.iterdir():
        file.write_bytes(b"broken")
    with pytest.raises(OSError, match=r"eight photographs in a row.*\.png"):
        CropStream(Photographs([plain]), 8)[0]


def test_the_stream_never_ends(plain):
    assert CropStream(Photographs([plain]), 8)[10**12].shape == (3, 8, 8)


def test_what_is_seen_without_ageing_is_the_lightness(noisy):
    stream = CropStream(noisy, 16)
    crop, lightness = SeenCrops(stream)[3]
    assert torch.equal(crop, stream[3])
    expected = rgb_to_lightness(crop.float() / 255.0)
    torch.testing.assert_close(lightness, expected, atol=0.01, rtol=0)


def test_ageing_leaves_the_colors_as_they_are(noisy):
    stream = CropStream(noisy, 16)
    crops = SeenCrops(stream, ageing=1.0)
    assert all(torch.equal(crops[number][0], stream[number]) for number in range(20))


def test_what_is_aged_and_how_follows_from_seed_and_number_alone(noisy):
    one, other = (SeenCrops(CropStream(noisy, 16, seed=4), ageing=0.5) for _ in range(2))
    first = [one[number][1] for number in range(30)]
    second = [other[number][1] for number in reversed(range(30))]
    assert all(map(torch.equal, first, reversed(second)))


def test_a_share_of_the_crops_is_aged(noisy, monkeypatch):
    aged = []
    monkeypatch.setattr(stream_module, "age", lambda rgb, random: aged.append(1) or rgb[..., 0])
    crops = SeenCrops(CropStream(noisy, 16), ageing=0.3)
    for number in range(400):
        crops[number]
    assert len(aged) == pytest.approx(120, abs=40)
