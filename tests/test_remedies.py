"""The library says what is wrong; what to do about it is for each door to say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

import colorize_core
from colorize_core.cli.remedies import advised, with_remedy
from colorize_core.engine.limit import TimeLimitError
from colorize_core.photo import ExistsError, Photo, SeveralPagesError, read_photo, write_photo
from colorize_core.remedies import Remedy, remedy_of
from gradio_demo.refusals import message_of

PACKAGE = Path(colorize_core.__file__).parent
FLAG = re.compile(r"(?<![\w-])--[a-z]")


def texts(path: Path) -> Iterator[str]:
    """All texts in a file's code, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_text_outside_the_command_line_names_a_flag():
    named = [
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for text in texts(path)
        if FLAG.search(text)
    ]
    assert not named


@pytest.mark.parametrize("remedy", Remedy)
def test_the_command_line_has_words_for_every_remedy(remedy):
    assert re.fullmatch(
        r"it failed; .*(--|colorize |pip install ).*", with_remedy("it failed", remedy)
    )


def test_errors_without_a_remedy_are_said_as_they_are():
    assert advised(ValueError("it failed")) == "it failed"


def test_a_file_that_exists_can_be_replaced(tmp_path):
    (tmp_path / "x.png").write_bytes(b"")
    with pytest.raises(ExistsError, match=r"x\.png: exists already$") as caught:
        write_photo(Photo(np.zeros((4, 4), np.uint8)), tmp_path / "x.png")
    assert advised(caught.value).endswith("x.png: exists already; pass --overwrite to replace it")


def test_what_takes_too_long_can_be_given_more_time():
    assert remedy_of(TimeLimitError("not done after 1 s")) is Remedy.MORE_TIME


def test_each_door_has_its_own_words_for_several_pages(tmp_path, colorizer):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.zeros((3, 9, 12), np.uint8), photometric="minisblack")
    with pytest.raises(SeveralPagesError, match=r"x\.tif: has 3 pages$") as caught:
        read_photo(path)
    assert "has 3 pages; `colorize photo` colorizes them all" in message_of(caught.value, path)
    with pytest.raises(SeveralPagesError, match=r"one by one: .*read_pages\(path\)"):
        colorizer(path)
