"""Photographs to learn from: where they lie, how a crop is drawn, how hints are simulated.

``prepare`` packs them into shards; only those who want that import it. What a network makes of
them is in ``training``; files of the user's own are read by ``photo``.
"""

from colorize_core.data.hints import simulate_hints
from colorize_core.data.overlap import shared_photographs
from colorize_core.data.second_views import ReferencedCrops, batched
from colorize_core.data.shares import Share
from colorize_core.data.sources import Photographs, evenly
from colorize_core.data.stream import CropStream, SeenCrops

__all__ = [
    "CropStream",
    "Photographs",
    "ReferencedCrops",
    "SeenCrops",
    "Share",
    "batched",
    "evenly",
    "shared_photographs",
    "simulate_hints",
]
