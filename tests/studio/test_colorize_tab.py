from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image
from visitor import changed, download, file_of_engine, open_photo, picture, set_slider

from colorize_core.color.lab import rgb_to_lab

AFTER = "#compare .compare-after"


class TestOpening:
    def test_a_chosen_photo_is_shown_in_grey_and_in_color(self, page, grey_photo):
        open_photo(page, grey_photo)
        grey, color = picture(page, "#compare .compare-before"), picture(page, AFTER)
        assert grey.shape == color.shape == (283, 424, 3)
        assert np.ptp(grey.astype(int), axis=2).max() <= 3
        assert rgb_to_lab(color / 255.0)[..., 1:].std() > 2
        assert "450 x 300" in page.locator("#photo-name").inner_text()

    def test_a_pasted_photo_is_opened(self, page, grey_photo):
        content = list(grey_photo.read_bytes())
        page.evaluate(
            """bytes => {
                const kept = new DataTransfer();
                const type = { type: "image/jpeg" };
                kept.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", type));
                const paste = new ClipboardEvent("paste", { clipboardData: kept, bubbles: true });
                document.body.dispatchEvent(paste);
            }""",
            content,
        )
        page.wait_for_function(
            "document.querySelector('#photo-name strong')?.textContent === 'pasted.jpg'"
        )

    def test_a_photo_dropped_beside_the_zone_is_opened_in_place_of_another(self, page, grey_photo):
        open_photo(page, grey_photo)
        page.evaluate(
            """bytes => {
                const kept = new DataTransfer();
                kept.items.add(new File([new Uint8Array(bytes)], "dropped.jpg"));
                const drop = { dataTransfer: kept, bubbles: true, cancelable: true };
                document.querySelector("#masthead").dispatchEvent(new DragEvent("drop", drop));
            }""",
            list(grey_photo.read_bytes()),
        )
        page.wait_for_function(
            "document.querySelector('#photo-name strong')?.textContent === 'dropped.jpg'"
        )

    def test_an_example_is_opened(self, page):
        page.click("#examples .choice >> nth=1")
        page.wait_for_function(
            "document.querySelector('#photo-name strong')?.textContent === 'coffee.png'"
        )


def mean_b(pixels: np.ndarray) -> float:
    """How yellow a picture is."""
    return float(rgb_to_lab(pixels / 255.0)[..., 2].mean())


