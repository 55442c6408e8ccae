import pytest
import torch

from colorize_core.models import build_network
from colorize_core.models.registry import parameter_count

# Of torchvision's resnet18: conv1 on one channel, bn1, layer1 and layer2.
TRUNK_PARAMETERS = 64 * 49 + 128 + 147_968 + 525_568


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build_network("resnet", 2).eval()


@torch.inference_mode()
def test_ab_comes_at_full_size(network):
    assert network(torch.rand(2, 1, 32, 48) * 100.0).shape == (2, 2, 32, 48)


def test_the_trunk_is_half_a_resnet_18(network):
    trunk = (network.conv1, network.bn1, network.layer1, network.layer2)
    assert sum(parameter_count(part) for part in trunk) == TRUNK_PARAMETERS


def test_the_trunk_has_torchvisions_names(network):
    names = network.state_dict().keys()
    assert {"layer1.1.conv2.weight", "layer2.0.downsample.1.running_mean"} <= names


@torch.inference_mode()
def test_a_new_network_begins_with_grey(network):
    network.initialise()
    assert not network(torch.rand(1, 1, 16, 16)).any()


def test_classes_are_refused():
    with pytest.raises(ValueError, match="resnet regresses ab and gives no classes"):
        build_network("resnet")


def test_hints_are_refused(network):
    with pytest.raises(ValueError, match="resnet takes no colour hints"):
        network(torch.zeros(1, 1, 16, 16), torch.zeros(1, 3, 16, 16))
