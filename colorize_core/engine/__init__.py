"""The engine: from a photograph to its colours, the same for every door.

``Colorizer`` holds a network; ``Prediction`` what it said of one photo; ``ColorizeOptions`` all
that a user may choose.
"""

from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.hints import Hint, HintError, read_hints
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.prediction import Prediction

__all__ = ["ColorizeOptions", "Colorizer", "Hint", "HintError", "Prediction", "read_hints"]