class TestAdjusting:
    def test_the_temperature_renders_again_without_a_forward_pass(self, page, studio, grey_photo):
        open_photo(page, grey_photo)
        passes = []
        network = studio.engines.colorizer("lite").network
        handle = network.register_forward_pre_hook(lambda *_: passes.append(1))
        bold = changed(page, AFTER, lambda: set_slider(page, "#temperature", 0.1))
        handle.remove()
        assert not passes
        chroma = np.hypot(*np.moveaxis(rgb_to_lab(bold / 255.0)[..., 1:], -1, 0))
        assert chroma.mean() > 5

    def test_the_models_own_temperature_is_amid_bolder_and_calmer_ones(
        self, page, studio, grey_photo
    ):
        open_photo(page, grey_photo)
        own = picture(page, AFTER)
        slider = page.locator("#temperature input[type=range]")
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        temperature = float(slider.input_value())
        assert temperature == studio.engines.colorizer("lite").model.temperature
        assert low + (high - low) / 3 < temperature < high - (high - low) / 3
        bold = changed(page, AFTER, lambda: set_slider(page, "#temperature", low))
        calm = changed(page, AFTER, lambda: set_slider(page, "#temperature", high))
        variety = [rgb_to_lab(one / 255.0)[..., 1:].std((0, 1)).sum() for one in (bold, own, calm)]
        assert variety == sorted(variety, reverse=True)
        again = changed(page, AFTER, lambda: page.click("#looks .choice >> nth=0"))
        assert np.array_equal(again, own)
        assert float(slider.input_value()) == temperature
        assert not page.locator("#bench .reset-button").count()  # it would reset no photo

    def test_a_look_sets_the_sliders_and_goes_into_the_file(
        self, page, studio, grey_photo, tmp_path
    ):
        open_photo(page, grey_photo)
        natural = picture(page, AFTER)
        shown = page.locator("#looks .choice")
        assert shown.all_inner_texts() == ["Natural", "Warm film", "Cool", "Faded", "Vivid"]
        warm = changed(page, AFTER, lambda: shown.nth(1).click())
        assert mean_b(warm) > mean_b(natural) + 3
        assert float(page.locator("#warmth input[type=range]").input_value()) == 0.45
        saved = download(page, "#make", tmp_path)
        made = file_of_engine(studio, grey_photo, tmp_path / "e.jpg", saturation=1.05, warmth=0.45)
        assert saved.read_bytes() == made.read_bytes()
        cool = changed(page, AFTER, lambda: shown.nth(2).click())
        assert mean_b(cool) < mean_b(natural) - 2
        again = changed(page, AFTER, lambda: shown.nth(0).click())
        assert np.array_equal(again, natural)

    def test_no_saturation_is_grey(self, page, grey_photo):
        open_photo(page, grey_photo)
        pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))
        assert np.ptp(pale.astype(int), axis=2).max() <= 3

    def test_a_faded_photo_is_looked_at_as_it_is_on_request(self, page, studio, tmp_path):
        faded = skimage.data.astronaut().mean(2) * 0.4 + 100
        Image.fromarray(faded.round().astype(np.uint8)).save(tmp_path / "faded.png")
        open_photo(page, tmp_path / "faded.png")
        stretched = picture(page, AFTER)
        page.click("#advanced button")
        as_it_is = changed(page, AFTER, lambda: page.check("#as-is input"))
        assert np.abs(as_it_is.astype(int) - stretched).max() > 5
        saved = download(page, "#make", tmp_path)
        expected = file_of_engine(studio, tmp_path / "faded.png", tmp_path / "b.png", as_is=True)
        assert saved.read_bytes() == expected.read_bytes()
        again = changed(page, AFTER, lambda: page.uncheck("#as-is input"))
        np.testing.assert_array_equal(again, stretched)

    def test_a_closer_look_and_the_size_of_the_network_go_into_the_file(
        self, page, studio, tmp_path
    ):
        photo = tmp_path / "astronaut.png"
        Image.fromarray(skimage.data.astronaut()).convert("L").save(photo)
        open_photo(page, photo)
        page.click("#advanced button")
        own = studio.engines.colorizer("lite").model.size
        size = page.locator("#size input[type=range]")
        assert float(size.input_value()) == own
        changed(page, AFTER, lambda: page.check("#detail input"))
        closer = download(page, "#make", tmp_path)
        made = file_of_engine(studio, photo, tmp_path / "e.png", detail=True)
        assert closer.read_bytes() == made.read_bytes()
        changed(page, AFTER, lambda: set_slider(page, "#size", 128))
        smaller = download(page, "#make", tmp_path)
        made = file_of_engine(studio, photo, tmp_path / "s.png", detail=True, size=128)
        assert smaller.read_bytes() == made.read_bytes()

    def test_a_slider_leaves_the_temperature_to_the_model(self, page, studio, grey_photo, tmp_path):
        open_photo(page, grey_photo)
        changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.7))
        saved = download(page, "#make", tmp_path)
        made = file_of_engine(studio, grey_photo, tmp_path / "e.jpg", saturation=0.7)
        assert saved.read_bytes() == made.read_bytes()

    @pytest.mark.parametrize("size", [(1366, 768), (1280, 900)])
    def test_all_that_is_needed_is_seen_without_scrolling(self, visit, grey_photo, size):
        page = visit(viewport={"width": size[0], "height": size[1]})
        open_photo(page, grey_photo)
        page.wait_for_function("document.querySelectorAll('#looks img').length === 5")
        for part in ("#compare", "#looks", "#temperature", "#saturation", "#warmth", "#make"):
            box = page.locator(part).bounding_box()
            assert box["y"] >= 0, part
            assert box["y"] + box["height"] <= size[1], part
        picture = page.locator(".compare-frame").bounding_box()
        assert picture["height"] > 0.5 * size[1]
        page.click("#advanced button")
        page.locator("#detail").wait_for()
        box = page.locator("#make").bounding_box()
        assert box["y"] + box["height"] <= size[1]

    def test_a_smaller_output_shows_its_size_and_pixels(self, page, grey_photo):
        open_photo(page, grey_photo)
        small = changed(page, AFTER, lambda: set_slider(page, "#percent", 20))
        assert small.shape == (60, 90, 3)
        assert "90 x 60 pixels" in page.locator("#percent").inner_text()

    def test_the_line_between_grey_and_color_follows_keys(self, page, grey_photo):
        open_photo(page, grey_photo)
        page.focus(".compare-range")
        for _ in range(20):
            page.keyboard.press("ArrowLeft")
        at = page.locator(".compare-frame").evaluate(
            "frame => frame.style.getPropertyValue('--at')"
        )
        assert at == "40%"


