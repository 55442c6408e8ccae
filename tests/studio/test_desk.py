from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from colorize_core.photo import PhotoError, write_photo
from gradio_demo.engines import Engines
from gradio_demo.refusals import Refusal
from gradio_demo.sizes import shrunk
from gradio_demo.workshop import colorized_name


def visitor(name: str) -> SimpleNamespace:
    return SimpleNamespace(session_hash=name)


class TestOpening:
    def test_the_original_bytes_are_kept_even_if_the_upload_is_deleted(self, desk, photo):
        content = photo.read_bytes()
        opened = desk.open(photo, visitor("a"))
        photo.unlink()
        assert opened.path.read_bytes() == content

    def test_the_preview_is_small(self, desk, photo):
        opened = desk.open(photo, visitor("a"))
        assert opened.preview.lightness.size <= 2100
        assert opened.size == (60, 80)

    def test_another_photo_takes_the_place_of_the_first(self, desk, photo):
        first = desk.open(photo, visitor("a"))
        second = desk.open(photo, visitor("a"))
        assert not first.folder.exists()
        assert desk.photo(visitor("a")) is second

    def test_a_photo_that_cannot_be_read_leaves_nothing_and_the_one_before(self, desk, sent, photo):
        before = desk.open(photo, visitor("a"))
        bad = sent / "bad.png"
        bad.write_bytes(b"no photo")
        with pytest.raises(PhotoError, match=r"^bad\.png: "):
            desk.open(bad, visitor("a"))
        assert desk.photo(visitor("a")) is before
        assert set(desk.visits.folder.iterdir()) == {sent, before.folder}

    def test_a_photo_of_too_many_pixels_is_refused(self, desk, sent):
        large = sent / "large.png"
        Image.new("L", (1000, 200)).save(large)
        with pytest.raises(
            Refusal, match=r"large.png: 1000 x 200 pixels are more than the 0.1 mega"
        ):
            desk.open(large, visitor("a"))


class TestPuttingAway:
    def test_a_file_that_was_deleted_while_it_waited_is_told(self, desk, photo):
        photo.unlink()
        with pytest.raises(Refusal, match=r"photo\.png: deleted after 30 idle minutes"):
            desk.open(photo, visitor("a"))

    def test_beyond_the_most_visitors_the_longest_idle_one_goes(self, desk, photo):
        first = desk.open(photo, visitor("a"))
        desk.open(photo, visitor("b"))
        desk.photo(visitor("a"))
        desk.open(photo, visitor("c"))
        with pytest.raises(Refusal, match="put away to make room"):
            desk.photo(visitor("b"))
        assert desk.photo(visitor("a")) is first

    def test_what_is_old_goes_and_what_is_in_use_stays(self, desk, photo):
        old, new = desk.open(photo, visitor("a")), desk.open(photo, visitor("b"))
        loose = desk.private_folder(visitor("c"))
        for folder in (old.folder, new.folder, loose):
            desk.visits._owned[folder].touched -= 60 * desk.settings.idle_minutes + 1
        assert desk.photo(visitor("b")) is new
        desk.put_away_old()
        assert [folder.exists() for folder in (old.folder, loose, new.folder)] == [
            *(False, False, True)
        ]
        assert len(desk) == 1

    def test_requests_of_no_visit_are_refused(self, desk, photo):
        with pytest.raises(Refusal, match="belongs to no visit"):
            desk.open(photo, visitor(""))


class TestVisits:
    def test_files_of_others_are_refused(self, desk, photo):
        desk.visits.claim(str(photo), "a")
        assert desk.open(photo, visitor("a")).path.name == "photo.png"
        with pytest.raises(Refusal, match=r"^photo\.png: not a file of this visit"):
            desk.open(photo, visitor("b"))

    def test_a_photo_that_is_opened_while_its_visit_ends_is_not_kept(
        self, desk, photo, monkeypatch
    ):
        look = desk.workshop.look

        def ends(*arguments):
            desk.visits.end("a")
            return look(*arguments)

        monkeypatch.setattr(desk.workshop, "look", ends)
        with pytest.raises(Refusal):
            desk.open(photo, visitor("a"))
        assert len(desk) == 0
        assert list(desk.visits.folder.iterdir()) == [photo.parent]

    def test_what_is_written_for_a_visit_that_ends_meanwhile_goes_at_once(
        self, desk, photo, monkeypatch
    ):
        opened = desk.open(photo, visitor("a"))
        colorized = opened.colorized()

        def ends(photo, target, overwrite):
            desk.visits.end("a")
            write_photo(photo, target, overwrite)

        monkeypatch.setattr("gradio_demo.workshop.write_photo", ends)
        with pytest.raises(Refusal, match="This visit has ended"):
            desk.workshop.write(colorized, opened.folder / "out" / "late.png")
        assert list(desk.visits.folder.iterdir()) == [photo.parent]

    def test_nothing_is_written_outside(self, desk, photo, tmp_path):
        colorized = desk.open(photo, visitor("a")).colorized()
        for target in (
            tmp_path / "a.png",
            desk.visits.folder / "a.png",
            photo.parent / ".." / ".." / "a.png",
        ):
            with pytest.raises(Refusal):
                desk.workshop.write(colorized, target)


