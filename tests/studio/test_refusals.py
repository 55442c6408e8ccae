"""Messages name a visitor's file, and none of the server's folders."""

from __future__ import annotations

import pytest

from gradio_demo.refusals import message_of


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "[Errno 28] No space left: '/tmp/a b/c/photo.png'",
            "[Errno 28] No space left: 'photo.png'",
        ),
        ("/srv/x/photo.png: is cut off", "photo.png: is cut off"),
        ("no weights at C:\\Users\\Ann\\lite.safetensors", "no weights at lite.safetensors"),
        ("RGB/grey, 1/2 or and/or: see https://example.org/a/b", None),
        ("photo.png: 3 / 4 of it / the rest is missing", None),
        ("photo.png: `colorize photo` colorizes them all", None),
    ],
)
def test_folders_are_left_out(words, told):
    assert message_of(ValueError(words)) == (told or words)
