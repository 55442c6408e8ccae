import pytest
import torch

from colorize_core.engine.device import describe_device, gains_from_bfloat16, pick_device


def test_auto_picks_a_device_that_computes():
    assert torch.ones(2, device=pick_device("auto")).sum().item() == 2.0


def test_auto_is_the_cpu_where_there_is_no_gpu(mocker):
    mocker.patch("torch.accelerator.is_available", return_value=False)
    assert pick_device("auto") == torch.device("cpu")


def test_a_name_picks_its_device():
    assert pick_device("cpu") == torch.device("cpu")


# A word, nothing, a number too high, one that holds no numbers, one without its extension.
@pytest.mark.parametrize("name", ["abacus", "", "cuda:99", "meta", "hpu"])
def test_devices_that_cannot_compute_here_are_refused(name):
    with pytest.raises(ValueError, match=f"device '{name}' cannot be used here"):
        pick_device(name)


def test_the_cpu_is_described_with_its_threads():
    assert describe_device(torch.device("cpu")) == f"CPU, {torch.get_num_threads()} threads"


@pytest.mark.parametrize("has_amx", [False, True])
@pytest.mark.parametrize("has_avx512_bf16", [False, True])
def test_cpus_gain_from_bfloat16_where_they_multiply_in_it(mocker, has_amx, has_avx512_bf16):
    mocker.patch("torch.cpu._is_amx_tile_supported", return_value=has_amx)
    mocker.patch("torch.cpu._is_avx512_bf16_supported", return_value=has_avx512_bf16)
    gains = gains_from_bfloat16(torch.device("cpu"))
    assert gains == (has_amx or has_avx512_bf16)
