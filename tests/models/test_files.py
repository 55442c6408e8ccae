import torch

from colorize_core.models.files import export_weights, read_tensors


def test_weights_for_use_take_half_the_space(tmp_path):
    export_weights(tmp_path / "w.safetensors", {"weight": torch.tensor([0.5, -3.0])}, {})
    kept = read_tensors(tmp_path / "w.safetensors")[0]["weight"]
    assert kept.dtype == torch.float16
    assert kept.tolist() == [0.5, -3.0]


def test_values_too_large_for_half_precision_do_not_become_infinite(tmp_path):
    variance = torch.tensor([1.0, 109_447.2])
    export_weights(tmp_path / "w.safetensors", {"norm.running_var": variance}, {})
    torch.testing.assert_close(
        read_tensors(tmp_path / "w.safetensors")[0]["norm.running_var"], variance
    )
