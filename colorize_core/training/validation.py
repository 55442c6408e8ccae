"""A quick look at a run, at the size of its crops. ``colorize evaluate`` is the thorough one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from colorize_core.color.encoding import decode
from colorize_core.color.gamut import BIN_COUNT
from colorize_core.color.lab import rgb_to_lab
from colorize_core.color.tone import tonal_range
from colorize_core.data import Photographs, evenly
from colorize_core.evaluation.contact_sheet import contact_sheet, save_sheet, versions_of
from colorize_core.evaluation.metrics import AreaUnderCurve, mean_chroma
from colorize_core.models.registry import REGRESSION_OUTPUTS, build_network
from colorize_core.training.config import TrainingConfig

_GRID_PHOTOS = 16
_BATCH = 16


class Validation:
    """The middle squares of some photographs, evenly picked from the validation set.

    Args:
        config: of the run.
        photographs: the validation set.
        device: where the network runs.
        weights: of the run's network, whose size it takes; values do not matter.

    Raises:
        OSError: one of the photographs cannot be read.
    """

    def __init__(
        self,
        config: TrainingConfig,
        photographs: Photographs,
        device: torch.device,
        weights: dict[str, Tensor] | None = None,
    ) -> None:
        chosen = evenly(photographs, config.validation_photos)
        squares = [
            ImageOps.fit(photographs.open(entry), (config.crop, config.crop), Image.Resampling.BOX)
            for entry in chosen
        ]
        rgb = torch.from_numpy(np.stack([np.asarray(square) for square in squares]))
        self.lab = rgb_to_lab(rgb.permute(0, 3, 1, 2).float() / 255.0)
        self.seen = self.lab[:, :1]
        if config.ageing:  # it learns from stretched crops, and is shown stretched photos in use
            shown = [tonal_range(one.numpy()).stretch(one) for one in self.seen[:, 0]]
            self.seen = torch.stack(shown)[:, None]
        outputs = REGRESSION_OUTPUTS if config.loss == "mse" else BIN_COUNT
        self.network = build_network(config.model, outputs, weights).to(device)
        self.temperature = config.temperature
        self.device = device

    @torch.inference_mode()
    def __call__(self, state: dict[str, Tensor], grid: Path) -> dict[str, float]:
        """Measure a network's state without hints; its samples are written to ``grid``."""
        self.network.load_state_dict(state)
        self.network.eval()
        lightness, truth = self.lab[:, :1], self.lab[:, 1:]
        ab = torch.cat([self._colorize(part) for part in self.seen.split(_BATCH)])
        shown = (part[:_GRID_PHOTOS] for part in (lightness, ab, truth))
        grid.parent.mkdir(parents=True, exist_ok=True)
        save_sheet(contact_sheet(versions_of(*shown), side=lightness.shape[-1]), grid)
        area, grey = AreaUnderCurve(), AreaUnderCurve()
        area.add(ab, truth)
        grey.add(torch.zeros_like(truth), truth)
        return {
            "auc_raw_above_grey": area.raw - grey.raw,
            "auc_rebalanced_above_grey": area.rebalanced - grey.rebalanced,
            "chroma_ratio": mean_chroma(ab) / max(1e-6, mean_chroma(truth)),
        }

    def _colorize(self, lightness: Tensor) -> Tensor:
        output = self.network(lightness.to(self.device)).float().cpu()
        ab = decode(output, self.temperature)
        return F.interpolate(ab, size=lightness.shape[2:], mode="bilinear")
