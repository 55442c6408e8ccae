"""The pages for readers of the code: what docs/architecture.md and CONTRIBUTING.md name is there.

A way of a photo or a crop is a table of steps, each with a line quoted from a function: one that a
line above it calls, or the same as before, further down.
"""

import ast
import re
import sys
import tokenize
from functools import cache
from pathlib import Path
from token import NAME as NAMES
from types import ModuleType

import numpy as np
import pytest

from colorize_core.engine import Colorizer
from colorize_core.models import MODELS, ModelEntry
from colorize_core.models.files import export_weights

ROOT = Path(__file__).parents[1]
ARCHITECTURE, CONTRIBUTING = ROOT / "docs/architecture.md", ROOT / "CONTRIBUTING.md"
PAGES = (ARCHITECTURE, CONTRIBUTING)
ALL_PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"\[[^\]]*\]\(\.\./(?P<file>[^)]+)\) `(?P<name>[\w.]+)`")
ROW = re.compile(rf"^\|.*\| `(?P<line>[^`]+)` \| {NAMED.pattern} \|$")
NAME = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`")
PATH = re.compile(r"(?<![\w./-])[\w.-]+(?:/[\w.-]+)*/?")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HOUSES = ("colorize_core", "gimp_plugin", "gradio_demo", "installer")
SOURCES = [path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py"))]
HEIRS: dict[str, list[str]] = {}
for _path in SOURCES:
    for _heir, _bases in re.findall(r"^class (\w+)\((.*)\):", _path.read_text("utf-8"), re.M):
        for _base in re.findall(r"\w+", _bases):
            HEIRS.setdefault(_base, []).append(_heir)


def tables(page):
    """The tables of a page, each a list of its lines."""
    found = re.findall(r"(?:^\|.*\n)+", page.read_text("utf-8"), re.MULTILINE)
    return [table.splitlines() for table in found]


def ways():
    """The tables of steps."""
    quoted = [[match for match in map(ROW.match, table) if match] for table in tables(ARCHITECTURE)]
    return [way for way in quoted if way]


@cache
def definitions(file):
    """First and last line of every function, method and class of a file, by name."""
    found = {}

    def take(body, prefix=""):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[prefix + node.name] = (node.lineno, node.end_lineno)
            if isinstance(node, ast.ClassDef):
                take(node.body, f"{node.name}.")

    take(ast.parse((ROOT / file).read_text("utf-8")).body)
    return found


def identifiers(path):
    """The names in a file's code; not the words of its comments and texts."""
    with path.open("rb") as file:
        return {token.string for token in tokenize.tokenize(file.readline) if token.type == NAMES}


def lines_with(step):
    """Numbers of the lines of a step's function in which its quoted line stands."""
    first, last = definitions(step["file"])[step["name"]]
    code = (ROOT / step["file"]).read_text("utf-8").splitlines()
    return [number for number in range(first, last + 1) if step["line"] in code[number - 1]]


def is_called(name, line, said):
    """Whether a line calls a function; of ``__call__`` and such, whether its class was named."""
    *owner, own = name.split(".")
    if not own.startswith("__"):
        return re.search(rf"\b{own}\b", line)
    return any(re.search(rf"\b{kind}\b", said) for kind in (*owner, *HEIRS.get(owner[0], ())))


def wrong_order(way):
    """What is wrong with the order of a way's steps; nothing where it is the code's."""
    wrong, stack, said = [], [], ""  # on the stack: functions, the number and text of their lines
    for number, step in enumerate(way):
        where = step["file"], step["name"]
        back = where in [place for place, _, _ in stack]
        while stack and stack[-1][0] != where:
            if not back and is_called(step["name"], stack[-1][2], said):
                break
            stack.pop()
        if number and not stack:
            wrong.append(f"nothing before it calls {step['name']}: {step['line']}")
        after = stack.pop()[1] if stack and stack[-1][0] == where else 0
        later = [found for found in lines_with(step) if found > after]
        if not later:
            wrong.append(f"not in {step['name']} from line {after + 1} on: {step['line']}")
        stack.append((where, later[0] if later else after, step["line"]))
        said += f"\n{step['line']}"
    return wrong


@pytest.mark.parametrize("way", ways(), ids=lambda way: way[0]["name"])
def test_the_order_of_steps_is_the_order_of_the_calls(way):
    assert not wrong_order(way)


def test_steps_that_are_swapped_or_not_called_are_found_out():
    way = next(way for way in ways() if way[0]["name"] == "Calls.colorize")
    assert wrong_order([way[0], way[2]])
    assert wrong_order([*way[:3], way[4], way[3]])
    assert wrong_order([way[0], way[1], way[-1], way[2]])


def test_every_door_and_training_have_their_way():
    begun = {way[0]["file"].split("/")[0] for way in ways()}
    begun |= {"/".join(way[0]["file"].split("/")[:2]) for way in ways()}
    assert {"colorize_core/cli", "colorize_core/__init__.py"} <= begun
    assert {"gradio_demo", "gimp_plugin", "colorize_core/training"} <= begun


def test_the_readme_begins_with_what_it_is_a_picture_and_two_commands():
    title, what, picture, commands = (ROOT / "README.md").read_text("utf-8").split("\n\n")[:4]
    assert title == "# Colorize"
    assert what.startswith("Colorize gives black-and-white photographs plausible colour")
    assert re.fullmatch(r"!\[.+\]\(docs/.+\)", picture)
    assert re.findall(r"^python3 install\.py(?: --test)?(?= )", commands, re.MULTILINE) == [
        "python3 install.py",
        "python3 install.py --test",
    ]


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = LINK.findall(page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_functions_and_classes_are_in_the_files_that_are_named_for_them(page):
    named = {(match["file"], match["name"]) for match in NAMED.finditer(page.read_text("utf-8"))}
    assert [one for one in sorted(named) if one[1] not in definitions(one[0])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_are_those_of_the_code(page):
    text = BLOCK.sub("", page.read_text("utf-8"))
    known = {name for path in SOURCES for name in (*definitions(path), *identifiers(path))}
    known |= {path.stem for path in SOURCES} | set(HOUSES)
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    unknown = {name for name in NAME.findall(text) if name not in settings} - known
    assert {name for name in unknown if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_in_commands_are_there(page):
    commands = [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if not kind]
    paths = [path for text in commands for path in PATH.findall(text)]
    ours = [path for path in paths if path.startswith((*HOUSES, "tests", "docs", "install.py"))]
    ours = [path for path in ours if "/" in path or path.endswith(".py")]
    assert [path for path in ours if not (ROOT / path).exists()] == []


def test_every_room_is_named_from_the_top_to_the_bottom():
    rooms = next(table for table in tables(ARCHITECTURE) if table[0].startswith("| room"))
    named = [LINK.findall(row)[0].removeprefix("../") for row in rooms[2:]]
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for path in (*ROOT.glob("*/__init__.py"), *ROOT.glob("colorize_core/*/__init__.py"))
    }
    assert set(named) == folders - {"colorize_core"}
    layers = re.search(r"^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)
    assert layers
    order = [layer.split(".")[-1] for layer in re.findall(r"[\w.]+", layers[1])]
    ours = [name.split("/")[1] for name in named if name.startswith("colorize_core/")]
    assert ours == [layer for layer in order if f"colorize_core/{layer}" in folders]


def test_every_single_module_is_named():
    text = ARCHITECTURE.read_text("utf-8")
    modules = {path.stem for path in (ROOT / "colorize_core").glob("*.py")} - {"__init__"}
    assert {module for module in modules if f"`{module}`" not in text} == set()


def test_every_rooms_tests_are_named():
    text = ARCHITECTURE.read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} - {"fuzz"}
    assert {room for room in rooms if f"](../tests/{room})" not in text} == set()


def test_the_network_of_the_guide_becomes_a_model(tmp_path, monkeypatch):
    """One file and one entry, as they are printed."""
    page = CONTRIBUTING.read_text("utf-8")
    file, entry = [text for kind, text in BLOCK.findall(page) if kind == "python"][:2]
    module = ModuleType("colorize_core.models.toy")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(file, module.__dict__)
    made = eval(entry, {"ModelEntry": ModelEntry})
    monkeypatch.setitem(MODELS, made.name, made)
    weights = tmp_path / "toy.safetensors"
    export_weights(weights, made.build(313).state_dict(), {})
    assert Colorizer(weights, "cpu")(np.zeros((40, 60), np.uint8)).shape == (40, 60, 3)
