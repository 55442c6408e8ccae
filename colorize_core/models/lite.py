"""``lite``: a compact U-Net that colorizes a photograph on a laptop and listens to hints.

An EfficientNet-Lite2 encoder, whose ImageNet weights know what grass and skin are, and a light
decoder to logits over the 313 ab bins at stride 4. Hints enter twice: beside the features of
every decoder stage, through bias-free convolutions that start at zero, so that they change what
the network thinks of the whole photo; and at the end, where their colours are copied to the places
they belong to. Where there are no hints, neither changes anything. References, photographs whose
colours are known, enter at the end alone: cells copy the colours of those that look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.models.efficientnet import LITE2, VARIANTS, LightnessEncoder, Variant
from colorize_core.models.network import Network
from colorize_core.models.propagation import HintPropagation
from colorize_core.models.references import ReferenceCopying, References
from colorize_core.models.softness import softness
from colorize_core.models.window import Sides, Window, pad

_HINT_SCALE = 25.0  # a hint's ab over this is of the order of 1, as features are
_HINT_CHANNELS = 3


class DecoderStage(nn.Module):
    """A stage of one stride: joins the stage below, the encoder's features and the hints."""

    def __init__(self, inputs: int, outputs: int, convolutions: int) -> None:
        super().__init__()
        self.join = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.hint = nn.Conv2d(_HINT_CHANNELS, outputs, 3, padding=1, bias=False)
        nn.init.zeros_(self.hint.weight)
        self.norm = nn.BatchNorm2d(outputs)
        self.convolutions = convolutions
        self.refine = nn.Sequential()
        for _ in range(convolutions - 1):
            self.refine.extend(
                (
                    nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(inplace=True),
                )
            )

    def forward(self, below: Tensor, beside: Tensor | None, hints: Tensor | None) -> Tensor:
        """Join.

        Args:
            below: from the stage below: at half the size, or at this one where nothing is beside.
            beside: the encoder's features, or None.
            hints: at this size.
        """
        joined = self.join(_stacked(below, beside))
        if hints is not None:
            joined = joined + self.hint(hints)
        return self.refine(F.relu(self.norm(joined)))

    def inside(
        self, below: Tensor, beside: Tensor | None, hints: Tensor | None, margins: Sides
    ) -> Tensor:
        """Join in a window only, at the cost of the window and its surroundings.

        Args:
            below: of the whole photo, as for :meth:`forward`.
            beside: of the whole photo.
            hints: of the whole photo.
            margins: left, right, top and bottom, how far the photo reaches around the window: 0,
                where zeros follow, or at least as many cells as there are convolutions.
        """
        reach = self.convolutions
        cut: Sides = tuple(reach - margin if margin else 1 for margin in margins)  # type: ignore[assignment]
        zeros: Sides = tuple(0 if margin else 1 for margin in margins)  # type: ignore[assignment]
        joined = F.conv2d(pad(_stacked(below, beside), cut), self.join.weight)
        if hints is not None:
            joined = joined + F.conv2d(pad(hints, cut), self.hint.weight)
        joined = F.relu(self.norm(joined))
        for layer in self.refine:
            if isinstance(layer, nn.Conv2d):
                joined = F.conv2d(pad(joined, zeros), layer.weight)
            else:
                joined = layer(joined)
        return joined


