"""Weights of earlier versions."""

import torch
from safetensors.torch import load_file, save_file

from colorize_core.models.loading import load_model


def test_what_was_told_of_all_hints_is_left_out(lite_weights, tmp_path):
    tensors = load_file(lite_weights)
    save_file({**tensors, "scene_hint.weight": torch.ones(256, 3)}, tmp_path / "old.safetensors")
    state = load_model(tmp_path / "old.safetensors").network.state_dict()
    assert "scene_hint.weight" not in state
    assert all(torch.equal(state[name], tensors[name].to(state[name])) for name in tensors)