class TestPredicting:
    def test_options_that_were_used_lately_cost_no_forward_pass(
        self, desk, photo, seen_sizes, engines
    ):
        calls = []
        handle = engines.colorizer(engines.names[0]).network.register_forward_pre_hook(
            lambda *_: calls.append(1)
        )
        opened = desk.open(photo, visitor("a"))
        for temperature in (0.2, 0.5, 1.0):
            opened.adjust(temperature, 1.0, 100.0)
            opened.prediction()
            opened.colorized()
        handle.remove()
        assert len(calls) == 1

    def test_a_smaller_picture_has_its_alpha_in_size(self, desk, sent):
        path = sent / "clear.png"
        Image.new("LA", (80, 60), (120, 90)).save(path)
        opened = desk.open(path, visitor("a"))
        opened.adjust(0.5, 1.0, 50.0)
        small = opened.colorized()
        assert small.size == (30, 40)
        assert small.alpha.shape == (30, 40)
        assert (small.alpha == 90).all()


class TestEngines:
    def test_names_of_weights_files_are_offered(self, engines):
        assert engines.names == ["random-lite"]

    def test_two_models_of_one_name_are_refused(self):
        with pytest.raises(ValueError, match="different names"):
            Engines(["lite", "other/lite.safetensors"])


def test_suffixes_are_looked_up():
    for suffix in ("/../a.png", "png", ".exe", ".png/", "a.png", ".png\0"):
        with pytest.raises(ValueError, match=r"^no such format: "):
            colorized_name("a.png", suffix)
    assert colorized_name("a.tif", ".PNG") == "a-colorized.PNG"


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("a.jpg", "", "a-colorized.jpg"),
        ("a.BMP", "", "a-colorized.png"),
        ("a", "", "a-colorized.png"),
        ("a.jpg", ".webp", "a-colorized.webp"),
        ("Å b.c.tiff", "", "Å b.c-colorized.tiff"),
    ],
)
def test_names_of_files_in_color(name, suffix, expected):
    assert colorized_name(name, suffix) == expected


def test_a_small_lightness_is_shown_as_it_is():
    small = np.zeros((10, 20), np.float32)
    assert shrunk(small, 200) is small


class TestHandingOn:
    TOKEN = "5c" * 16

    def test_a_visit_goes_on_under_its_token(self, desk, photo):
        desk.visits.begin("a", self.TOKEN)
        opened = desk.open(photo, visitor("a"))
        loose = desk.private_folder(visitor("a"))
        desk.visits.begin("b", self.TOKEN)
        assert desk.photo(visitor("b")) is opened
        desk.visits.end("a")
        assert opened.path.exists()
        assert loose.exists()
        with pytest.raises(Refusal, match="open in another window"):
            desk.photo(visitor("a"))
        desk.visits.end("b")
        assert not opened.path.exists()
        assert not loose.exists()

    @pytest.mark.parametrize("token", [None, "", "5c", "5C" * 16, "6d" * 16, "5c" * 16 + "\n"])
    def test_no_other_token_brings_it(self, desk, photo, token):
        desk.visits.begin("a", self.TOKEN)
        opened = desk.open(photo, visitor("a"))
        desk.visits.begin("b", token)
        with pytest.raises(Refusal, match="No photo is open"):
            desk.photo(visitor("b"))
        assert desk.photo(visitor("a")) is opened

    def test_a_photo_that_is_opened_during_the_reload_is_there_after_it(
        self, desk, photo, monkeypatch
    ):
        desk.visits.begin("a", self.TOKEN)
        look = desk.workshop.look

        def reloads(*arguments):
            desk.visits.begin("b", self.TOKEN)
            return look(*arguments)

        monkeypatch.setattr(desk.workshop, "look", reloads)
        opened = desk.open(photo, visitor("a"))
        assert desk.photo(visitor("b")) is opened

    def test_the_reason_why_a_photo_is_gone_is_handed_on_and_told_once(self, desk, photo):
        desk.visits.begin("a", self.TOKEN)
        desk.open(photo, visitor("a"))
        desk.visits.end("a")
        desk.visits.begin("b", self.TOKEN)
        assert "closed, or cut off" in desk.reason(visitor("b"))
        assert desk.reason(visitor("b")) == ""

    def test_only_visits_with_a_token_are_kept(self, desk):
        desk.visits.begin("a", self.TOKEN)
        assert desk.visits.seconds_kept("a") == 0  # it has nothing
        for name in ("a", "program"):
            desk.private_folder(visitor(name))
        assert desk.visits.seconds_kept("a") == 300
        assert desk.visits.seconds_kept("program") == 0
        desk.visits.begin("b", self.TOKEN)
        assert desk.visits.seconds_kept("a") == 0
