"""An endless, reproducible stream of crops.

Which photograph comes n-th, and how it is cropped, follows from the seed and n alone. So a run
that is stopped after n crops goes on with crop n, whatever the number of loader processes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from colorize_core.data.sources import Photographs


class CropStream(Dataset):
    """Random square crops, mirrored half of the time.

    Args:
        photographs: to draw from, each once an epoch.
        crop: side of the crops in pixels.
        smallest: a crop's side before it is resized, as a share of the photo's short side, is
            drawn from ``smallest``..``largest``, evenly in its logarithm.
        seed: of everything random.
        largest: at most 1.
    """

    def __init__(
        self,
        photographs: Photographs,
        crop: int,
        smallest: float = 0.5,
        seed: int = 0,
        largest: float = 1.0,
    ) -> None:
        self.photographs = photographs
        self.crop = crop
        self.smallest = smallest
        self.largest = largest
        self.seed = seed

    def __len__(self) -> int:
        return 2**62

    def __getitem__(self, number: int) -> Tensor:
        """The crop of that number: uint8 ``(3, crop, crop)``, sRGB.

        A photograph that cannot be decoded is replaced by the next one of the epoch.
        """
        random = np.random.default_rng((self.seed, number))
        epoch, place = divmod(number, len(self.photographs))
        order = _order(self.seed, epoch, len(self.photographs))
        for skipped in range(8):
            entry = self.photographs[int(order[(place + skipped) % len(order)])]
            try:
                image = self.photographs.open(entry)
            except OSError as error:
                broken = error
                continue
            return self._cropped(image, random)
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


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, 1 << 32, epoch)).permutation(count)
