import pytest
import torch
from networks import randomise_norms
from torch import Tensor, nn

from colorize_core.models import build_network
from colorize_core.models.files import write_tensors
from colorize_core.models.loading import load_model
from colorize_core.models.siggraph17 import Siggraph17


@pytest.fixture
def published(published_modules) -> nn.Module:
    torch.manual_seed(0)
    network = published_modules("siggraph17").SIGGRAPHGenerator()
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    randomise_norms(network)
    return network.eval()


@pytest.fixture
def network(published) -> Siggraph17:
    """With the published module's weights."""
    network = build_network("siggraph17", 2)
    assert not any(network.load_state_dict(published.state_dict(), strict=True))
    return network.eval()


@pytest.fixture(scope="module")
def lightness() -> Tensor:
    return 100.0 * torch.rand(1, 1, 64, 48, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def hints() -> Tensor:
    """Two hinted places."""
    hints = torch.zeros(1, 3, 64, 48)
    hints[0, :, 10:14, 20:24] = torch.tensor([60.0, 40.0, 1.0])[:, None, None]
    hints[0, :, 50:53, 5:8] = torch.tensor([-30.0, 20.0, 1.0])[:, None, None]
    return hints


@torch.inference_mode()
def test_it_agrees_with_the_published_module_without_hints(published, network, lightness):
    expected = published(lightness)
    assert expected.std() > 1.0  # else any two networks would agree
    torch.testing.assert_close(110.0 * network(lightness), expected, atol=1e-3, rtol=0)


@torch.inference_mode()
def test_it_agrees_with_the_published_module_with_hints(published, network, lightness, hints):
    expected = published(lightness, hints[:, :2], hints[:, 2:])
    assert (expected - published(lightness)).abs().max() > 1.0
    torch.testing.assert_close(110.0 * network(lightness, hints), expected, atol=1e-3, rtol=0)


@torch.inference_mode()
def test_what_lies_outside_the_mask_is_no_hint(network, lightness, hints):
    stray = hints.clone()
    stray[0, :2, 0, 0] = 50.0
    assert torch.equal(network(lightness, stray), network(lightness, hints))


def test_its_weights_are_recognised(published, tmp_path):
    write_tensors(tmp_path / "published.safetensors", published.state_dict(), {})
    assert load_model(tmp_path / "published.safetensors").name == "siggraph17"


@torch.inference_mode()
def test_a_new_network_begins_with_grey(lightness):
    network = build_network("siggraph17", 2).eval()
    network.initialise()
    assert not network(lightness).any()


def test_classes_are_refused():
    with pytest.raises(ValueError, match="siggraph17 regresses ab and gives no classes"):
        build_network("siggraph17")


def test_the_published_classes_are_not_trained(network):
    groups = network.parameter_groups(1e-3, 1e-4)
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    left_out = {name for name, p in network.named_parameters() if id(p) not in trained}
    assert left_out == {"model_class.0.weight", "model_class.0.bias"}
