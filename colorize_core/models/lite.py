"""``lite``: a compact U-Net that colorizes a photograph on a laptop and listens to hints.

An EfficientNet-Lite0 encoder, whose ImageNet weights know what grass and skin are, and a light
decoder to logits over the 313 ab bins at stride 4. Hints enter twice: beside the features of
every decoder stage, through bias-free convolutions that start at zero, so that they change what
the network thinks of the whole photo; and at the end, where their colours are copied to the places
they belong to. Where there are no hints, neither changes anything.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.models.efficientnet import PYRAMID_CHANNELS, LightnessEncoder
from colorize_core.models.propagation import HintPropagation

_HINT_SCALE = 25.0  # a hint's ab over this is of the order of 1, as features are
_HINT_CHANNELS = 3


class DecoderStage(nn.Module):
    """Join what comes from below with the encoder's features and the hints of one stride."""

    def __init__(self, inputs: int, outputs: int, convolutions: int) -> None:
        super().__init__()
        self.join = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.hint = nn.Conv2d(_HINT_CHANNELS, outputs, 3, padding=1, bias=False)
        nn.init.zeros_(self.hint.weight)
        self.norm = nn.BatchNorm2d(outputs)
        self.refine = nn.Sequential()
        for _ in range(convolutions - 1):
            self.refine.extend(
                (
                    nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(inplace=True),
                )
            )

    def forward(self, features: Tensor, hints: Tensor | None) -> Tensor:
        joined = self.join(features)
        if hints is not None:
            joined = joined + self.hint(hints)
        return self.refine(F.relu(self.norm(joined)))


class Lite(nn.Module):
    """The network.

    Args:
        outputs: 313 for logits over the bins, 2 for regression of ab.
    """

    stride = 4
    multiple = 32  # what the input's sides must be divisible by
    takes_hints = True

    def __init__(self, outputs: int = BIN_COUNT) -> None:
        super().__init__()
        at4, at8, at16, at32 = PYRAMID_CHANNELS
        self.encoder = LightnessEncoder()
        self.squeeze = nn.Conv2d(at32, 256, 1)
        self.scene = nn.Linear(at32, 256)
        self.scene_hint = nn.Linear(_HINT_CHANNELS, 256, bias=False)
        nn.init.zeros_(self.scene_hint.weight)
        self.at32 = DecoderStage(256, 256, 1)
        self.at16 = DecoderStage(256 + at16, 192, 1)
        self.at8 = DecoderStage(192 + at8, 128, 2)
        self.at4 = DecoderStage(128 + at4, 96, 2)
        self.head = nn.Conv2d(96, outputs, 1)
        self.propagation = HintPropagation(96 + 1)

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, H and W divisible by 32.
            hints: ``(N, 3, H, W)``: a, b and a mask that is 1 where a hint is given and 0
                elsewhere; None for no hints.

        Returns:
            ``(N, 313, H/4, W/4)`` logits, or ``(N, 2, H/4, W/4)`` ab / 110 for regression.
        """
        fine, middle, coarse, deep = self.encoder(lightness)
        scene = self.scene(deep.mean((2, 3)))
        by_stride: dict[int, Tensor | None] = dict.fromkeys((4, 8, 16, 32))
        if hints is not None:
            by_stride = {stride: _scaled(pool_hints(hints, stride)) for stride in by_stride}
            scene = scene + self.scene_hint(_scaled(_mean_hint(hints)))
        features = self.squeeze(deep) + scene[:, :, None, None]
        features = self.at32(F.relu(features), by_stride[32])
        features = self.at16(_join(features, coarse), by_stride[16])
        features = self.at8(_join(features, middle), by_stride[8])
        features = self.at4(_join(features, fine), by_stride[4])
        output = self.head(features)
        if hints is None:
            return output
        tone = F.avg_pool2d(lightness, self.stride) / 100.0
        looks = torch.cat((features, tone), 1)
        return self.propagation(output, looks, pool_hints(hints, self.stride))

    def initialise(self) -> None:
        """Start from ImageNet features; the decoder's own initialisation is PyTorch's."""
        self.encoder.load_imagenet()

    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict]:
        """The encoder is pretrained and learns slower than the rest."""
        encoder = list(self.encoder.parameters())
        known = {id(parameter) for parameter in encoder}
        rest = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [{"params": encoder, "lr": encoder_rate}, {"params": rest, "lr": rate}]


def pool_hints(hints: Tensor, stride: int) -> Tensor:
    """Hints at a coarser stride: ab averaged over a cell's hinted pixels, and 1 if any."""
    mask = hints[:, 2:]
    share = F.avg_pool2d(mask, stride)
    ab = F.avg_pool2d(hints[:, :2] * mask, stride) / share.clamp(min=1e-6)
    return torch.cat((ab, (share > 0).to(ab)), 1)


def _mean_hint(hints: Tensor) -> Tensor:
    mask = hints[:, 2:]
    share = mask.mean((2, 3))
    ab = (hints[:, :2] * mask).mean((2, 3)) / share.clamp(min=1e-8)
    return torch.cat((ab, (share > 0).to(ab)), 1)


def _scaled(hints: Tensor) -> Tensor:
    return torch.cat((hints[:, :2] / _HINT_SCALE, hints[:, 2:]), 1)


def _join(below: Tensor, features: Tensor) -> Tensor:
    above = F.interpolate(below, scale_factor=2, mode="nearest")
    return torch.cat((above, features), 1)
