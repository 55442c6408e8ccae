"""The game as it is played: the studio, a real Chromium, and the file of answers."""

import hashlib
import json
import sqlite3

import numpy as np
import pytest
import skimage.data
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import expect
from visitor import tab

from colorize_core import __version__
from colorize_core.models.registry import MODELS
from gradio_demo.tabs.game import ANSWERS_FILE

# Notes when each picture becomes visible and when it ceases to be, by the page's own clock.
WATCH = """
() => {
  window.exposures = [];
  document.querySelectorAll(".game-picture").forEach((picture, index) => {
    let since = null;
    new MutationObserver(() => {
      const style = getComputedStyle(picture);
      const seen = style.visibility === "visible" && picture.naturalWidth > 0;
      if (seen && since === null) since = performance.now();
      if (!seen && since !== null) {
        window.exposures.push([index + 1, performance.now() - since]);
        since = null;
      }
    }).observe(picture, { attributes: true });
  });
}
"""


@pytest.fixture
def answers(studio):
    """Reads the stored answers; there are none before each test."""
    file = studio.settings.data / ANSWERS_FILE
    for leftover in file.parent.glob(f"{ANSWERS_FILE}*"):
        leftover.unlink()

    def read(columns: str) -> list[tuple]:
        connection = sqlite3.connect(file)
        try:
            return connection.execute(f"SELECT {columns} FROM answers ORDER BY id").fetchall()
        finally:
            connection.close()

    return read


@pytest.fixture
def game(visit, answers):
    """The page with the game open."""
    page = visit()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_game(page)
    yield page
    assert errors == []


def open_game(page) -> None:
    tab(page, "Real or colorized?")
    page.get_by_role("button", name="Start").wait_for()


def asked(page, number: int) -> None:
    """Wait until a pair is to be judged."""
    question = page.get_by_text(f"Pair {number} of ").and_(page.get_by_text("which one was real?"))
    question.wait_for()


def test_a_whole_game(game, answers):
    page = game
    page.evaluate(WATCH)
    page.get_by_role("button", name="Start").click()
    for number, key in enumerate(["1", "2", "ArrowLeft", "ArrowRight"], 1):
        asked(page, number)
        for picture in page.locator(".game-picture").all():
            assert not picture.is_visible()
            assert picture.get_attribute("src") is None
        page.keyboard.press(key)
    asked(page, 5)
    page.get_by_role("button", name="Second is real").click()
    page.get_by_text("You found the real photo in").wait_for()

    exposures = page.evaluate("window.exposures")
    assert [index for index, _ in exposures] == [1, 2] * 5
    lengths = [length for _, length in exposures]
    assert min(lengths) > 985, lengths
    assert sorted(lengths)[7] < 1100, lengths  # a machine that is busy may stall now and then
    assert abs(np.median(lengths) - 1000) < 50, lengths

    rows = answers("round, practice, answer, model, weights, length(picture), version")
    checksum = hashlib.sha256(MODELS["lite"].weights.read_bytes()).hexdigest()
    assert rows == [
        (number, int(number == 1), answer, "lite", checksum, 64, __version__)
        for number, answer in enumerate([1, 2, 1, 2, 2], 1)
    ]
    assert all(0 < seconds < 30 for (seconds,) in answers("seconds"))
    assert len(set(answers("game, visitor"))) == 1
    assert len(set(answers("picture"))) == 5

    counted = [real == answer for real, answer in answers("real, answer")][1:]
    expect(page.locator(".game-score")).to_contain_text(f"in {sum(counted)} of 4 pairs")
    share = 100 * (1 - sum(counted) / 4)
    expect(page.locator(".game-figures")).to_contain_text(f"in {share:.1f} % of 4 answers")
    if 0 < share < 100:
        expect(page.locator(".game-figures")).to_contain_text("95 % interval")
    expect(page.locator(".game-review img")).to_have_count(10)
    reals = page.locator(".game-review img").evaluate_all(
        "images => images.map(image => image.classList.contains('real'))"
    )
    assert [1 + pair.index(True) for pair in zip(reals[::2], reals[1::2], strict=True)] == [
        real for (real,) in answers("real")
    ]


