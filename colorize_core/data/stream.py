"""An endless, reproducible stream of crops.

Which photograph comes n-th, and how it is cropped and aged, follows from the seed and n alone. So a
run that is stopped after n crops goes on with crop n, whatever the number of loader processes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.data.ageing import age, show
from colorize_core.data.shares import ByShares, Drawing, Evenly, Share
from colorize_core.data.sources import Photographs

# These keep numbers that age a crop, and cut another one, apart from those that cut it.
_AGES, _SECOND = 1 << 34, 1 << 35


class CropStream(Dataset):
    """Random square crops, mirrored half of the time.

    Args:
        photographs: to draw from, each once an epoch unless there are shares.
        crop: side of the crops in pixels.
        smallest: a crop's side before it is resized, as a share of the photo's short side, is
            drawn from ``smallest``..``largest``, evenly in its logarithm.
        seed: of everything random.
        largest: at most 1.
        shares: of kinds of photographs.

    Raises:
        ValueError: the shares do not fit the photographs.
    """

    def __init__(
        self,
        photographs: Photographs,
        crop: int,
        smallest: float = 0.5,
        seed: int = 0,
        largest: float = 1.0,
        shares: Sequence[Share] = (),
    ) -> None:
        self.photographs = photographs
        self.crop = crop
        self.smallest = smallest
        self.largest = largest
        self.seed = seed
        self.drawing: Drawing = (
            ByShares(photographs, shares, seed) if shares else Evenly(len(photographs), seed)
        )

    def __len__(self) -> int:
        return 2**62

    def __getitem__(self, number: int) -> Tensor:
        """Make the crop of that number: uint8 ``(3, crop, crop)``, sRGB.

        A photograph that cannot be decoded is replaced by the next one of the epoch.
        """
        return self._cropped(self._opened(number), np.random.default_rng((self.seed, number)))

    def two(self, number: int) -> tuple[Tensor, Tensor]:
        """Make the crop of that number, and another one of the same photograph."""
        image = self._opened(number)
        seeds = (self.seed, number), (self.seed, number, _SECOND)
        first, second = (self._cropped(image, np.random.default_rng(seed)) for seed in seeds)
        return first, second

    def _opened(self, number: int) -> Image.Image:
        for skipped in range(8):
            entry = self.photographs[self.drawing(number, skipped)]
            try:
                return self.photographs.open(entry)
            except OSError as error:
                broken = error
        raise OSError(f"eight photographs in a row cannot be read; the last one: {broken}")

    def _cropped(self, image: Image.Image, random: np.random.Generator) -> Tensor:
        share = self.largest * (self.smallest / self.largest) ** random.random()
        side = min(image.size) * share
        left = random.random() * (image.width - side)
        top = random.random() * (image.height - side)
        box = (left, top, left + side, top + side)
        crop = image.resize((self.crop, self.crop), Image.Resampling.BICUBIC, box=box)
        if random.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return torch.from_numpy(np.array(crop)).permute(2, 0, 1).contiguous()


class SeenCrops(Dataset):
    """Crops with their true colours, and with the lightness that the network is shown of each.

    Args:
        stream: of crops.
        ageing: share of the crops, 0..1, that are aged; where it is above 0, the lightness is
            also stretched as that of photos is.
    """

    def __init__(self, stream: CropStream, ageing: float = 0.0) -> None:
        self.stream = stream
        self.ageing = ageing

    def __len__(self) -> int:
        return len(self.stream)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """Make the crop of that number.

        Returns:
            Its colours, uint8 ``(3, crop, crop)``, sRGB, and the lightness that is seen, L in
            0..100, float32 ``(1, crop, crop)``.
        """
        crop = self.stream[number]
        return crop, self.seen(crop, number)

    def seen(self, crop: Tensor, number: int) -> Tensor:
        """Make the lightness that is seen of a crop, float32 ``(1, crop, crop)``."""
        pixels = crop.permute(1, 2, 0).numpy()
        if not self.ageing:
            return torch.from_numpy(lightness_of_bytes(pixels))[None]
        random = np.random.default_rng((self.stream.seed, number, _AGES))
        aged = random.random() < self.ageing
        lightness = age(pixels, random) if aged else lightness_of_bytes(pixels)
        return torch.from_numpy(np.ascontiguousarray(show(lightness, random)))[None]
