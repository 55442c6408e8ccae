"""A distribution on the ab plane, as SVG in the page's light or dark."""

from __future__ import annotations

from functools import lru_cache

from torch import Tensor

from colorize_core.color.encoding import annealed_mean
from colorize_core.color.gamut import BIN_STEP, ab_bins
from colorize_core.figures.plane import bin_colors

_LIMIT = 120
_LEAST = 1e-4  # share below which a bin is but a dot


def plane_svg(distribution: Tensor, temperature: float) -> str:
    """Draw the 313 bins in their places and colours, the area of each in proportion to its share.

    Args:
        distribution: ``(313,)``.
        temperature: of the annealed mean to mark.
    """
    logits = distribution.clamp(min=1e-12).log().reshape(1, -1, 1, 1)
    a, b = annealed_mean(logits, temperature).flatten().tolist()
    sides = (BIN_STEP * 0.94 * (distribution / distribution.max()).sqrt()).tolist()
    squares = "".join(
        _square(centre, color, side, share)
        for centre, color, side, share in zip(
            ab_bins().tolist(), _colors(), sides, distribution.tolist(), strict=True
        )
    )
    ticks = "".join(
        f'<text x="{value}" y="116">{value}</text><text x="-115" y="{-value + 3}">{value}</text>'
        for value in (-100, -50, 50, 100)
    )
    return (
        f'<svg viewBox="-{_LIMIT} -{_LIMIT} {2 * _LIMIT} {2 * _LIMIT}" role="img" '
        'aria-label="Distribution over the ab plane" class="ab-plane">'
        '<path class="axis" d="M-110 0H110M0 -110V110"/>'
        f'{squares}<g class="tick">{ticks}<text x="112" y="-4">a</text>'
        '<text x="6" y="-110">b</text></g>'
        f'<circle class="mean-under" cx="{a:.1f}" cy="{-b:.1f}" r="6"/>'
        f'<circle class="mean" cx="{a:.1f}" cy="{-b:.1f}" r="6"/></svg>'
    )


def _square(centre: list[float], color: str, side: float, share: float) -> str:
    a, b = centre
    if share < _LEAST:
        return f'<circle class="rare" cx="{a:g}" cy="{-b:g}" r="0.7"/>'
    half = side / 2
    return (
        f'<rect x="{a - half:.2f}" y="{-b - half:.2f}" width="{side:.2f}" height="{side:.2f}" '
        f'fill="{color}"><title>a {a:g}, b {b:g}: {100 * share:.2f} %</title></rect>'
    )


@lru_cache(maxsize=1)
def _colors() -> list[str]:
    return ["rgb({},{},{})".format(*color) for color in bin_colors().tolist()]
