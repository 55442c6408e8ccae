"""Findings of an evaluation: figures of the grey, the colorized and the true photographs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any

from torch import Tensor

from colorize_core.evaluation.metrics import AreaUnderCurve, colorfulness, mean_chroma, psnr

VERSIONS = ("grey", "colorized", "truth")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one version of the photographs.

    PSNR is a mean over the photos for which it is finite; the truth has none.
    """

    auc_raw: float
    auc_rebalanced: float
    ab_error: float
    psnr: float | None
    chroma: float
    colorfulness: float
    recognised: float | None


@dataclass(slots=True)
class Report:
    """The result of an evaluation.

    Attributes:
        photos: how many there were.
        size: their short side in pixels.
        hints: true colours given for each.
        grey, colorized, truth: figures of the three versions.
        groups: for each way of grouping, the same of every group alone, by its name.
        aged: colorized from an aged lightness, by how it was aged.
    """

    photos: int
    size: int
    hints: int
    grey: Figures
    colorized: Figures
    truth: Figures
    groups: dict[str, dict[str, Report]] = field(default_factory=dict)
    aged: dict[str, Figures] = field(default_factory=dict)

    def beside_grey(self, version: Figures) -> dict[str, float]:
        """Compare a colorized version with grey: AuC above grey's in percentage points.

        ``chroma_ratio`` is a share of the truth's chroma, ``error_ratio`` one of the ab error of
        the version that was colorized from the clean lightness.
        """
        return {
            "auc_raw_above_grey": version.auc_raw - self.grey.auc_raw,
            "auc_rebalanced_above_grey": version.auc_rebalanced - self.grey.auc_rebalanced,
            "chroma_ratio": version.chroma / max(1e-9, self.truth.chroma),
            "error_ratio": version.ab_error / max(1e-9, self.colorized.ab_error),
        }

    @property
    def recovered(self) -> float | None:
        """Share, in percent, of the gap in recognisability that colour closes."""
        grey, colorized, truth = (
            version.recognised for version in (self.grey, self.colorized, self.truth)
        )
        if grey is None or colorized is None or truth is None or truth == grey:
            return None
        return 100.0 * (colorized - grey) / (truth - grey)

    def content(self) -> dict[str, Any]:
        """Give all of it, ready for JSON."""
        groups = {
            way: {name: group.content() for name, group in found.items()}
            for way, found in self.groups.items()
        }
        aged = {
            name: asdict(version) | self.beside_grey(version) for name, version in self.aged.items()
        }
        content = asdict(self) | self.beside_grey(self.colorized) | {"recovered": self.recovered}
        del content["error_ratio"]
        return content | {"groups": groups, "aged": aged}


@dataclass(frozen=True, slots=True)
class Measured:
    """One version of one photo against the truth."""

    counts: Tensor
    ab_error: float
    psnr: float
    chroma: float
    colorfulness: float
    recognised: bool | None


def measure(
    rgb: Tensor, ab: Tensor, true_rgb: Tensor, true_ab: Tensor, recognised: bool | None
) -> Measured:
    """Measure a photo.

    Args:
        rgb: sRGB in 0..1, ``(1, 3, H, W)``.
        ab: its ab, ``(1, 2, H, W)``.
        true_rgb: as ``rgb``, of the truth.
        true_ab: as ``ab``, of the truth.
        recognised: whether a classifier saw what is shown; None where it was not asked.
    """
    return Measured(
        AreaUnderCurve.count(ab, true_ab),
        float((ab - true_ab).norm(dim=1).mean()),
        psnr(rgb, true_rgb),
        mean_chroma(ab),
        colorfulness(rgb[0]),
        recognised,
    )


class Tally:
    """A collector of photos, each in its versions."""

    def __init__(self) -> None:
        self.photos = 0
        self._versions: dict[str, VersionTally] = defaultdict(VersionTally)

    def add(self, versions: Mapping[str, Measured]) -> None:
        """Take in a photo: its grey, colorized and true version, and what more there is."""
        self.photos += 1
        for name, measured in versions.items():
            self._versions[name].add(measured)

    def report(self, size: int, hints: int) -> Report:
        """Report on all photos so far."""
        figures = {name: tally.figures() for name, tally in self._versions.items()}
        grey, colorized, truth = (figures.pop(name) for name in VERSIONS)
        return Report(self.photos, size, hints, grey, colorized, truth, aged=figures)


class VersionTally:
    """A collector of one version of photos."""

    def __init__(self) -> None:
        self.area = AreaUnderCurve()
        self.ab_error: list[float] = []
        self.psnr: list[float] = []
        self.chroma: list[float] = []
        self.colorfulness: list[float] = []
        self.recognised: list[bool] = []

    def add(self, measured: Measured) -> None:
        """Take in a photo."""
        self.area.add_counts(measured.counts)
        self.ab_error.append(measured.ab_error)
        if math.isfinite(measured.psnr):
            self.psnr.append(measured.psnr)
        self.chroma.append(measured.chroma)
        self.colorfulness.append(measured.colorfulness)
        if measured.recognised is not None:
            self.recognised.append(measured.recognised)

    def figures(self) -> Figures:
        """Average over all photos so far."""
        return Figures(
            self.area.raw,
            self.area.rebalanced,
            fmean(self.ab_error),
            fmean(self.psnr) if self.psnr else None,
            fmean(self.chroma),
            fmean(self.colorfulness),
            100.0 * fmean(self.recognised) if self.recognised else None,
        )
