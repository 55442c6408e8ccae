from typing import Any

import pytest
import torch
from torch import Tensor, nn

from colorize_core.color import annealed_mean
from colorize_core.models import build_network
from colorize_core.models.efficientnet import LITE0, LITE2
from colorize_core.models.files import export_weights
from colorize_core.models.lite import Lite, pool_hints
from colorize_core.models.loading import load_model
from colorize_core.models.registry import parameter_count


@pytest.fixture
def network() -> Lite:
    torch.manual_seed(0)
    return build_network("lite").eval()


@pytest.fixture
def hinting_network(network: Lite) -> Lite:
    """A network whose hint convolutions are no longer zero."""
    for name, parameter in network.named_parameters():
        if "hint" in name:
            nn.init.normal_(parameter)
    return network


@pytest.fixture
def lightness() -> Tensor:
    return 100.0 * torch.rand(1, 1, 64, 96, generator=torch.Generator().manual_seed(0))


def one_hint(a: float, b: float, height: int = 64, width: int = 96) -> Tensor:
    hints = torch.zeros(1, 3, height, width)
    hints[0, :, 10:14, 20:24] = torch.tensor([a, b, 1.0])[:, None, None]
    return hints


def test_it_has_about_six_and_a_half_million_parameters(network):
    assert 6_000_000 <= parameter_count(network) <= 7_000_000


@torch.inference_mode()
def test_logits_come_at_a_quarter_of_the_size(network, lightness):
    assert network(lightness).shape == (1, 313, 16, 24)


@torch.inference_mode()
def test_regression_gives_two_channels(lightness):
    assert build_network("lite", 2).eval()(lightness).shape == (1, 2, 16, 24)


@torch.inference_mode()
def test_a_new_network_gives_hinted_places_their_color(network, lightness):
    ab = annealed_mean(network(lightness, one_hint(60, 40)))[0, :, 3, 5]
    assert torch.dist(ab, torch.tensor([60.0, 40.0])) < 5.0


@torch.inference_mode()
def test_no_hints_change_exactly_nothing(hinting_network, lightness):
    nothing = torch.zeros(1, 3, 64, 96)
    assert torch.equal(hinting_network(lightness, nothing), hinting_network(lightness))


@torch.inference_mode()
def test_a_hint_changes_the_colors(hinting_network, lightness):
    assert not torch.equal(hinting_network(lightness, one_hint(60, 40)), hinting_network(lightness))


@torch.inference_mode()
def test_a_grey_hint_is_not_no_hint(hinting_network, lightness):
    assert not torch.equal(hinting_network(lightness, one_hint(0, 0)), hinting_network(lightness))


@torch.inference_mode()
def test_photos_of_a_batch_do_not_influence_each_other(hinting_network, lightness):
    batch = torch.cat((lightness, lightness.flip(3)))
    hints = torch.cat((one_hint(60, 40), torch.zeros(1, 3, 64, 96)))
    together = hinting_network(batch, hints)
    torch.testing.assert_close(
        together[1:], hinting_network(lightness.flip(3)), atol=1e-4, rtol=1e-4
    )


def test_pooled_hints_keep_their_color_undiluted():
    pooled = pool_hints(one_hint(55.0, -22.0), 32)
    torch.testing.assert_close(pooled[0, :, 0, 0], torch.tensor([55.0, -22.0, 1.0]))


def test_cells_without_hints_stay_zero():
    pooled = pool_hints(one_hint(55.0, -22.0), 32)
    assert pooled[0, :, 1, :].count_nonzero() == 0


def test_every_parameter_is_trained_exactly_once(network):
    groups = network.parameter_groups(1e-3, 1e-4)
    trained = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(trained) == sorted(id(parameter) for parameter in network.parameters())


def test_the_encoder_learns_at_its_own_rate(network):
    rates = {
        id(parameter): group["lr"]
        for group in network.parameter_groups(1e-3, 1e-4)
        for parameter in group["params"]
    }
    assert {rates[id(parameter)] for parameter in network.encoder.parameters()} == {1e-4}
    assert rates[id(network.head.weight)] == 1e-3


def test_weights_of_the_smaller_encoder_of_before_still_load(network, tmp_path):
    export_weights(tmp_path / "before.safetensors", Lite(encoder=LITE0).state_dict(), {})
    loaded: Any = load_model(tmp_path / "before.safetensors").network
    assert (loaded.encoder.variant, network.encoder.variant) == (LITE0, LITE2)
