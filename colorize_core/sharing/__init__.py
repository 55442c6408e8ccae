"""Weights that come from elsewhere, and go there: downloads, the authors' files, the hub.

Nothing here knows a network or loads PyTorch, so that what fails, fails at once. What a file of
weights holds is for :mod:`colorize_core.models` to say.
"""
