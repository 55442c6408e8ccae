import pickle

import pytest
import torch

from colorize_core.models.files import export_weights, read_tensors, write_tensors


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


@pytest.mark.parametrize("low", [2, 3, 5])
def test_a_damaged_file_whose_length_begins_as_a_pickle_is_not_called_one(tmp_path, low):
    path = tmp_path / "w.safetensors"
    path.write_bytes((0x80 + 256 * low).to_bytes(8, "little") + b'{"weight": {"dty\0\0\0')
    with pytest.raises(ValueError, match="not a safetensors file, or a damaged one"):
        read_tensors(path)
    path.write_bytes((0x80 + 256 * low).to_bytes(8, "little") + bytes(2000))
    with pytest.raises(ValueError, match="not a safetensors file, or a damaged one"):
        read_tensors(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_called_one(tmp_path, protocol):
    (tmp_path / "w.safetensors").write_bytes(pickle.dumps({"weight": [0.5]}, protocol))
    with pytest.raises(ValueError, match=r"w\.safetensors: pickled"):
        read_tensors(tmp_path / "w.safetensors")


def test_sealed_tensors_of_every_kind_come_back(tmp_path):
    kinds = (torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.bool)
    tensors = {str(kind): torch.ones(2, 3).to(kind) for kind in kinds} | {"step": torch.tensor(4.0)}
    tensors["last"] = torch.rand(1, 2, 3, 4).to(memory_format=torch.channels_last)
    write_tensors(tmp_path / "w.safetensors", tensors, {"a": "b"}, sealed=True)
    read, metadata = read_tensors(tmp_path / "w.safetensors")
    assert metadata["a"] == "b"
    assert all(torch.equal(read[name], tensors[name]) for name in tensors)
