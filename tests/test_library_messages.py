"""What the library says is for every door: it names no options of the command line."""

import ast
import re
from pathlib import Path

import pytest

CORE = Path(__file__).parents[1] / "colorize_core"
ROOMS = ("training", "data", "evaluation")
OPTION = re.compile(r"--[a-z]|(?<![\w-])-[a-z](?![\w-])")


def texts_of(tree: ast.AST):
    """All texts of a module but its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from () if id(node) in docstrings else (node.value,)


@pytest.mark.parametrize("room", ROOMS)
def test_no_message_names_an_option(room):
    named = [
        f"{path.relative_to(CORE)}: {text}"
        for path in sorted((CORE / room).rglob("*.py"))
        for text in texts_of(ast.parse(path.read_text("utf-8")))
        if OPTION.search(text)
    ]
    assert named == []
