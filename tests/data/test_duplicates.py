import io
import time

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageEnhance

from colorize_core.data.duplicates import DISTANCE, HASH_BITS, NearDuplicates, perceptual_hash

NAMES = ("astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry", "retina")


def photo(name: str) -> Image.Image:
    image = Image.fromarray(getattr(skimage.data, name)())
    image.thumbnail((400, 400))
    return image


def saved_anew(image: Image.Image) -> Image.Image:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=60)
    return Image.open(content)


def distance(first: Image.Image, second: Image.Image) -> int:
    return (perceptual_hash(first) ^ perceptual_hash(second)).bit_count()


def flipped(hashed: int, bits) -> int:
    for bit in bits:
        hashed ^= 1 << int(bit)
    return hashed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "changed",
    [
        saved_anew,
        lambda image: image.resize((image.width // 2, image.height // 2)),
        lambda image: saved_anew(image.resize((image.width * 7 // 10, image.height * 7 // 10))),
        lambda image: ImageEnhance.Brightness(image).enhance(0.9),
    ],
    ids=["compressed", "halved", "both", "darker"],
)
def test_the_same_photograph_in_another_file_is_near(name, changed):
    assert distance(photo(name), changed(photo(name))) <= DISTANCE


def test_other_photographs_are_far():
    # Hashes that have nothing to do with each other differ in half of the bits, give or take
    # four standard deviations of eight bits.
    for number, first in enumerate(NAMES):
        for second in NAMES[number + 1 :]:
            assert distance(photo(first), photo(second)) > HASH_BITS // 2 - 4 * 8


def test_a_mirrored_photograph_is_another_one():
    image = photo("chelsea")
    assert distance(image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > DISTANCE


def test_exactly_so_many_bits_may_differ_wherever_they_are():
    random = np.random.default_rng(0)
    for _ in range(200):
        seen = NearDuplicates()
        hashed = int.from_bytes(random.bytes(HASH_BITS // 8), "big")
        seen.add(hashed)
        bits = random.permutation(HASH_BITS)
        assert seen.first_like(flipped(hashed, bits[:DISTANCE])) == 0
        assert seen.first_like(flipped(hashed, bits[: DISTANCE + 1])) is None


def test_the_first_of_several_is_named():
    seen = NearDuplicates()
    for bits in ([], [0, 1], [5], range(100, 200)):
        seen.add(flipped(0, bits))
    assert seen.first_like(1) == 0
    assert seen.first_like(flipped(0, range(100, 201))) == 3
    assert len(seen) == 4


def test_it_finds_what_comparing_all_with_all_finds():
    random = np.random.default_rng(1)
    seen, hashes = NearDuplicates(), []
    for _ in range(1500):
        hashed = int.from_bytes(random.bytes(HASH_BITS // 8), "big")
        if hashes and random.random() < 0.5:
            near = hashes[random.integers(len(hashes))]
            hashed = flipped(near, random.choice(HASH_BITS, random.integers(2 * DISTANCE)))
        close = (n for n, other in enumerate(hashes) if (other ^ hashed).bit_count() <= DISTANCE)
        assert seen.first_like(hashed) == next(close, None)
        hashes.append(hashed)
        seen.add(hashed)


def test_the_search_takes_no_longer_among_many():
    random = np.random.default_rng(2)
    seen = NearDuplicates()
    taken = []
    for _ in range(10):
        hashes = [int.from_bytes(random.bytes(32), "big") for _ in range(4000)]
        started = time.process_time()
        for hashed in hashes:
            seen.first_like(hashed)
            seen.add(hashed)
        taken.append(time.process_time() - started)
    # Looking at all of them, the last part would take 19 times as long as the first.
    assert min(taken[7:]) < 4 * min(taken[:3])
