"""The words of the page in other languages, of which the browser takes its own."""

from __future__ import annotations

import json
from functools import cache

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gradio_demo.components import WEB

LANGUAGES = ("de", "fr", "es")  # in the order of the file; the page's script knows them, too


@cache
def words_of(language: str) -> dict[str, str]:
    """Look up the page's words in a language, by the English ones; ``{}`` stands for anything.

    Gradio's own ``I18n`` knows the labels of its parts alone: neither the words of templates and
    scripts nor those that come with an answer.
    """
    place = LANGUAGES.index(language)
    words = json.loads((WEB / "words.json").read_text("utf-8"))
    return {english: others[place] for english, others in words.items()}


async def _answer(request: Request) -> Response:
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return JSONResponse({"detail": "The studio does not speak that."}, 404)
    return JSONResponse(words_of(language), headers={"Cache-Control": "max-age=3600"})


def words_route() -> Route:
    """Make the route at which a page finds its words."""
    return Route("/words/{language}.json", _answer)


def gradios_words() -> gr.I18n:
    """Make the words that Gradio's page says without having them in any language.

    Screen readers hear one of them after everything that the page has waited for.
    """
    spoken = {"en": "Done", "de": "Fertig", "fr": "Terminé", "es": "Listo"}
    return gr.I18n(**{language: {"common.complete": word} for language, word in spoken.items()})
