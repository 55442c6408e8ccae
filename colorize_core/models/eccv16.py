"""``eccv16``: the network of the paper, layer by layer as published.

Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016. Names and numbers are those of
the published PyTorch module, so that its weights load: 32,236,011 parameters, BatchNorm after the
last ReLU of blocks 1 to 7, dilation in blocks 5 and 6.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE
from colorize_core.color.gamut import BIN_COUNT, ab_bins
from colorize_core.models.network import Network

# Per block: input channels, output channels, stride of each convolution, dilation.
_BLOCKS = (
    (1, 64, (1, 2), 1),
    (64, 128, (1, 2), 1),
    (128, 256, (1, 1, 2), 1),
    (256, 512, (1, 1, 1), 1),
    (512, 512, (1, 1, 1), 2),
    (512, 512, (1, 1, 1), 2),
    (512, 512, (1, 1, 1), 1),
)


def convolution_block(
    inputs: int, outputs: int, strides: tuple[int, ...], dilation: int
) -> nn.Sequential:
    """Stack 3 x 3 convolutions, one a stride, a ReLU after each, BatchNorm after the last."""
    layers: list[nn.Module] = []
    for stride in strides:
        layers += [
            nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation),
            nn.ReLU(inplace=True),
        ]
        inputs = outputs
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs))


def initialise_for_relu(network: nn.Module) -> None:
    """Initialise every convolution as He et al. (2015), with biases of zero."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Eccv16(nn.Module, Network):
    """The network of the paper.

    Args:
        outputs: 313 for logits over the bins, 2 for regression of ab. ``model_out``, the
            published 313 -> 2 convolution, exists for 313 only.
    """

    stride = 4
    multiple = 8

    def __init__(self, outputs: int = BIN_COUNT) -> None:
        super().__init__()
        for number, block in enumerate(_BLOCKS, 1):
            setattr(self, f"model{number}", convolution_block(*block))
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, 2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, outputs, 1),
        )
        if outputs == BIN_COUNT:
            self.model_out = nn.Conv2d(BIN_COUNT, 2, 1, bias=False)

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, H and W divisible by 8.
            hints: must be None: the paper's network takes none.

        Returns:
            ``(N, 313, H/4, W/4)`` logits, or ``(N, 2, H/4, W/4)`` ab / 110 for regression.
        """
        if hints is not None:
            raise ValueError("eccv16 takes no colour hints")
        features = (lightness - 50.0) / 100.0
        for number in range(1, 9):
            features = getattr(self, f"model{number}")(features)
        return features

    def published_ab(self, lightness: Tensor) -> Tensor:
        """Predict ab as the published module does: ``model_out`` of the softmax, at full size.

        The engine decodes with the annealed mean instead; this is for comparison.
        """
        ab = self.model_out(torch.softmax(self(lightness), 1))
        return F.interpolate(ab, scale_factor=4, mode="bilinear") * AB_SCALE

    def initialise(self) -> None:
        """Initialise as He et al.; ``training.initialisation.lsuv`` then fits it to data."""
        initialise_for_relu(self)
        if hasattr(self, "model_out"):
            with torch.no_grad():
                self.model_out.weight.copy_(ab_bins().T[:, :, None, None] / AB_SCALE)

    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict[str, Any]]:
        """Group all layers, which learn at one rate; ``model_out`` is not trained."""
        trained = [p for name, p in self.named_parameters() if not name.startswith("model_out")]
        return [{"params": trained, "lr": rate}]
