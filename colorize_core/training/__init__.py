"""The training loop and what it is made of.

``config`` says what can be chosen, ``loop`` is the loop from top to bottom, and the rest are its
parts: losses, schedule, initialisation, checkpoints, visualization.
"""

from colorize_core.training.config import TrainingConfig
from colorize_core.training.loop import train

__all__ = ["TrainingConfig", "train"]
