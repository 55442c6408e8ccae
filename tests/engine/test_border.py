"""What is around the photographs on a scan: paper stays paper, and the photograph is seen alone."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core import Colorizer, rgb_to_lab
from colorize_core.color.encoding import decode
from colorize_core.engine.framing import Frame
from colorize_core.engine.hints import Hint
from colorize_core.engine.page import compose, crop


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return skimage.data.coffee().mean(2).astype(np.uint8)


@pytest.fixture(scope="module")
def page(photo) -> np.ndarray:
    """The photo on cream card, RGB."""
    card = np.full((520, 740, 3), (224, 208, 170), np.uint8)
    card[60:460, 80:680] = photo[..., None]
    return card


def chroma(image: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(rgb_to_lab(image / np.float32(255))[..., 1:], -1, 0))


def around(values: np.ndarray, margin: int = 2) -> np.ndarray:
    outside = np.ones(values.shape[:2], bool)
    outside[60 - margin : 460 + margin, 80 - margin : 680 + margin] = False
    return values[outside]


def test_paper_keeps_its_own_tone_and_the_photo_gets_the_colors_it_has_alone(shipped, page, photo):
    painted = shipped(page)
    assert (around(painted) == around(page)).all()
    alone = chroma(shipped(photo)).mean()
    assert chroma(painted)[60:460, 80:680].mean() == pytest.approx(alone, rel=0.05)


def test_colors_keep_their_strength_where_cells_of_photo_and_page_differ():
    random = np.random.default_rng(0)
    output = torch.from_numpy(random.normal(0, 3, (1, 313, 56, 58)).astype(np.float32))
    frame = Frame(28, 29, 294, 285)
    page = compose((318, 310), [frame], (56, 56), [output])
    before, after = (
        decode(one, 0.38).norm(dim=1) for one in (output, crop(page, frame, (318, 310)))
    )
    assert after.mean() == pytest.approx(before.mean().item(), rel=0.1)


def test_paper_is_made_neutral_on_request(shipped, page):
    painted = shipped(page, border="neutral")
    assert around(chroma(painted)).max() < 1.0
    assert chroma(painted)[60:460, 80:680].mean() > 5.0
    lightness = (rgb_to_lab(one / np.float32(255))[..., 0] for one in (painted, page))
    assert abs(np.subtract(*map(around, lightness))).max() < 0.5


def test_paper_is_colorized_with_the_photo_on_request(shipped, page):
    assert around(chroma(shipped(page[..., 0], border="off"))).mean() > 1.0
    assert around(chroma(shipped(page[..., 0]))).max() < 0.5


def test_another_word_for_the_border_is_refused(shipped, page):
    with pytest.raises(ValueError, match=r"border must be keep, neutral or off; got 'white'"):
        shipped(page, border="white")


def test_several_photos_are_seen_one_by_one(shipped, photo):
    small = photo[::2, ::2]
    page = np.full((540, 360), 240, np.uint8)
    page[40:240, 30:330] = small
    page[300:500, 30:330] = small
    prediction = shipped.predict(page)
    assert len(prediction.frames) == 2
    painted = chroma(prediction.picture())
    assert painted[:35].max() < 0.5
    assert painted[250:290].max() < 0.5
    second = painted[300:500, 30:330]
    assert abs(painted[40:240, 30:330] - second).mean() < 0.15 * second.mean()


def test_card_in_the_corners_of_a_print_askew_keeps_its_tone(shipped, photo):
    image = Image.fromarray(photo)
    turned = image.rotate(4, Image.Resampling.BICUBIC, expand=True)
    whole = Image.new("L", image.size, 255).rotate(4, expand=True)
    page = Image.new("RGB", (turned.width + 100, turned.height + 100), (150, 120, 90))
    page.paste(turned.convert("RGB"), (50, 50), whole)
    hole = np.zeros(page.size[::-1], bool)
    hole[50 : 50 + turned.height, 50 : 50 + turned.width] = np.asarray(whole) > 0
    painted = shipped(np.asarray(page))
    kept = (painted == np.asarray(page)).all(axis=2)
    assert kept[~hole].mean() > 0.98
    assert chroma(painted)[hole].mean() > 5.0


def test_a_hint_on_a_photo_colors_it_at_its_place(shipped, page):
    hint = Hint(x=300, y=250, color="#c02020", radius=12)
    without, with_hint = shipped(page), shipped(page, hints=[hint])
    changed = abs(with_hint.astype(int) - without).sum(2)
    assert changed[240:260, 290:310].mean() > 20
    assert (around(with_hint) == around(page)).all()


def test_a_hint_on_the_border_has_it_colorized(shipped, page):
    painted = shipped(page[..., 0], hints=[Hint(x=30, y=30, color="#2040c0", radius=10)])
    assert chroma(painted)[20:40, 20:40].mean() > 10


def test_an_empty_page_stays_grey(shipped):
    grain = np.random.default_rng(0).normal(215, 8, (400, 300)).clip(0, 255).astype(np.uint8)
    assert chroma(shipped(grain)).max() < 0.5
    assert chroma(shipped(grain, border="off")).mean() > 3.0


def test_a_photo_on_paper_may_have_detail(shipped, page):
    painted = shipped(page, detail=True)
    assert (around(painted) == around(page)).all()
    assert chroma(painted)[60:460, 80:680].mean() > 5.0


def test_deep_pixels_keep_their_border_too(shipped, page):
    deep = page.astype(np.uint16) * 257
    assert (around(shipped(deep)) == around(deep)).all()
