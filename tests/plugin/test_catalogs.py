"""The translations: whole, and as gettext reads them."""

from __future__ import annotations

import ast
import gettext
import io
from pathlib import Path

import pytest

import gimp_plugin
from gimp_plugin.catalogs import LOCALE, catalogs, compiled, read

LANGUAGES = ("de", "es", "fr")
SOURCES = Path(gimp_plugin.__file__).parent / "colorize"


def texts() -> set[str]:
    """All that the plug-in has translated."""
    found = set()
    for file in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                found.add(ast.literal_eval(node.args[0]))
    return found


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
    known = read(LOCALE / f"{language}.po")
    keys = [text[text.index("_") + 1].lower() for text in known.values() if "_" in text]
    assert len(keys) == len(set(keys))


def test_the_catalogues_lie_where_the_plug_in_looks():
    assert sorted(catalogs()) == [
        f"locale/{language}/LC_MESSAGES/colorize.mo" for language in LANGUAGES
    ]
