"""The modules that the papers' authors published, to compare with."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Callable

import pytest


@pytest.fixture
def published_modules(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], types.ModuleType]:
    """Gives a published module by its name, without its package, whose others want to plot.

    It imports a debugger that it never calls.
    """
    debugger = types.ModuleType("IPython")
    debugger.embed = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", debugger)
    package = types.ModuleType("colorizers")
    found = importlib.util.find_spec("colorizers")
    assert found is not None
    package.__path__ = list(found.submodule_search_locations or ())
    monkeypatch.setitem(sys.modules, "colorizers", package)
    return lambda name: importlib.import_module(f"colorizers.{name}")
