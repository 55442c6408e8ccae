"""The translations: whole, and as gettext reads them."""

from __future__ import annotations

import ast
import gettext
import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import gimp_plugin
from colorize_core import worker
from gimp_plugin.catalogs import LOCALE, catalogs, compiled, read

LANGUAGES = ("de", "es", "fr")
SOURCES = Path(gimp_plugin.__file__).parent / "colorize"
WORKER = Path(worker.__file__).parent
FIELD = re.compile(r"\{\w+\}")
GIMPS_OWN = "RLSCOH"  # keys of a dialog's buttons, in English


def marked(folder: Path, mark: str) -> set[str]:
    """All texts that are marked in a folder's modules."""
    found = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == mark:
                found.add(ast.literal_eval(node.args[0]))
    return found


def texts() -> set[str]:
    """All that the plug-in has translated, and what it is told by the worker."""
    return marked(SOURCES, "_") | marked(WORKER, "N_")


def keys(labels: Iterable[str]) -> list[str]:
    """The letters that lead to widgets, with Alt."""
    bare = [FIELD.sub("", text) for text in labels]
    return [text[text.index("_") + 1].lower() for text in bare if "_" in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_has_its_translation_and_none_is_left_over(language):
    known = read(LOCALE / f"{language}.po")
    assert known.keys() - {""} == texts()
    assert all(known.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_gettext_reads_what_was_compiled(language):
    known = read(LOCALE / f"{language}.po")
    found = gettext.GNUTranslations(io.BytesIO(compiled(known)))
    assert all(found.gettext(text) == known[text] for text in texts())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_leads_to_one_widget(language):
    catalog = read(LOCALE / f"{language}.po")
    known = keys(catalog[text] for text in marked(SOURCES, "_"))
    assert len(known) == len(set(known))


def test_in_english_none_is_one_of_gimps_own():
    known = [*keys(marked(SOURCES, "_")), *GIMPS_OWN.lower()]
    assert sorted(known) == sorted(set(known))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_fields_of_its_text(language):
    for text, translation in read(LOCALE / f"{language}.po").items():
        assert sorted(FIELD.findall(translation)) == sorted(FIELD.findall(text)), text


def test_the_catalogues_lie_where_the_plug_in_looks():
    assert sorted(catalogs()) == [
        f"locale/{language}/LC_MESSAGES/colorize.mo" for language in LANGUAGES
    ]
