import pytest
import torch
from networks import randomise_norms
from torch import nn

from colorize_core.color import ab_bins
from colorize_core.models import build_network
from colorize_core.models.eccv16 import Eccv16
from colorize_core.models.registry import parameter_count


@pytest.fixture
def published(published_modules) -> nn.Module:
    torch.manual_seed(0)
    return published_modules("eccv16").ECCVGenerator().eval()


@pytest.fixture(scope="module")
def network() -> Eccv16:
    torch.manual_seed(1)
    network = build_network("eccv16")
    network.initialise()
    randomise_norms(network)
    return network.eval()


def test_it_has_as_many_parameters_as_published(network):
    assert parameter_count(network) == 32_236_011


def test_the_published_weights_fit_without_exception(published):
    assert not any(build_network("eccv16").load_state_dict(published.state_dict(), strict=True))


@torch.inference_mode()
def test_it_agrees_with_the_published_module(published, network):
    published.load_state_dict(network.state_dict(), strict=True)
    lightness = 100.0 * torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    expected = published(lightness)
    assert expected.std() > 1.0  # else any two networks would agree
    torch.testing.assert_close(network.published_ab(lightness), expected, atol=1e-3, rtol=0)


def test_initial_output_layer_decodes_to_the_bins(network):
    # The published module multiplies by 110 what this layer gives.
    torch.testing.assert_close(110.0 * network.model_out.weight[:, :, 0, 0].T, ab_bins())


@torch.inference_mode()
def test_logits_come_at_a_quarter_of_the_size(network):
    assert network(torch.zeros(2, 1, 16, 24)).shape == (2, 313, 4, 6)


@torch.inference_mode()
def test_regression_gives_two_channels():
    assert build_network("eccv16", 2).eval()(torch.zeros(1, 1, 16, 16)).shape == (1, 2, 4, 4)


def test_hints_are_refused(network):
    with pytest.raises(ValueError, match="eccv16 takes no colour hints"):
        network(torch.zeros(1, 1, 16, 16), torch.zeros(1, 3, 16, 16))


def test_the_output_layer_is_not_trained(network):
    groups = network.parameter_groups(1e-3, 1e-4)
    trained = sum(parameter.numel() for group in groups for parameter in group["params"])
    assert trained == 32_236_011 - 2 * 313
