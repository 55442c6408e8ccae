"""Rules of the house that no tool checks: sizes, names, and that the tools see every file."""

import sys
from collections import Counter
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).parents[1]
TOOLS = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["tool"]
CHECKED = TOOLS["mypy"]["files"]
PACKAGES = sorted(path.parent.name for path in CHECKOUT.glob("*/__init__.py"))
MOST_LINES = 300
LONGER = {
    "colorize_core/color/compiled.py": "numba looks at one file to see whether its cache is stale",
}
"""File -> why it may be longer."""


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def python_files() -> list[Path]:
    places = [CHECKOUT / name for name in CHECKED]
    return [
        path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))
    ]


def test_files_are_short_unless_there_is_a_reason():
    lengths = {path.relative_to(CHECKOUT).as_posix(): lines_of(path) for path in python_files()}
    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == set(LONGER)


@pytest.mark.parametrize("package", PACKAGES)
def test_types_and_imports_are_checked_in_every_package(package):
    assert package in CHECKED
    assert package in TOOLS["importlinter"]["root_packages"]


def test_scripts_and_tests_are_checked_for_types_too():
    assert {"benchmarks", "docs", "install.py", "tests"} <= set(CHECKED)
    assert "exclude" not in TOOLS["mypy"]


def test_no_rule_of_the_tools_leaves_out_a_room():
    untyped = [
        one["module"] for one in TOOLS["mypy"]["overrides"] if not one.get("disallow_untyped_defs")
    ]
    assert untyped == ["tests.*"]
    assert TOOLS["importlinter"]["contracts"][0]["exhaustive"]


def test_test_files_have_names_of_their_own():
    names = Counter(path.name for path in (CHECKOUT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
