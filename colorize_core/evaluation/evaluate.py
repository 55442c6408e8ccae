"""``evaluate``: colorize photographs whose colours are known and measure the difference.

The protocol. Every photo is resized so that its short side has the chosen number of pixels. The
network sees its lightness alone, and hints if they are asked for: points drawn evenly, each with
the mean true colour of the 7 x 7 pixels around it, given as a user would give them. The decoded,
gamut-mapped ab at the photo's full size is compared with the truth's. AuC and its prior run over
all pixels of all photos; PSNR (on 8-bit sRGB), chroma and colourfulness are means over photos.
Recognisability is the share of photos for which a classifier's first answer is the one that it
gives for the true photo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorize_core.color import fit_gamut, lab_to_rgb, rgb_to_lab
from colorize_core.data import Photographs
from colorize_core.data.sources import Entry
from colorize_core.engine import ColorizeOptions, Colorizer, Hint
from colorize_core.evaluation.classifier import Classifier
from colorize_core.evaluation.metrics import AreaUnderCurve, colourfulness, mean_chroma, psnr

_HINT_REACH = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of one version of the photographs.

    PSNR is a mean over the photos for which it is finite; the truth has none.
    """

    auc_raw: float
    auc_rebalanced: float
    psnr: float | None
    chroma: float
    colourfulness: float
    recognised: float | None


@dataclass(slots=True)
class Report:
    """The result of an evaluation: figures of the grey, the colorized and the true photos."""

    photos: int
    size: int
    hints: int
    grey: Figures
    colorized: Figures
    truth: Figures

    @property
    def recovered(self) -> float | None:
        """Share, in percent, of the gap in recognisability that colour closes."""
        if self.colorized.recognised is None or self.grey.recognised is None:
            return None
        gap = 100.0 - self.grey.recognised
        return 100.0 * (self.colorized.recognised - self.grey.recognised) / gap if gap else None


class _Measure:
    """Collects the figures of one version."""

    def __init__(self) -> None:
        self.area = AreaUnderCurve()
        self.psnr: list[float] = []
        self.chroma: list[float] = []
        self.colourfulness: list[float] = []
        self.recognised: list[bool] = []

    def add(self, rgb: Tensor, ab: Tensor, true_rgb: Tensor, true_ab: Tensor) -> None:
        self.area.add(ab, true_ab)
        self.psnr.append(psnr(rgb, true_rgb))
        self.chroma.append(mean_chroma(ab))
        self.colourfulness.append(colourfulness(rgb[0]))

    def figures(self) -> Figures:
        finite = [value for value in self.psnr if math.isfinite(value)]
        return Figures(
            self.area.raw,
            self.area.rebalanced,
            fmean(finite) if finite else None,
            fmean(self.chroma),
            fmean(self.colourfulness),
            100.0 * fmean(self.recognised) if self.recognised else None,
        )


def evaluate(
    colorizer: Colorizer,
    photographs: Sequence[Entry],
    size: int = 256,
    hints: int = 0,
    options: ColorizeOptions | None = None,
    classifier: Classifier | None = None,
    look: Callable[[int, list[Image.Image]], None] = lambda number, versions: None,
) -> Report:
    """Measure a colorizer on photographs whose colours are known.

    Args:
        colorizer: what is measured.
        photographs: true colour photographs.
        size: short side in pixels to which they are resized.
        hints: number of true colours that are given for each.
        options: of the colorizer.
        classifier: for recognisability; None leaves it out.
        look: called with the number of each photo and its grey, colorized and true picture.

    Returns:
        The report.

    Raises:
        OSError: a photograph cannot be decoded; the message names it.
    """
    options = options or ColorizeOptions()
    measures = {name: _Measure() for name in ("grey", "colorized", "truth")}
    for number, true in enumerate(_resized(photographs, size)):
        true_rgb = _tensor_of(true)
        true_lab = rgb_to_lab(true_rgb)
        chosen = options
        if hints:
            chosen = replace(options, hints=true_hints(true_lab, hints, seed=number))
        lightness_only = _grey_of(true_lab)
        prediction = colorizer.predict(np.asarray(true), chosen)
        ab = torch.from_numpy(prediction.render(chosen.temperature, chosen.saturation)).permute(
            2, 0, 1
        )[None]
        lightness = torch.from_numpy(prediction.lightness)[None, None]
        rgb = _eight_bit(torch.cat((lightness, ab), 1))
        shown = {
            "grey": (lightness_only, torch.zeros_like(ab)),
            "colorized": (rgb, ab),
            "truth": (true_rgb, true_lab[:, 1:]),
        }
        for name, (picture, chroma) in shown.items():
            measures[name].add(picture, chroma, true_rgb, true_lab[:, 1:])
        if classifier:
            answers = classifier(torch.cat([picture for picture, _ in shown.values()])).tolist()
            for name, answer in zip(shown, answers, strict=True):
                measures[name].recognised.append(answer == answers[-1])
        look(number, [_image_of(picture) for picture, _ in shown.values()])
    return Report(
        len(photographs), size, hints, *(measure.figures() for measure in measures.values())
    )


def true_hints(lab: Tensor, count: int, seed: int) -> tuple[Hint, ...]:
    """Hints as a user with a perfect memory would give them.

    Args:
        lab: the true photo, ``(1, 3, H, W)``.
        count: how many.
        seed: of their places.
    """
    random = np.random.default_rng(seed)
    height, width = lab.shape[2:]
    found = []
    for _ in range(count):
        x, y = int(random.integers(width)), int(random.integers(height))
        area = lab[
            0,
            :,
            max(0, y - _HINT_REACH) : y + _HINT_REACH + 1,
            max(0, x - _HINT_REACH) : x + _HINT_REACH + 1,
        ]
        mean = area.mean((1, 2))[None, :, None, None]
        red, green, blue = (lab_to_rgb(fit_gamut(mean)) * 255.0).round().int().flatten().tolist()
        found.append(Hint(x, y, f"#{red:02x}{green:02x}{blue:02x}"))
    return tuple(found)


def _resized(photographs: Sequence[Entry], size: int) -> Iterator[Image.Image]:
    for entry in photographs:
        image = Photographs.open(entry)
        scale = size / min(image.size)
        width, height = (round(side * scale) for side in image.size)
        yield image.resize((width, height), Image.Resampling.LANCZOS)


def _grey_of(lab: Tensor) -> Tensor:
    grey = lab.clone()
    grey[:, 1:] = 0.0
    return _eight_bit(grey)


def _eight_bit(lab: Tensor) -> Tensor:
    """Lab in gamut as a file of 8 bits would hold it, sRGB in 0..1."""
    return (lab_to_rgb(lab) * 255.0).round() / 255.0


def _tensor_of(picture: Image.Image | np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255.0


def _image_of(picture: Tensor) -> Image.Image:
    return Image.fromarray((picture[0] * 255.0).round().byte().permute(1, 2, 0).numpy())
