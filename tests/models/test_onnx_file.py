"""ONNX files beside PyTorch, by the real ONNX Runtime."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image

from colorize_core.color import ab_bins, annealed_mean
from colorize_core.engine import Colorizer
from colorize_core.models import build_network, onnx_file
from colorize_core.models.files import export_weights
from colorize_core.models.loading import load_model
from colorize_core.models.onnx_file import export_onnx, largest_difference
from colorize_core.models.registry import MODELS

DOCS = Path(__file__).parents[2] / "docs"
CLOSE = 1e-3  # Lab units, and logits of a spread of tens


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("onnx")


def export(folder, *arguments):
    """Run ``colorize export`` in a process that has done nothing else before."""
    line = [sys.executable, "-m", "colorize_core.cli.app", "export", *map(str, arguments)]
    ran = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.fixture(scope="module")
def shipped(folder):
    """The shipped model, written by the command line: the file, and what was said."""
    ran = export(folder, "-o", "lite.onnx")
    return folder / "lite.onnx", ran.stdout, ran.stderr


@pytest.fixture(scope="module")
def with_hints(folder, lite_weights):
    """Random weights of lite, and their file with hints."""
    return lite_weights, export_onnx(lite_weights, folder / "hints.onnx", hints=True).path


@pytest.fixture(scope="module")
def siggraph17(folder):
    torch.manual_seed(0)
    weights = folder / "siggraph17.safetensors"
    export_weights(weights, build_network("siggraph17", 2).state_dict(), {})
    return weights, export_onnx(weights, folder / "siggraph17.onnx", hints=True).path


@pytest.fixture(scope="module")
def eccv16(folder, eccv16_weights):
    export(folder, "--model", eccv16_weights, "--output", "paper/eccv16.onnx")
    return eccv16_weights, folder / "paper" / "eccv16.onnx"


def run(path, **inputs):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert {value.name for value in session.get_inputs()} == set(inputs)
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, map(torch.from_numpy, found), strict=True))


def lightness_of(photos, height, width):
    return 100.0 * torch.rand(photos, 1, height, width, generator=torch.Generator().manual_seed(1))


def some_hints(photos, height, width, *, count):
    """Squares in colour; the last photo has none unless it is the only one."""
    random = np.random.default_rng(2)
    hints = torch.zeros(photos, 3, height, width)
    for photo in range(max(1, photos - 1)):
        for _ in range(count):
            top, left = random.integers(height), random.integers(width)
            color = torch.tensor([*random.uniform(-80, 80, 2), 1.0], dtype=torch.float32)
            hints[photo, :, top : top + 5, left : left + 5] = color[:, None, None]
    return hints


@torch.inference_mode()
def by_torch(weights, lightness, hints=None):
    """Output of the network alone, padded as the engine pads."""
    network = load_model(weights).network.eval()
    height, width = lightness.shape[2:]
    padding = (0, -width % network.multiple, 0, -height % network.multiple)
    seen = F.pad(lightness, padding, mode="replicate")
    output = network(seen, None if hints is None else F.pad(hints, padding))
    return output[..., : height // network.stride, : width // network.stride]


@pytest.mark.parametrize("size", [(224, 300), (64, 32), (61, 47), (5, 9)])
@pytest.mark.parametrize("photos", [1, 3])
def test_the_shipped_model_gives_pytorchs_results_at_any_size(shipped, size, photos):
    lightness = lightness_of(photos, *size)
    found = run(shipped[0], lightness=lightness)
    logits = by_torch("lite", lightness)
    torch.testing.assert_close(found["logits"], logits, atol=CLOSE, rtol=0)
    ab = annealed_mean(logits, load_model("lite").temperature)
    torch.testing.assert_close(found["ab"], ab, atol=CLOSE, rtol=0)


def test_ab_is_what_the_engine_sees_in_a_photo(shipped):
    lightness = lightness_of(1, 224, 300)
    look = Colorizer("lite", "cpu").look
    prediction = look(lightness[0, 0].numpy(), 224, lambda size: None, as_is=True)
    found = run(shipped[0], lightness=lightness)
    torch.testing.assert_close(found["ab"], prediction.ab(), atol=0.01, rtol=0)


@pytest.mark.parametrize("count", [0, 1, 40])
@pytest.mark.parametrize("shape", [(1, 64, 96), (3, 61, 47)])
def test_hints_reach_each_photo_as_in_pytorch(with_hints, shape, count):
    weights, path = with_hints
    lightness, hints = lightness_of(*shape), some_hints(*shape, count=count)
    found = run(path, lightness=lightness, hints=hints)
    logits = by_torch(weights, lightness, hints)
    torch.testing.assert_close(found["logits"], logits, atol=0.01, rtol=0)


def test_more_hints_than_are_attended_to_are_chosen_as_in_pytorch(with_hints):
    weights, path = with_hints
    lightness, hints = lightness_of(2, 192, 160), some_hints(2, 192, 160, count=600)
    assert (F.max_pool2d(hints[0, 2:], 4) > 0).sum() > 1024
    found = run(path, lightness=lightness, hints=hints)
    logits = by_torch(weights, lightness, hints)
    torch.testing.assert_close(found["logits"], logits, atol=0.01, rtol=0)


def test_hints_change_the_colors(with_hints):
    lightness = lightness_of(1, 64, 64)
    without = run(with_hints[1], lightness=lightness, hints=torch.zeros(1, 3, 64, 64))
    given = run(with_hints[1], lightness=lightness, hints=some_hints(1, 64, 64, count=3))
    assert (without["ab"] - given["ab"]).abs().max() > 5.0


@pytest.mark.parametrize("shape", [(2, 64, 96), (1, 61, 47)])
def test_eccv16_gives_pytorchs_results(eccv16, shape):
    weights, path = eccv16
    lightness = lightness_of(*shape)
    logits = by_torch(weights, lightness)
    found = run(path, lightness=lightness)
    torch.testing.assert_close(found["logits"], logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        found["ab"], annealed_mean(logits, load_model(weights).temperature), atol=CLOSE, rtol=0
    )


@pytest.mark.parametrize("shape", [(2, 64, 96), (1, 61, 47)])
def test_siggraph17_gives_pytorchs_ab_in_units_of_lab(siggraph17, shape):
    weights, path = siggraph17
    lightness, hints = lightness_of(*shape), some_hints(*shape, count=5)
    found = run(path, lightness=lightness, hints=hints)
    assert list(found) == ["ab"]
    ab = 110.0 * by_torch(weights, lightness, hints)
    torch.testing.assert_close(found["ab"], ab, atol=CLOSE, rtol=0)


def test_sizes_have_names(with_hints):
    session = onnxruntime.InferenceSession(with_hints[1], providers=["CPUExecutionProvider"])
    shapes = {v.name: v.shape for v in session.get_inputs() + session.get_outputs()}
    assert shapes == {
        "lightness": ["batch", 1, "height", "width"],
        "hints": ["batch", 3, "height", "width"],
        "ab": ["batch", 2, "height/4", "width/4"],
        "logits": ["batch", 313, "height/4", "width/4"],
    }


def test_the_file_says_what_it_is(shipped):
    model = onnx.load(shipped[0])
    onnx.checker.check_model(model, full_check=True)
    assert {opset.domain: opset.version for opset in model.opset_import}[""] == 18
    said = {entry.key.removeprefix("colorize."): entry.value for entry in model.metadata_props}
    assert said["model"] == "lite"
    weights = MODELS["lite"].weights
    assert said["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    sidecar = json.loads(MODELS["lite"].sidecar.read_text())
    assert said["licence"] == sidecar["licence"]
    assert float(said["temperature"]) == sidecar["temperature"]
    assert int(said["size"]) == sidecar["size"]
    assert json.loads(said["bins"]) == ab_bins().int().tolist()
    assert "0..100" in said["input lightness"]


def test_the_command_line_says_where_and_how_close(shipped):
    assert re.fullmatch(r"lite\.onnx: \d+\.\d MB; ab at most \S+ away from PyTorch's\n", shipped[1])
    assert shipped[2] == ""


def test_the_example_in_the_docs_needs_no_torch(shipped, tmp_path):
    (tmp_path / "lite.onnx").symlink_to(shipped[0])
    Image.fromarray(skimage.data.astronaut()).convert("L").save(tmp_path / "photo.jpg")
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "export.md").read_text(), re.DOTALL)
    (tmp_path / "example.py").write_text(f"import sys\nsys.modules['torch'] = None\n{example}")
    ran = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "photo-colorized.jpg") as found:
        assert found.size == (512, 512)
        found_pixels = np.asarray(found).astype(int)
    ours = np.asarray(Colorizer("lite", "cpu")(tmp_path / "photo.jpg")).astype(int)
    assert np.abs(found_pixels - ours).mean() < 4.0  # it upsamples in another way
    assert np.abs(found_pixels[..., 0] - found_pixels[..., 2]).mean() > 5.0


def test_what_differs_from_pytorch_is_refused(shipped, lite_weights):
    with pytest.raises(ValueError, match=r"refused: at 64 x 64 pixels the ONNX model's ab is up"):
        largest_difference(shipped[0].read_bytes(), load_model(lite_weights), hints=False)


def test_what_is_refused_leaves_no_file(tmp_path, lite_weights, monkeypatch):
    monkeypatch.setattr(onnx_file, "LARGEST_DIFFERENCE", -1.0)
    (tmp_path / "lite.onnx").write_text("precious")
    with pytest.raises(ValueError, match="refused"):
        export_onnx(lite_weights, tmp_path / "lite.onnx", overwrite=True)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("lite.onnx", "precious")]


def test_a_file_that_exists_is_kept(tmp_path, lite_weights):
    (tmp_path / "lite.onnx").write_text("precious")
    with pytest.raises(FileExistsError, match=r"exists already$"):
        export_onnx(lite_weights, tmp_path / "lite.onnx")
    assert (tmp_path / "lite.onnx").read_text() == "precious"


def test_hints_are_refused_where_a_model_takes_none(tmp_path, eccv16_weights):
    with pytest.raises(ValueError, match="eccv16 takes no colour hints; lite and siggraph17 do"):
        export_onnx(eccv16_weights, tmp_path / "eccv16.onnx", hints=True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(tmp_path, lite_weights, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"onnxscript, not installed: pip install 'colorize\[ex"):
        export_onnx(lite_weights, tmp_path / "lite.onnx")