def test_a_visitors_own_photos_with_a_broken_one_among_them(game, studio, answers, tmp_path):
    page = game
    folder = tmp_path / "album"
    folder.mkdir()
    Image.fromarray(skimage.data.coffee()).save(folder / "coffee.jpg")
    Image.fromarray(skimage.data.chelsea()).save(folder / "chelsea.png")
    Image.fromarray(skimage.data.camera()).save(folder / "camera.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    page.get_by_role("button", name="Play with your own photos").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a folder").click()
    chooser.value.set_files(folder)
    expect(page.locator("#game-files")).to_contain_text("broken")
    page.get_by_role("button", name="Start").click()
    for number in (1, 2):
        asked(page, number)
        page.keyboard.press("1")
    page.get_by_text("of 2 pairs").wait_for()
    left_out = page.locator(".game-left-out")
    left_out.click()
    expect(left_out).to_contain_text("Left out: 2")
    expect(left_out).to_contain_text("broken.jpg: ")
    expect(left_out).to_contain_text("camera.png: has no colours")
    assert str(studio.desk.visits.folder) not in left_out.inner_text()
    assert answers("round, practice") == [(1, 0), (2, 0)]


def test_the_same_visitor_is_known_again_and_another_is_not(visit, answers):
    first, second = visit(locale="en-US"), visit(locale="en-GB")  # windows of their own
    for page in (first, second, first):
        page.reload()
        page.wait_for_selector("#examples .choice", state="attached")
        open_game(page)
        page.get_by_role("button", name="Start").click()
        asked(page, 1)
        page.keyboard.press("1")
        page.get_by_text("Pair 2 of").wait_for()
    visitors = [visitor for (visitor,) in answers("visitor")]
    assert visitors[0] == visitors[2] != visitors[1]


def test_a_file_of_answers_that_cannot_be_used_is_told_and_the_page_stays_usable(game, studio):
    page = game
    file = studio.settings.data / ANSWERS_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("my diary " * 1000)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("game.sqlite3: not a file of answers").wait_for()
    assert str(file.parent) not in page.locator("#game").inner_text()
    file.unlink()
    page.get_by_role("button", name="Start").click()
    asked(page, 1)
    page.get_by_role("button", name="Leave the game").click()
    page.get_by_text("You left the game").wait_for()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_keys_count_only_when_a_pair_is_to_be_judged(game, answers):
    page = game
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Pair 1 of 5").first.wait_for()
    page.keyboard.press("1")
    asked(page, 1)
    assert answers("answer") == []
    page.keyboard.press("3")
    page.keyboard.press("2")
    page.get_by_text("Pair 2 of").wait_for()
    assert answers("answer") == [(2,)]


def test_nothing_on_the_way_tells_the_pictures_apart(game):
    page = game
    asked_for = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.get_by_role("button", name="Start").click()
    asked(page, 1)
    outside = [url for url in asked_for if not url.startswith(("http://127.0.0.1", "data:"))]
    assert outside == []
    pictures = [url for url in asked_for if url.startswith("data:image/png")]
    assert len({len(url) for url in pictures}) <= 1
    assert not [url for url in asked_for if "http" in url and ".png" in url]


@pytest.mark.parametrize("width", [390, 1280])
def test_both_pictures_fit_the_screen(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    open_game(page)
    page.get_by_role("button", name="Start").click()
    asked(page, 1)
    frames = [frame.bounding_box() for frame in page.locator(".game-frame").all()]
    assert len(frames) == 2
    assert frames[0]["y"] == frames[1]["y"]
    for frame in frames:
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= width
        assert frame["width"] == pytest.approx(frame["height"], abs=1)
    assert frames[0]["width"] == pytest.approx(min(256, frames[0]["width"]))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_figures_can_be_read_without_playing(game):
    page = game
    page.get_by_role("button", name="What all answers say").click()
    page.get_by_text("No answers yet.").wait_for()
    page.get_by_text("The paper's method: 32.3 %").wait_for()


def test_a_program_plays_too(studio, answers, tmp_path):
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "coffee.png")
    client = Client(studio.url, verbose=False)
    seen = client.predict([handle_file(tmp_path / "coffee.png")], api_name="/game_start")
    assert (seen["round"], seen["rounds"], len(seen["pictures"])) == (1, 1, 2)
    end = client.predict(seen["game"], 1, 2, 0.25, api_name="/game_answer")
    assert end["of"] == 1
    (figure,) = client.predict(api_name="/game_figures")
    assert (figure["answers"], figure["visitors"], figure["pictures"]) == (1, 1, 1)
    assert json.loads(json.dumps(figure)) == end["figures"][0]
    with pytest.raises(Exception, match="round 3 has not been shown"):
        client.predict(seen["game"], 3, 2, 0.25, api_name="/game_answer")
