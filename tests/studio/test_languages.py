"""The page in the language of the browser."""

from __future__ import annotations

import ast
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from odd_files import REFUSED
from playwright.sync_api import expect
from served import ROOT
from visitor import message, open_photo, picture, set_slider

from gradio_demo.components import WEB
from gradio_demo.examples import EXAMPLES
from gradio_demo.words import LANGUAGES, words_of

TABS = {
    "colorize": "#compare .compare-after",
    "hints": "#hints .canvas-tools",
    "part": "#mask .canvas-tools",
    "alternatives": "#alternatives .choice >> nth=2",
    "inside": "#strip figure >> nth=6",
    "folder": "#folder-go",
    "film": "#film-file",
    "game": "#game .game-start",
}
_WORDS = """() => {
    const found = new Set();
    const letters = (text) => /[a-z]{3}/i.test(text || "") && found.add(text.trim());
    const seen = (one) => one.checkVisibility() && !one.closest("footer, [translate=no]");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        if (seen(texts.currentNode.parentElement)) letters(texts.currentNode.data);
    for (const one of document.querySelectorAll("[aria-label]"))
        if (seen(one)) letters(one.ariaLabel);
    return [...found];
}"""
# What is there for screen readers goes after a second.
_LISTEN = """() => {
    window.heard = new Set();
    const listen = () => {
        for (const one of document.querySelectorAll(".sr-only[role=status]"))
            if (one.textContent.trim()) heard.add(one.textContent.trim());
    };
    const how = { subtree: true, childList: true, characterData: true };
    new MutationObserver(listen).observe(document, how);
}"""
# Names, and what is written alike.
_THE_SAME = {*EXAMPLES.values(), "Film", "Orange", "lite", "Original"}


# What only programs can meet, or whoever starts the studio.
_NOT_ON_THE_PAGE = {
    *("api.py", "app.py", "engines.py", "gates.py", "strangers.py", "answers.py"),
    *("signing.py", "credentials.py", "streams.py", "tiff_writing.py"),
}
_OF_NONSENSE = {
    "This request belongs to no visit; open the page, or use a gradio client.",
    "a photo is needed; with gradio_client: handle_file(path)",
    "output size must be within 1..100 percent; got {}",
    "a stroke needs a color, a radius and points",
    "expected x and y, in pixels of the photo",
    "an answer has the numbers of round and answer, and seconds",
    "Broken off.",  # which nobody is there to read
    "no such format: {}; choose one of {}",
    "the answer is 1 or 2; got {}",
    "an answer takes 0 to 86400 seconds; got {}",
    "round {} has not been shown",
    "a game has 1 to {} pairs; got {}",
}
_TOLD = re.compile(r"Refusal|\w*Error|Warning|PlainTextResponse|warn_of")
_PLACES = [ROOT / "gradio_demo", ROOT / "colorize_core/photo"]
_PLACES += [ROOT / f"colorize_core/{name}" for name in ("engine/hints.py", "video/source.py")]


