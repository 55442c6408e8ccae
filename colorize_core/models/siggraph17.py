"""``siggraph17``: regression of ab with colour hints, layer by layer as published.

Zhang, Zhu, Isola, Geng, Lin, Yu and Efros, "Real-Time User-Guided Image Colorization with Learned
Deep Priors", SIGGRAPH 2017. Names are those of the published PyTorch module, so that its weights
load. A U-Net: the paper's first network with shortcuts from its fine layers to the end.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE
from colorize_core.models.eccv16 import convolution_block, initialise_for_relu
from colorize_core.models.network import Network

_CLASSES = 529  # of a classification head that was used while training; kept so that weights load

# Per block: input channels, output channels, number of convolutions, dilation.
_BLOCKS = (
    (4, 64, 2, 1),
    (64, 128, 2, 1),
    (128, 256, 3, 1),
    (256, 512, 3, 1),
    (512, 512, 3, 2),
    (512, 512, 3, 2),
    (512, 512, 3, 1),
)
_HALVED_AFTER = (1, 2, 3)


class Siggraph17(nn.Module, Network):
    """The network of the paper.

    Args:
        outputs: must be 2: it regresses ab.

    Raises:
        ValueError: other outputs are asked for.
    """

    stride = 1
    multiple = 8
    takes_hints = True

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        if outputs != 2:
            raise ValueError("siggraph17 regresses ab and gives no classes: train it with mse")
        for number, (inputs, width, depth, dilation) in enumerate(_BLOCKS, 1):
            block = convolution_block(inputs, width, (1,) * depth, dilation)
            setattr(self, f"model{number}", block)
        self.model8up = _single(nn.ConvTranspose2d(512, 256, 4, 2, padding=1))
        self.model3short8 = _single(nn.Conv2d(256, 256, 3, padding=1))
        self.model8 = nn.Sequential(nn.ReLU(), *convolution_block(256, 256, (1, 1), 1))
        self.model9up = _single(nn.ConvTranspose2d(256, 128, 4, 2, padding=1))
        self.model2short9 = _single(nn.Conv2d(128, 128, 3, padding=1))
        self.model9 = nn.Sequential(nn.ReLU(), *convolution_block(128, 128, (1,), 1))
        self.model10up = _single(nn.ConvTranspose2d(128, 128, 4, 2, padding=1))
        self.model1short10 = _single(nn.Conv2d(64, 128, 3, padding=1))
        self.model10 = nn.Sequential(
            nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2)
        )
        self.model_class = _single(nn.Conv2d(256, _CLASSES, 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, H and W divisible by 8.
            hints: ``(N, 3, H, W)``: a, b and a mask that is 1 where a hint is given and 0
                elsewhere; None for no hints.

        Returns:
            ``(N, 2, H, W)`` ab / 110.
        """
        seen = [(lightness - 50.0) / 100.0]
        if hints is None:
            seen.append(lightness.new_zeros(len(lightness), 3, *lightness.shape[2:]))
        else:
            mask = hints[:, 2:]
            seen += [hints[:, :2] * mask / AB_SCALE, mask]
        features = torch.cat(seen, 1)
        fine = []
        for number in range(1, len(_BLOCKS) + 1):
            features = getattr(self, f"model{number}")(features)
            if number in _HALVED_AFTER:
                fine.append(features)
                features = features[..., ::2, ::2]
        at1, at2, at4 = fine
        features = self.model8(self.model8up(features) + self.model3short8(at4))
        features = self.model9(self.model9up(features) + self.model2short9(at2))
        features = self.model10(self.model10up(features) + self.model1short10(at1))
        return self.model_out(features)

    def initialise(self) -> None:
        """Initialise as He et al., with grey as the first answer; ``lsuv`` then fits it to data."""
        initialise_for_relu(self)
        nn.init.zeros_(self.model_out[0].weight)  # type: ignore[arg-type]

    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict[str, Any]]:
        """Group all layers, at one rate; ``model_class`` is not trained."""
        trained = [p for name, p in self.named_parameters() if not name.startswith("model_class")]
        return [{"params": trained, "lr": rate}]


def _single(layer: nn.Module) -> nn.Sequential:
    """Wrap a single layer, as the published module does."""
    return nn.Sequential(layer)
