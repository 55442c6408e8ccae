"""Colour as the networks see it: CIELAB, the quantized ab plane, its encoding and its prior.

Everything here is a pure function of colours. Files live in ``photo``, networks in ``models``.
"""

from colorize_core.color.encoding import SoftEncoder, annealed_mean, nearest_bins
from colorize_core.color.gamut import BIN_COUNT, ab_bins, fit_gamut, in_gamut_ab
from colorize_core.color.lab import lab_to_rgb, rgb_to_lab, rgb_to_lightness
from colorize_core.color.rebalance import class_weights, log_rarity, prior_of, uniform_prior

__all__ = [
    "BIN_COUNT",
    "SoftEncoder",
    "ab_bins",
    "annealed_mean",
    "class_weights",
    "fit_gamut",
    "in_gamut_ab",
    "lab_to_rgb",
    "log_rarity",
    "nearest_bins",
    "prior_of",
    "rgb_to_lab",
    "rgb_to_lightness",
    "uniform_prior",
]
