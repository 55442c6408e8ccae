"""``evaluate``: colorize photographs whose colours are known and measure the difference.

The protocol. Every photo is resized so that its short side has the chosen number of pixels. The
network sees its lightness alone, and hints if they are asked for: points drawn evenly, each with
the mean true colour of the 7 x 7 pixels around it, given as a user would give them. The decoded,
gamut-mapped ab at the photo's full size is compared with the truth's. AuC and its prior run over
all pixels of all photos; the ab error (the mean distance of a pixel's ab from the truth's), PSNR
(on 8-bit sRGB), chroma and colourfulness are means over photos. Recognisability is the share of
photos for which a classifier's first answer is what the photo shows, as in the paper; where nobody
knows that, the answer that the classifier gives to the true photo. A group's figures are those
that an evaluation of its photos alone would give.

Aged prints (:mod:`~colorize_core.evaluation.aged`) are made of the resized photo. The engine gets
them as the file of a scan; what it makes of them is held against the photo's own ab. The grain of
a photo follows from its name, so it is the same in every set that the photo is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorize_core.color import fit_gamut, lab_to_rgb, rgb_to_lab
from colorize_core.color.lab import bytes_of_rgb
from colorize_core.data import Photographs
from colorize_core.data.sources import Entry
from colorize_core.engine import ColorizeOptions, Colorizer, Hint
from colorize_core.evaluation.aged import Ageing
from colorize_core.evaluation.classifier import Classifier
from colorize_core.evaluation.report import VERSIONS, Report, Tally, measure

_HINT_REACH = 3


def evaluate(
    colorizer: Colorizer,
    photographs: Sequence[Entry],
    size: int = 256,
    hints: int = 0,
    options: ColorizeOptions | None = None,
    classifier: Classifier | None = None,
    look: Callable[[int, list[Image.Image]], None] = lambda number, versions: None,
    classes: Sequence[int] | None = None,
    groupings: Mapping[str, Callable[[Entry], str]] | None = None,
    ageings: Mapping[str, Ageing] | None = None,
) -> Report:
    """Measure a colorizer on photographs whose colours are known.

    Args:
        colorizer: what is measured.
        photographs: true colour photographs.
        size: short side in pixels to which they are resized.
        hints: number of true colours that are given for each.
        options: of the colorizer.
        classifier: for recognisability; None leaves it out.
        look: called with the number of each photo and its grey, colorized and true picture, and
            those colorized from an aged lightness.
        classes: what each photo shows, as classes of the classifier; None takes what the
            classifier says to the true photo.
        groupings: ways of putting a photo into a group, each of which is reported alone too.
        ageings: what makes aged prints; each photo is colorized from every one of them too.

    Returns:
        The report.

    Raises:
        OSError: a photograph cannot be decoded; the message names it.
    """
    options = options or ColorizeOptions()
    whole = Tally()
    groups: dict[str, dict[str, Tally]] = {way: defaultdict(Tally) for way in groupings or {}}
    for number, entry in enumerate(photographs):
        true = _resized(entry, size)
        true_rgb = _tensor_of(true)
        true_lab = rgb_to_lab(true_rgb)
        chosen = options
        if hints:
            chosen = replace(options, hints=true_hints(true_lab, hints, seed=number))
        rgb, ab = _colorized(colorizer, np.asarray(true), chosen)
        pictures = {
            "grey": (_grey_of(true_lab), torch.zeros_like(ab)),
            "colorized": (rgb, ab),
            "truth": (true_rgb, true_lab[:, 1:]),
        }
        recognised = dict.fromkeys(pictures, None)
        if classifier:
            right = None if classes is None else classes[number]
            recognised = _recognised(classifier, [rgb for rgb, _ in pictures.values()], right)
        for name, age in (ageings or {}).items():
            aged = age(true_rgb, crc32(entry.name.encode("utf-8", "surrogateescape")))
            pictures[name] = _colorized(colorizer, _grey_pixels(aged), chosen)
        measured = {
            name: measure(picture, chroma, true_rgb, true_lab[:, 1:], recognised.get(name))
            for name, (picture, chroma) in pictures.items()
        }
        whole.add(measured)
        for way, group_of in (groupings or {}).items():
            groups[way][group_of(entry)].add(measured)
        look(number, [_image_of(picture) for picture, _ in pictures.values()])
    report = whole.report(size, hints)
    report.groups = {
        way: {name: tally.report(size, hints) for name, tally in found.items()}
        for way, found in groups.items()
    }
    return report


def true_hints(lab: Tensor, count: int, seed: int) -> tuple[Hint, ...]:
    """Draw hints as a user with a perfect memory would give them.

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


def _resized(entry: Entry, size: int) -> Image.Image:
    image = Photographs.open(entry)
    scale = size / min(image.size)
    width, height = (round(side * scale) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _colorized(
    colorizer: Colorizer, pixels: np.ndarray, options: ColorizeOptions
) -> tuple[Tensor, Tensor]:
    """Colorize as into a file: the picture, ``(1, 3, H, W)``, and its ab, ``(1, 2, H, W)``."""
    prediction = colorizer.predict(pixels, options)
    rendered = prediction.render(options.temperature, options.saturation)
    ab = torch.from_numpy(rendered).permute(2, 0, 1)[None]
    lightness = torch.from_numpy(prediction.lightness)[None, None]
    return _eight_bit(torch.cat((lightness, ab), 1)), ab


def _recognised(classifier: Classifier, pictures: list[Tensor], right: int | None) -> dict:
    answers = classifier(torch.cat(pictures)).tolist()
    truth = answers[-1] if right is None else right
    return {name: answer == truth for name, answer in zip(VERSIONS, answers, strict=True)}


def _grey_pixels(lightness: Tensor) -> np.ndarray:
    """Make the pixels of a grey file with that lightness, uint8 ``(H, W)``."""
    lab = torch.cat((lightness, torch.zeros_like(lightness), torch.zeros_like(lightness)), 1)
    return bytes_of_rgb(lab_to_rgb(lab))[..., 0]


def _grey_of(lab: Tensor) -> Tensor:
    grey = lab.clone()
    grey[:, 1:] = 0.0
    return _eight_bit(grey)


def _eight_bit(lab: Tensor) -> Tensor:
    """Round Lab in gamut as a file of 8 bits would hold it, sRGB in 0..1."""
    return (lab_to_rgb(lab) * 255.0).round() / 255.0


def _tensor_of(picture: Image.Image | np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255.0


def _image_of(picture: Tensor) -> Image.Image:
    return Image.fromarray((picture[0] * 255.0).round().byte().permute(1, 2, 0).numpy())