class Lite(nn.Module, Network):
    """The network that comes with weights.

    Args:
        outputs: 313 for logits over the bins, 2 for regression of ab.
        encoder: its size. Weights from before there was a choice are of Lite0.
    """

    stride = 4
    multiple = 32
    takes_hints = True
    takes_window = True
    takes_references = True
    takes_regularisation = True
    takes_calm = True
    calm: Tensor

    def __init__(self, outputs: int = BIN_COUNT, encoder: Variant = LITE2) -> None:
        super().__init__()
        at4, at8, at16, at32 = encoder.pyramid_channels
        self.encoder = LightnessEncoder(encoder)
        self.squeeze = nn.Conv2d(at32, 256, 1)
        self.scene = nn.Linear(at32, 256)
        self.at32 = DecoderStage(256, 256, 1)
        self.at16 = DecoderStage(256 + at16, 192, 1)
        self.at8 = DecoderStage(192 + at8, 128, 2)
        self.at4 = DecoderStage(128 + at4, 96, 2)
        self.head = nn.Conv2d(96, outputs, 1)
        self.propagation = HintPropagation(96 + 1)
        self.references = ReferenceCopying(96 + 1)  # last, as runs from before it expect
        self.references.look.load_state_dict(self.propagation.look.state_dict())
        # On soft photos the network is less right than it is sure. Chosen after training.
        self.register_buffer("calm", torch.zeros(outputs))
        self.dropout = 0.0  # share of the last features that training leaves out

    @classmethod
    def fitting(cls, outputs: int, weights: Mapping[str, Tensor]) -> Lite:
        """Make the network with an encoder of the size that weights are for."""
        scene = weights.get("scene.weight")
        deep = scene.shape[-1] if scene is not None and scene.ndim else None
        fitting = [variant for variant in VARIANTS if variant.pyramid_channels[-1] == deep]
        return cls(outputs, *fitting)

    def forward(
        self,
        lightness: Tensor,
        hints: Tensor | None = None,
        window: Window | None = None,
        references: References | None = None,
    ) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, H and W divisible by 32.
            hints: ``(N, 3, H, W)``: a, b and a mask that is 1 where a hint is given and 0
                elsewhere; None for no hints.
            window: the only part of the output that is wanted, as training asks for it: the last
                stage, which costs half of everything, then sees no more than it needs. Hints
                outside are not copied, but still change what the network thinks of the photo. Of
                references, the same window is seen.
            references: photos of known colours to copy from; None for none. Sides are divisible
                by 32 too, and in training those of the photos.

        Returns:
            ``(N, 313, H/4, W/4)`` logits, or ``(N, 2, H/4, W/4)`` ab / 110 for regression; of a
            window, the output inside it.
        """
        if references is None:
            features = self._features(lightness, hints, window)
        else:
            features, known = self._features_of_both(lightness, hints, window, references)
        output = self.head(F.dropout(features, self.dropout, self.training))
        if not self.training:
            output = output + softness(lightness)[:, None, None, None] * self.calm[:, None, None]
        if hints is None and references is None:
            return output
        looks = self._with_tone(features, lightness, window)
        if references is not None:
            known = self._with_tone(known, references.lightness, window)
            ab = F.avg_pool2d(references.ab, self.stride)
            ab = ab if window is None else window.of(ab, self.stride)
            output = self.references(output, looks, known, ab, references.of, references.trust)
        if hints is None:
            return output
        given = pool_hints(hints, self.stride)
        if window is None:
            return self.propagation(output, looks, given)
        cells = lightness[0, 0].numel() // self.stride**2
        return self.propagation(output, looks, window.of(given, self.stride), photo_cells=cells)

    def _features_of_both(
        self,
        lightness: Tensor,
        hints: Tensor | None,
        window: Window | None,
        references: References,
    ) -> tuple[Tensor, Tensor]:
        """See photos and references: all at once, where they are of one size.

        So BatchNorm sees references as photos like all others.
        """
        if references.lightness.shape[2:] != lightness.shape[2:]:
            known = self._features(references.lightness, None, window)
            return self._features(lightness, hints, window), known
        if hints is not None:
            hints = F.pad(hints, (0, 0, 0, 0, 0, 0, 0, len(references)))
        both = torch.cat((lightness, references.lightness))
        features = self._features(both, hints, window)
        return features[: len(lightness)], features[len(lightness) :]

    def _features(self, lightness: Tensor, hints: Tensor | None, window: Window | None) -> Tensor:
        """See photos: features at the output's stride, ``(N, 96, h, w)``."""
        fine, middle, coarse, deep = self.encoder(lightness)
        scene = self.scene(deep.mean((2, 3)))
        by_stride: dict[int, Tensor | None] = dict.fromkeys((4, 8, 16, 32))
        if hints is not None:
            by_stride = {stride: _scaled(pool_hints(hints, stride)) for stride in by_stride}
        features = self.squeeze(deep) + scene[:, :, None, None]
        features = self.at32(F.relu(features), None, by_stride[32])
        features = self.at16(features, coarse, by_stride[16])
        features = self.at8(features, middle, by_stride[8])
        if window is None:
            return self.at4(features, fine, by_stride[4])
        margins = window.margins(fine.shape[2], fine.shape[3], self.stride)
        return self.at4.inside(features, fine, by_stride[4], margins)

    def _with_tone(self, features: Tensor, lightness: Tensor, window: Window | None) -> Tensor:
        """Put the lightness beside the features: what cells are compared by."""
        tone = F.avg_pool2d(lightness, self.stride) / 100.0
        tone = tone if window is None else window.of(tone, self.stride)
        return torch.cat((features, tone), 1)

    @property
    def pretrained_encoder(self) -> nn.Module:
        """The encoder, whose first weights are ImageNet's."""
        return self.encoder

    def initialise(self) -> None:
        """Start from ImageNet features; the decoder's own initialisation is PyTorch's."""
        self.encoder.load_imagenet()

    def regularise(self, drop_path: float, dropout: float) -> None:
        """Leave out encoder blocks, and features before the head, at random."""
        self.encoder.drop_path(drop_path)
        self.dropout = dropout

    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict[str, Any]]:
        """Group the layers: the encoder is pretrained and learns slower than the rest."""
        encoder = list(self.encoder.parameters())
        known = {id(parameter) for parameter in encoder}
        rest = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [{"params": encoder, "lr": encoder_rate}, {"params": rest, "lr": rate}]


def pool_hints(hints: Tensor, stride: int) -> Tensor:
    """Reduce hints to a coarser stride: ab averaged over a cell's hinted pixels, and 1 if any."""
    mask = hints[:, 2:]
    share = F.avg_pool2d(mask, stride)
    ab = F.avg_pool2d(hints[:, :2] * mask, stride) / share.clamp(min=1e-6)
    return torch.cat((ab, (share > 0).to(ab)), 1)


def _scaled(hints: Tensor) -> Tensor:
    return torch.cat((hints[:, :2] / _HINT_SCALE, hints[:, 2:]), 1)


def _stacked(below: Tensor, beside: Tensor | None) -> Tensor:
    if beside is None:
        return below
    return torch.cat((F.interpolate(below, scale_factor=2, mode="nearest"), beside), 1)
