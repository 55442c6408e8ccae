"""Programs to compare: a function from file to file for each, its model loaded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

_WARMING = (3000, 4000)  # after so large a photo the engine has loaded all that it ever loads
Run = Callable[[Path, Path], None]


def runner(who: str, weights: Path, device: str = "cpu", warm: bool = False) -> Run:
    """Make a function from file to file.

    Args:
        who: ``peer`` for the published code; else what our Colorizer takes as its model,
            ``eccv16`` being the network with the peer's weights.
        weights: the peer's.
        device: to compute on.
        warm: whether it has seen a large photo before.
    """
    if who == "peer":
        from peer import colorize_file, load_peer

        network = load_peer(weights, device)
        return lambda source, target: colorize_file(network, source, target)

    from colorize_core.color.kernels import load_kernels
    from colorize_core.engine import Colorizer
    from colorize_core.photo import read_photo, write_photo

    load_kernels()  # else they would be imported while a large photo is colorized
    colorizer = Colorizer(weights if who == "eccv16" else who, device)
    if warm:
        colorizer(np.zeros(_WARMING, np.uint8))
    return lambda source, target: write_photo(
        colorizer.colorize(read_photo(source), in_place=True), target, overwrite=True
    )
