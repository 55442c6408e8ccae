"""``lite`` as it colorizes fastest."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from colorize_core.models import build_network
from colorize_core.models.fusing import _transposed, fuse
from colorize_core.models.loading import load_model


@pytest.fixture(scope="module")
def inputs():
    random = torch.Generator().manual_seed(0)
    hints = torch.zeros(2, 3, 96, 128)
    hints[:, :, 40:44, 50:54] = torch.tensor((30.0, -20.0, 1.0))[:, None, None]
    return 100 * torch.rand(2, 1, 96, 128, generator=random), hints


@pytest.mark.parametrize("hinted", [False, True])
@torch.inference_mode()
def test_the_shipped_weights_say_the_same(inputs, hinted):
    lightness, hints = inputs[0], inputs[1] if hinted else None
    whole = load_model("lite").network.eval()(lightness, hints)
    fused = fuse(load_model("lite").network.eval())(lightness, hints)
    assert (fused - whole).abs().max() < 3e-4  # of logits of up to 60


@torch.inference_mode()
def test_nothing_is_left_to_normalize():
    fused = fuse(load_model("lite").network.eval())
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in fused.modules())


def test_a_transposed_convolution_is_one_of_doubled_maps():
    maps, weight = torch.randn(2, 5, 6, 7), torch.randn(4, 5, 3, 3)
    doubled = F.conv2d(F.interpolate(maps, scale_factor=2, mode="nearest"), weight, padding=1)
    at_once = F.conv_transpose2d(maps, _transposed(weight), stride=2, padding=1)
    torch.testing.assert_close(at_once, doubled, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["eccv16", "siggraph17", "resnet"])
def test_other_networks_stay_as_they_are(name):
    with torch.device("meta"):
        network = build_network(name, 2 if name != "eccv16" else 313)
    assert fuse(network) is network


def test_it_does_not_bring_what_takes_long_to_import():
    program = (
        "import sys\n"
        "from colorize_core.models.fusing import fuse\n"
        "from colorize_core.models.loading import load_model\n"
        "fuse(load_model('lite').network.eval())\n"
        "sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
