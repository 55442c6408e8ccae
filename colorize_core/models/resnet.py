"""``resnet``: a small regressor on the first half of a ResNet-18, for comparison.

In the manner of Luke Melas-Kyriazi's article "Image Colorization with Convolutional Neural
Networks" (2018), which many people know colorization from: the trunk of a ResNet-18 up to its
second stage sees L, and a few convolutions bring its features back to full size as ab. The trunk's
names are torchvision's (He et al., "Deep Residual Learning", 2016), so that its weights fit.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.models.eccv16 import initialise_for_relu
from colorize_core.models.network import Network

# Output channels of the decoder's convolutions; True where the result is doubled in size.
_DECODER = ((128, True), (64, False), (64, True), (32, False))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut, projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Add what two convolutions find to the features."""
        inner = F.relu(self.bn1(self.conv1(features)))
        inner = self.bn2(self.conv2(inner))
        shortcut = features if self.downsample is None else self.downsample(features)
        return F.relu(inner + shortcut)


class ResNetRegressor(nn.Module, Network):
    """The network, for comparison.

    Args:
        outputs: must be 2: it regresses ab.

    Raises:
        ValueError: other outputs are asked for.
    """

    stride = 1
    multiple = 8

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        if outputs != 2:
            raise ValueError("resnet regresses ab and gives no classes: train it with mse")
        self.conv1 = nn.Conv2d(1, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.upsample = nn.Sequential()
        inputs = 128
        for width, doubled in _DECODER:
            self.upsample.extend(
                (nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
            )
            if doubled:
                self.upsample.append(nn.Upsample(scale_factor=2, mode="nearest"))
            inputs = width
        self.out = nn.Conv2d(inputs, 2, 3, padding=1)

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, H and W divisible by 8.
            hints: must be None.

        Returns:
            ``(N, 2, H, W)`` ab / 110.
        """
        if hints is not None:
            raise ValueError("resnet takes no colour hints")
        features = F.relu(self.bn1(self.conv1((lightness - 50.0) / 100.0)))
        features = self.layer2(self.layer1(self.maxpool(features)))
        return F.interpolate(self.out(self.upsample(features)), scale_factor=2, mode="nearest")

    def initialise(self) -> None:
        """Initialise as He et al., with grey as the first answer."""
        initialise_for_relu(self)
        nn.init.zeros_(self.out.weight)

    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict[str, Any]]:
        """Group all layers: they learn at one rate."""
        return [{"params": list(self.parameters()), "lr": rate}]