class TestDownloading:
    def test_the_file_is_the_engines_own_byte_for_byte(self, page, studio, grey_photo, tmp_path):
        open_photo(page, grey_photo)
        saved = download(page, "#make", tmp_path)
        assert saved.name == "Großmutter 1950-colorized.jpg"
        assert (
            saved.read_bytes()
            == file_of_engine(studio, grey_photo, tmp_path / "e.jpg").read_bytes()
        )

    def test_it_has_the_photos_metadata_and_what_was_adjusted(
        self, page, studio, grey_photo, tmp_path
    ):
        open_photo(page, grey_photo)
        changed(page, AFTER, lambda: set_slider(page, "#temperature", 0.3))
        changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.7))
        saved = download(page, "#make", tmp_path)
        made = file_of_engine(
            studio, grey_photo, tmp_path / "e.jpg", temperature=0.3, saturation=0.7
        )
        assert saved.read_bytes() == made.read_bytes()
        with Image.open(saved) as image:
            assert image.getexif()[0x010E] == "by the lake"
            assert image.info["dpi"] == (300, 300)

    @pytest.mark.parametrize("kind", ["PNG", "TIFF", "WebP"])
    def test_other_formats_are_written(self, page, studio, grey_photo, tmp_path, kind):
        open_photo(page, grey_photo)
        page.click("#format input")
        page.get_by_role("option", name=kind, exact=True).click()
        saved = download(page, "#make", tmp_path)
        made = file_of_engine(studio, grey_photo, tmp_path / f"e{saved.suffix}")
        with Image.open(saved) as image, Image.open(made) as expected:
            assert image.format == kind.upper()
            assert np.array_equal(np.asarray(image), np.asarray(expected))

    def test_sixteen_bits_and_alpha_survive(self, page, studio, tmp_path):
        import tifffile

        source = tmp_path / "deep.tif"
        grey = skimage.data.camera()[::4, ::4].astype(np.uint16) * 257
        alpha = np.full_like(grey, 40_000)
        pixels = np.stack((grey, grey, grey, alpha), -1)
        tifffile.imwrite(source, pixels, photometric="rgb", extrasamples=["unassalpha"])
        open_photo(page, source)
        saved = download(page, "#make", tmp_path)
        made = file_of_engine(studio, source, tmp_path / "e.tif")
        assert np.array_equal(tifffile.imread(saved), tifffile.imread(made))
        assert tifffile.imread(saved).dtype == np.uint16
        assert (tifffile.imread(saved)[..., 3] == 40_000).all()

    def test_a_smaller_file_is_as_small_as_was_asked_for(self, page, grey_photo, tmp_path):
        open_photo(page, grey_photo)
        changed(page, AFTER, lambda: set_slider(page, "#percent", 40))
        saved = download(page, "#make", tmp_path)
        with Image.open(saved) as image:
            assert image.size == (180, 120)