def templates(path: Path) -> Iterator[str]:
    """What a module tells visitors of, with ``{}`` for what is filled in."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if not _TOLD.fullmatch(name) or (name == "ValueError" and "photo" in path.parts):
            continue  # what decoders say stays in their words
        said: Any = call.args[0]
        said = constants.get(said.id, said) if isinstance(said, ast.Name) else said
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value
        elif isinstance(said, ast.JoinedStr):
            yield "".join(
                getattr(part, "value", "") if _is_text(part) else "{}" for part in said.values
            )


def _is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant)


def without_name(template: str) -> str:
    """A message without the name of its file, which comes before it."""
    return re.sub(r"^(\{\}: )+(\{\}(?! ))*", "", template)


def test_every_message_is_known_in_every_language():
    known = {without_name(text) for text in words_of("de")}
    found = set()
    for place in _PLACES:
        for path in place.rglob("*.py") if place.is_dir() else [place]:
            if path.name not in _NOT_ON_THE_PAGE:
                found |= {(path.name, without_name(text)) for text in templates(path)}
    assert len(found) > 80
    unknown = {one for one in found if re.search(r"[a-z]", one[1]) and one[1] not in known}
    unknown = {one for one in unknown if not one[1].startswith("there is no ")}  # nothing offers it
    assert {text for _, text in unknown} <= _OF_NONSENSE, sorted(unknown)


def go_to(page, name: str, part: str) -> None:
    page.locator(f"#tabs [data-tab-id={name}]").first.click()
    page.wait_for_selector(part)


def words(page, photo) -> set[str]:
    """All words that the page shows, in every tab, without a photo and with one."""
    found = set(page.evaluate(_WORDS))
    for name in TABS:
        go_to(page, name, f"#tabs [data-tab-id={name}][aria-selected=true]")
        page.wait_for_timeout(300)  # until the tab is made
        found |= set(page.evaluate(_WORDS))
    go_to(page, "colorize", "#drop")
    open_photo(page, photo)
    page.click("#advanced button")
    for name, part in TABS.items():
        go_to(page, name, part)
        found |= set(page.evaluate(_WORDS))
    return {one for one in found if photo.name not in one}


def test_in_german_nothing_is_left_in_english(visit, grey_photo):
    english = words(visit(locale="en-GB"), grey_photo)
    page = visit(locale="de-AT")
    german = words(page, grey_photo)
    assert len(english) > 100
    assert german & english <= _THE_SAME, german & english
    assert {"Kolorieren", "Farbtupfer", "Sättigung", "Herunterladen", "450 x 300 Pixel"} <= german
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("#masthead h1").inner_text() == "Colorize"


def test_what_comes_later_is_translated_too(visit, grey_photo, tmp_path):
    page = visit(locale="de")
    assert page.locator("#drop button").get_attribute("aria-label").startswith("Foto hierher")
    broken = tmp_path / "kaputt.jpg"
    broken.write_bytes(b"no photograph at all")
    page.set_input_files("#start input[type=file]", broken)
    assert message(page) == "kaputt.jpg: kein Foto, das sich lesen lässt"
    open_photo(page, grey_photo)
    set_slider(page, "#percent", 50)
    page.locator("#percent", has_text="225 x 150 Pixel").wait_for()
    assert picture(page, "#compare .compare-after").any()


@pytest.mark.parametrize(
    ("locale", "tab"), [("fr-FR", "Indices"), ("es-MX", "Pistas"), ("it", "Hints")]
)
def test_the_browsers_language_decides(visit, locale, tab):
    page = visit(locale=locale)
    page.locator("#tabs [data-tab-id=hints]", has_text=tab).first.wait_for()


@pytest.mark.parametrize(("locale", "done"), [("en-GB", "Done"), ("de-AT", "Fertig")])
def test_screen_readers_hear_words_when_something_is_done(visit, grey_photo, locale, done):
    page = visit(locale=locale)
    page.evaluate(_LISTEN)
    open_photo(page, grey_photo)
    page.wait_for_function("done => heard.has(done)", arg=done)
    assert not [one for one in page.evaluate("[...heard]") if "common." in one]


def test_all_that_is_wrong_with_files_is_said_in_german(visit, start, tmp_path):
    page = visit(start(most_files=100).url, locale="de")
    for name, (make, _) in REFUSED.items():
        make(tmp_path / name)
    go_to(page, "folder", "#folder-files")
    page.set_input_files("#folder-files input[type=file]", [tmp_path / name for name in REFUSED])
    page.locator("#folder-files").get_by_text("sensor").first.wait_for()
    page.click("#folder-go")
    failed = page.locator("#folder-states li[data-state=failed]")
    expect(failed).to_have_count(len(REFUSED), timeout=60_000)
    german = {re.sub(r"\(.*\)", "", note) for note in failed.locator(".note").all_inner_texts()}
    english = r"\b(is|has|are|the|not|and|of|to|damaged)\b"  # but for the words of decoders
    assert not {note for note in german if not note or re.search(english, note)}


def test_every_word_is_known_in_every_language_with_its_gaps():
    known = json.loads((WEB / "words.json").read_text("utf-8"))
    for english, others in known.items():
        assert len(others) == len(LANGUAGES)
        for text in others:
            assert text
            assert text.count("{}") == english.count("{}")
    assert words_of("de")["Undo"] == "Zurück"


def test_other_languages_are_not_found(studio):
    with urllib.request.urlopen(f"{studio.url}words/fr.json") as answer:
        assert json.load(answer) == words_of("fr")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{studio.url}words/tlh.json")
