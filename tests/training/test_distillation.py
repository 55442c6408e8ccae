import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core.evaluation.classifier import efficientnet, normalized
from colorize_core.models import build_network
from colorize_core.models.efficientnet import (
    LITE0,
    LITE2,
    ColorClassifier,
    InvertedResidual,
    LightnessEncoder,
)
from colorize_core.models.lite import Lite
from colorize_core.training import TrainingConfig, train
from colorize_core.training.distillation import Distillation
from colorize_core.training.settings import SettingError


@pytest.fixture(scope="module")
def face() -> torch.Tensor:
    """A face in colour, 224 pixels, sRGB in 0..1."""
    face = torch.from_numpy(skimage.data.astronaut()[:224, 96:320].copy())
    return face.permute(2, 0, 1)[None].float() / 255.0


@pytest.fixture(scope="module")
def teacher() -> ColorClassifier:
    teacher = ColorClassifier(LITE2)
    teacher.load_imagenet()
    return teacher.eval()


@torch.inference_mode()
def test_the_teacher_names_what_the_published_network_names():
    cat = torch.from_numpy(skimage.data.chelsea()[:288, 80:368].copy())
    cat = normalized(cat.permute(2, 0, 1)[None].float() / 255.0)
    own = ColorClassifier(LITE0)
    own.load_imagenet()
    published = efficientnet(0).eval()
    assert own.eval()(cat).topk(3)[1][0, 0] == published(cat).topk(3)[1][0, 0]


def lightness_of(picture: torch.Tensor) -> torch.Tensor:
    return 100.0 * picture.mean(1, keepdim=True)


def test_an_encoder_that_sees_the_same_is_not_corrected(face, teacher):
    class Same(torch.nn.Module):
        def forward(self, _lightness):
            return [teacher.features(normalized(face))]

    encoder = Same()
    distillation = Distillation(encoder, teacher)
    encoder(face)
    assert distillation(face).item() == pytest.approx(0.0, abs=1e-3)


def test_an_encoder_that_knows_nothing_is_corrected_more_than_imagenets(face, teacher):
    distances = []
    for knows in (True, False):
        torch.manual_seed(0)
        encoder = LightnessEncoder(LITE2).eval()
        if knows:
            encoder.load_imagenet()
        distillation = Distillation(encoder, teacher)
        encoder(lightness_of(face))
        distances.append(distillation(face).item())
    assert 0 < distances[0] < 0.5 * distances[1]


def test_a_step_against_the_gradient_brings_the_features_nearer(face, teacher):
    encoder = LightnessEncoder(LITE2).eval()
    encoder.load_imagenet()
    distillation = Distillation(encoder, teacher)
    optimizer = torch.optim.SGD(encoder.parameters(), lr=1e-4)
    distances = []
    for _ in range(3):
        encoder(lightness_of(face))
        distance = distillation(face)
        distances.append(distance.item())
        optimizer.zero_grad()
        distance.backward()
        optimizer.step()
    assert distances[0] > distances[1] > distances[2]
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_crops_count_by_themselves_and_references_not_at_all(face, teacher):
    encoder = LightnessEncoder(LITE2).eval()
    encoder.load_imagenet()
    distillation = Distillation(encoder, teacher)
    both = torch.cat((face, face.flip(3)))
    encoder(lightness_of(both))
    together = distillation(both).item()
    first = distillation(face).item()  # the second crop stands where references would
    encoder(lightness_of(face.flip(3)))
    assert together == pytest.approx(first + distillation(face.flip(3)).item(), rel=1e-3)


def test_networks_without_an_encoder_of_imagenets_refuse(tmp_path, face):
    from colorize_core.training.gradients import make_distillation

    config = TrainingConfig([str(tmp_path)], model="eccv16", distillation=1.0)
    with pytest.raises(SettingError, match="eccv16"):
        make_distillation(config, build_network("eccv16"), torch.device("cpu"), False)


def test_blocks_and_features_are_left_out_in_training_alone(face):
    torch.manual_seed(0)
    network = Lite()
    lightness = lightness_of(face)
    network.regularise(0.9, 0.5)
    network.eval()
    with torch.inference_mode():
        assert torch.equal(network(lightness), network(lightness))
        network.encoder.train()
        for layer in network.encoder.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.eval()
        assert not torch.equal(network(lightness), network(lightness))
        network.regularise(0.0, 0.0)
        assert torch.equal(network(lightness), network(lightness))


def test_what_is_left_out_at_random_leaves_the_mean_as_it_is():
    torch.manual_seed(0)
    block = LightnessEncoder(LITE2)._blocks[2].train()
    assert isinstance(block, InvertedResidual)
    block.drop = 0.5
    for layer in block.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eval()
    features = torch.randn(1, 24, 8, 8).expand(2000, -1, -1, -1)
    with torch.inference_mode():
        dropped = block(features).mean(0)
        block.drop = 0.0
        whole = block(features[:1])[0]
    torch.testing.assert_close(dropped, whole, atol=0.1, rtol=0.1)


def test_a_run_is_taught_through_windows_beside_references_and_in_parts(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("astronaut", "coffee"):
        Image.fromarray(getattr(skimage.data, name)()).save(photos / f"{name}.png")
    told: dict[str, list[float]] = {}
    for distillation in (0.0, 1.0):
        run = tmp_path / str(distillation)
        told[run.name] = []
        config = TrainingConfig(
            [str(photos)], run=str(run), steps=2, batch=4, accumulate=2, crop=64, window=32,
            references=0.5, prior_photos=2, workers=0, start_from="lite",
            distillation=distillation, drop_path=0.1, dropout=0.1,
        )  # fmt: skip
        losses = told[run.name]
        train(config, lambda report, losses=losses: losses.append(report.loss))  # type: ignore[misc]
    assert told["1.0"][0] > told["0.0"][0] + 0.1  # the same crops, and the teacher's say besides
