"""Alternatives, Look inside, Folder."""

from __future__ import annotations

import zipfile
from itertools import combinations

import numpy as np
import skimage.data
import torch.nn.functional as F
from PIL import Image
from test_tray import drop, wait_for_photo
from visitor import changed, download, message, open_photo, picture, tab

from colorize_core.engine.alternatives import alternatives
from colorize_core.engine.distribution import distribution_at
from colorize_core.engine.options import ColorizeOptions
from colorize_core.photo import read_photo, write_photo

AFTER = "#compare .compare-after"


class TestAlternatives:
    def test_one_is_chosen_and_goes_into_the_file(self, page, studio, grey_photo, tmp_path):
        open_photo(page, grey_photo)
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=2")
        seen = page.locator("#alternatives .choice img")
        assert len({seen.nth(number).get_attribute("src") for number in range(seen.count())}) >= 3
        changed(page, AFTER, lambda: page.click("#alternatives .choice >> nth=1"))
        page.wait_for_selector("#make")
        saved = download(page, "#make", tmp_path)
        photo = read_photo(grey_photo)
        said = studio.engines.colorizer("lite").predict(photo)
        (open_one,) = studio.desk.photos
        chosen = open_one.alternatives()[0].of(said)
        photo.pixels = chosen.picture()
        photo.made = studio.engines.colorizer("lite").made(ColorizeOptions())
        write_photo(photo, tmp_path / "engine.jpg")
        assert saved.read_bytes() == (tmp_path / "engine.jpg").read_bytes()

    def test_those_of_other_regions_are_combined(self, page, studio, grey_photo, tmp_path):
        open_photo(page, grey_photo)
        photo = studio.desk.photos[-1]
        found = photo.alternatives()
        one, other = next(
            pair for pair in combinations(range(len(found)), 2) if not _alike(found, *pair)
        )
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=2")
        alone = changed(page, AFTER, lambda: _choose(page, one))
        tab(page, "Alternatives")
        both = changed(page, AFTER, lambda: _choose(page, other, "Combine"))
        assert photo.picked == [one + 1, other + 1]
        saved = download(page, "#make", tmp_path)
        colorizer = studio.engines.colorizer("lite")
        made = read_photo(grey_photo)
        said = found[other].of(found[one].of(colorizer.predict(made)))
        made.pixels, made.made = said.picture(), colorizer.made(ColorizeOptions())
        write_photo(made, tmp_path / "engine.jpg")
        assert saved.read_bytes() == (tmp_path / "engine.jpg").read_bytes()
        assert not np.array_equal(both, alone)
        tab(page, "Alternatives")
        again = changed(page, AFTER, lambda: _choose(page, other, "Leave out"))
        assert np.array_equal(again, alone)

    def test_each_shows_the_region_it_is_about(self, page, studio, grey_photo):
        open_photo(page, grey_photo)
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=2")
        photo = studio.desk.photos[-1]
        plain = picture(page, "#alternatives .choice >> nth=0 >> img")
        for number, one in enumerate(photo.alternatives(), 1):
            card = f"#alternatives .choice >> nth={number}"
            where = picture(page, f"{card} >> img >> nth=1").astype(int)
            changes = np.abs(picture(page, f"{card} >> img >> nth=0").astype(int) - plain).sum(2)
            height, width, _ = where.shape
            seen = F.interpolate(one.region[None, None], (height, width), mode="bilinear")[0, 0]
            inside, outside = (seen > 0.8).numpy(), (seen < 0.1).numpy()
            assert np.ptp(where, axis=2)[outside].mean() < 6  # grey
            assert np.ptp(where, axis=2)[inside].mean() > 15 or np.hypot(*one.ab) < 12
            large = changes[:: changes.shape[0] // height, :: changes.shape[1] // width]
            large = large[:height, :width]
            assert large[inside].mean() > large[outside].mean()

    def test_the_predicted_one_can_be_taken_again(self, page, grey_photo):
        open_photo(page, grey_photo)
        first = picture(page, AFTER)
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=1")
        changed(page, AFTER, lambda: page.click("#alternatives .choice >> nth=1"))
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice[aria-pressed=true]")
        again = changed(page, AFTER, lambda: page.click("#alternatives .choice >> nth=0"))
        assert np.array_equal(again, first)

    def test_a_chosen_one_is_still_the_marked_one_after_painting(self, page, grey_photo):
        open_photo(page, grey_photo)
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=2")
        predicted = page.locator("#alternatives img").first.get_attribute("src")
        changed(page, AFTER, lambda: page.click("#alternatives .choice >> nth=2"))
        tab(page, "Hints")
        page.wait_for_function("document.querySelector('#hints .canvas-picture')?.naturalWidth")
        page.focus("#hints .canvas-marks")
        painted = changed(page, AFTER, lambda: page.keyboard.press("Enter"))
        tab(page, "Alternatives")
        page.wait_for_function(  # another than before the painting
            "before => document.querySelector('#alternatives img').src !== before", arg=predicted
        )
        chosen = ".choice-card:not(:first-child) .choice[aria-pressed=true]"
        again = picture(page, f"#alternatives {chosen} img >> nth=0")
        assert again.shape == painted.shape
        assert np.abs(again.astype(int) - painted).max() <= 3


class TestWithoutAPhoto:
    def test_each_tab_says_what_it_does_and_what_to_do(self, page):
        said = set()
        for name in ("Hints", "Only a part", "Alternatives", "Look inside"):
            tab(page, name)
            words = page.locator("p.empty:visible").inner_text()
            assert words.startswith("Open a photo first, or drop one here. "), name
            said.add(words)
        assert len(said) == 4

    def test_a_photo_dropped_on_a_tab_is_opened(self, page, grey_photo):
        tab(page, "Hints")
        drop(page, [grey_photo], "#hints .empty")
        wait_for_photo(page, grey_photo.name)


def _alike(found, one: int, other: int) -> bool:
    """Whether two alternatives are about the same region."""
    return found[one].is_about(found[other])


def _choose(page, number: int, beside: str = "") -> None:
    """Choose an alternative, alone or beside others."""
    card = page.locator(f"#alternatives .choice-card >> nth={number + 1}")
    part = card.get_by_role("button", name=beside) if beside else card.locator(".choice")
    part.click()


class TestLookInside:
    def test_the_distribution_of_a_point_is_drawn(self, page, studio, grey_photo):
        open_photo(page, grey_photo)
        tab(page, "Look inside")
        page.wait_for_selector("#plane svg rect")
        marks = page.locator("#inside .canvas-marks")
        marks.scroll_into_view_if_needed()
        box = marks.bounding_box()
        page.mouse.click(box["x"] + 0.27 * box["width"], box["y"] + 0.53 * box["height"])
        page.wait_for_function(
            "/at \\(12[12], (158|159|160)\\)/.test(document.querySelector('#plane').innerText)"
        )
        said = studio.engines.colorizer("lite").predict(read_photo(grey_photo))
        seen = int((distribution_at(said, 121.5, 159) >= 1e-4).sum())
        assert abs(page.locator("#plane svg rect").count() - seen) <= 3

    def test_uncertainty_and_temperatures_are_shown(self, page, grey_photo):
        open_photo(page, grey_photo)
        tab(page, "Look inside")
        page.wait_for_selector("#strip figure >> nth=6")
        labels = page.locator("#strip figcaption").all_inner_texts()
        assert [words.split("\n")[0] for words in labels] == [
            f"T = {t}" for t in ("1", "0.77", "0.58", "0.38", "0.29", "0.14", "0")
        ]
        assert picture(page, "#uncertainty figure:nth-of-type(2) img").std() > 10

    def test_arrow_keys_move_the_point(self, page, grey_photo):
        open_photo(page, grey_photo)
        tab(page, "Look inside")
        page.wait_for_selector("#plane svg rect")
        before = page.locator("#plane").inner_text()
        page.focus("#inside .canvas-marks")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "before => document.querySelector('#plane').innerText !== before", arg=before
        )


