"""The quick look at a run."""

import numpy as np
import pytest
import torch
from PIL import Image

from colorize_core.data import Photographs
from colorize_core.training import TrainingConfig
from colorize_core.training.validation import Validation


@pytest.fixture
def faded(tmp_path) -> Photographs:
    """Photographs between L 40 and 80."""
    for number in range(3):
        pixels = np.random.default_rng(number).integers(100, 200, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return Photographs([tmp_path])


@pytest.mark.parametrize(("ageing", "stretched"), [(0.0, False), (0.5, True)])
def test_photos_are_shown_as_the_run_shows_its_crops(faded, ageing, stretched):
    config = TrainingConfig(faded.places, crop=32, ageing=ageing)
    validation = Validation(config, faded, torch.device("cpu"))
    span = validation.seen.amax((1, 2, 3)) - validation.seen.amin((1, 2, 3))
    assert bool((span > 99.0).all()) == stretched
    assert validation.lab[:, :1].max() < 90.0  # the picture keeps its own
