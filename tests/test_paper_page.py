"""docs/paper.md quotes the code; what it quotes is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/paper.md").read_text("utf-8")
ROW = re.compile(
    r"^\|.*\| `(?P<line>[^`]+)` \| \[.*\]\(\.\./(?P<file>[^)]+)\)(?: `(?P<name>\w+)`)?"
)
ROWS = [match for match in map(ROW.match, PAGE.splitlines()) if match]


def test_every_equation_of_the_paper_has_its_line():
    assert {f"equation {number}" for number in range(1, 6)} <= set(re.findall(r"equation \d", PAGE))
    assert len(ROWS) > 12


@pytest.mark.parametrize("row", ROWS, ids=[row["line"][:40] for row in ROWS])
def test_quoted_lines_stand_in_the_code(row):
    code = (ROOT / row["file"]).read_text("utf-8")
    if row["name"]:
        assert re.search(rf"\b{row['name']}\b", code)
    if row["line"] != "colorize evaluate":
        assert row["line"].replace("\\|", "|") in code