class TestFolder:
    def test_a_broken_photo_does_not_stop_the_others(self, page, studio, tmp_path):
        names = ("astronaut", "chelsea")
        for name in names:
            image = Image.fromarray(getattr(skimage.data, name)()[:200, :240]).convert("L")
            image.save(tmp_path / f"{name}.png")
        (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photograph")
        files = [tmp_path / name for name in ("astronaut.png", "broken.jpg", "chelsea.png")]
        tab(page, "Folder")
        page.set_input_files("#folder-files input[type=file]", files)
        page.locator("#folder-files").get_by_text("chelsea").first.wait_for()
        page.click("#folder-go")
        page.wait_for_selector("#folder-archive")
        states = page.locator("#folder-states li")
        assert [states.nth(n).get_attribute("data-state") for n in range(3)] == [
            *("done", "failed", "done")
        ]
        assert states.nth(1).locator(".file").inner_text() == "broken.jpg"
        reason = states.nth(1).locator(".note").inner_text()
        assert "truncated" in reason.lower()
        assert "/" not in reason
        assert "2 of 3 in colour, 1 failed" in page.locator("#folder-states").inner_text()
        assert states.locator("img").count() == 2
        small = picture(page, "#folder-states li >> nth=0 >> img")
        assert max(small.shape) == 72
        assert np.ptp(small.astype(int), axis=2).mean() > 8  # in colour
        saved = download(page, "#folder-archive", tmp_path)
        with zipfile.ZipFile(saved) as archive:
            assert sorted(archive.namelist()) == [f"{name}-colorized.png" for name in names]
            colorizer = studio.engines.colorizer("lite")
            for name in names:
                made = tmp_path / "engine.png"
                photo = colorizer.colorize(read_photo(tmp_path / f"{name}.png"))
                write_photo(photo, made, overwrite=True)
                assert archive.read(f"{name}-colorized.png") == made.read_bytes()

    def test_too_many_photos_are_refused(self, page, grey_photo, tmp_path):
        files = []
        for number in range(7):
            files.append(tmp_path / f"{number}.jpg")
            files[-1].write_bytes(grey_photo.read_bytes())
        tab(page, "Folder")
        page.set_input_files("#folder-files input[type=file]", files)
        page.locator("#folder-files").get_by_text("6").first.wait_for()
        page.click("#folder-go")
        assert message(page) == "7 photos are too many: a folder takes 6."
        assert page.locator("#folder-go").is_visible()


def test_alternatives_are_those_of_the_engine(studio, grey_photo):
    said = studio.engines.colorizer("lite").predict(read_photo(grey_photo))
    assert len(alternatives(said, 5)) >= 2
