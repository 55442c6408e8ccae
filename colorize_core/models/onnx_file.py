"""Writing a network as an ONNX file with its own description, and checking it against PyTorch."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from colorize_core.atomic import write_bytes
from colorize_core.color.gamut import BIN_COUNT, ab_bins
from colorize_core.models.loading import LoadedModel, load_model, weights_file
from colorize_core.models.network import Network
from colorize_core.models.onnx_graph import OnnxGraph, graph_of
from colorize_core.models.registry import model_entry, no_hints, read_sidecar, sidecar_of
from colorize_core.remedies import Remedy

OPSET = 18
# In Lab's own units, of ab: less than a level of 8 bits; and relative to the largest logit. Other
# orders of float32 sums make a thousandth of it, and half of it in networks that are untrained.
LARGEST_DIFFERENCE = 0.25
LARGEST_LOGIT_DIFFERENCE = 1e-3
# Photos, height and width: smaller and larger than what is traced, even and odd, wide and tall.
_CHECKED = ((1, 64, 64), (2, 160, 212), (3, 101, 75), (1, 40, 200))
_TRACED = (2, 72, 100)
_PREFIX = "colorize."


class OutputExistsError(FileExistsError):
    """The file to write exists already, and must not be replaced."""

    remedy = Remedy.REPLACE


@dataclass(frozen=True, slots=True)
class Exported:
    """A written ONNX file.

    Attributes:
        path: of the file.
        difference: the largest between its ab and PyTorch's, in Lab's units, over photos of
            several sizes.
    """

    path: Path
    difference: float


def export_onnx(
    model: str | Path, path: Path, hints: bool = False, overwrite: bool = False
) -> Exported:
    """Write a model as ONNX, with any number of photos of any size.

    Inputs are ``lightness``, float32 ``(batch, 1, height, width)``, L in 0..100, and where hints
    are asked for ``hints``, ``(batch, 3, height, width)``: a, b and a mask that is 1 where a hint
    is given. Outputs are ``ab`` in Lab's units at the network's stride, and of networks that
    classify ``logits`` over the 313 bins. The file's metadata say so too.

    Args:
        model: a registered name, or the path of weights.
        path: where to.
        hints: whether the file has hints as its second input.
        overwrite: whether to replace a file that exists.

    Raises:
        ImportError: a package for it is missing; the message says what to install.
        FileExistsError: the file exists.
        ValueError: there is no such model, it takes no hints, or what was written does not give
            PyTorch's results; then nothing is left behind.
        FileNotFoundError: the model has no weights.
        OSError: the file cannot be written.
    """
    _require("onnx", "onnxruntime", "onnxscript")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path}: exists already")
    loaded = load_model(model)
    if hints and not loaded.network.takes_hints:
        raise ValueError(no_hints(loaded.name))
    weights = weights_file(model)
    outputs = _outputs(loaded.network)
    graph = graph_of(loaded.network, outputs, loaded.temperature)
    onnx_model = _translate(graph, hints)
    # PyTorch's own form, not the one of the graph: what it was changed to is checked as well.
    difference = largest_difference(onnx_model.SerializeToString(), load_model(model), hints)
    _describe(onnx_model, _metadata(loaded, weights, outputs, hints, difference))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, onnx_model.SerializeToString())
    return Exported(path, difference)


@torch.inference_mode()
def largest_difference(content: bytes, loaded: LoadedModel, hints: bool) -> float:
    """Measure how far an ONNX model's ab is from PyTorch's, over photos of several sizes.

    Args:
        content: of the ONNX file.
        loaded: the same model in PyTorch.
        hints: whether it takes them.

    Raises:
        ValueError: it is too far, or its logits are.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    random = torch.Generator().manual_seed(0)
    reference = OnnxGraph(loaded.network, _outputs(loaded.network), loaded.temperature)
    largest = 0.0
    for shape in _CHECKED:
        inputs = _example(shape, hints, random)
        found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        for name, ours, theirs in zip(
            ("ab", "logits"), reference(*inputs.values()), found, strict=False
        ):
            away = float((ours - torch.from_numpy(theirs)).abs().max())
            allowed = LARGEST_DIFFERENCE
            if name == "logits":
                allowed = LARGEST_LOGIT_DIFFERENCE * float(ours.abs().max())
            else:
                largest = max(largest, away)
            if not away <= allowed:  # nor where it is not a number
                raise ValueError(
                    f"refused: at {shape[1]} x {shape[2]} pixels the ONNX model's {name} is up to "
                    f"{away:.3g} away from PyTorch's, more than {allowed:.3g}; please report it "
                    "with the versions of torch, onnx and onnxruntime"
                )
    return largest


def _translate(graph: OnnxGraph, hints: bool) -> Any:
    """Translate a graph to an ``onnx.ModelProto``."""
    example = _example(_TRACED, hints, torch.Generator().manual_seed(0))
    sides = {0: "batch", 2: "height", 3: "width"}
    sizes = {axis: torch.export.Dim(name) for axis, name in sides.items()}
    with _quietly():
        program = torch.onnx.export(
            graph,
            tuple(example.values()),
            dynamo=True,
            dynamic_shapes=(sizes,) * len(example),
            input_names=list(example),
            output_names=["ab", "logits"][: 2 if graph.outputs == BIN_COUNT else 1],
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    onnx_model = program.model_proto
    stride = graph.network.stride
    for output in onnx_model.graph.output:
        for axis, name in ((2, "height"), (3, "width")):
            side = f"{name}/{stride}" if stride > 1 else name
            output.type.tensor_type.shape.dim[axis].dim_param = side
    return onnx_model


def _example(
    shape: tuple[int, int, int], hints: bool, random: torch.Generator
) -> dict[str, Tensor]:
    """Make photos of noise; every other one has hints, if any are asked for."""
    photos, height, width = shape
    lightness = 100.0 * torch.rand(photos, 1, height, width, generator=random)
    if not hints:
        return {"lightness": lightness}
    ab = 160.0 * torch.rand(photos, 2, height, width, generator=random) - 80.0
    mask = (torch.rand(photos, 1, height, width, generator=random) < 0.01).float()
    mask[1::2] = 0.0
    return {"lightness": lightness, "hints": torch.cat((ab * mask, mask), 1)}


def _outputs(network: Network) -> int:
    """Count the outputs: 313 for logits, 2 for ab."""
    with torch.inference_mode():
        side = network.multiple
        return network.eval()(torch.full((1, 1, side, side), 50.0)).shape[1]


def _metadata(
    loaded: LoadedModel, weights: Path, outputs: int, hints: bool, difference: float
) -> dict[str, str]:
    stride = loaded.network.stride
    sidecar = read_sidecar(sidecar_of(weights))
    said = {
        "model": loaded.name,
        "paper": model_entry(loaded.name).paper,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "licence": sidecar.get("licence", "of the weights: not stated; of the code: Apache-2.0"),
        "version": version("colorize"),
        "input lightness": "float32 (batch, 1, height, width): L of CIELAB (D65, from sRGB) in "
        f"0..100, the photo scaled to a short side of about {loaded.size} pixels",
        "output ab": f"float32 (batch, 2, height // {stride}, width // {stride}): a and b of "
        "CIELAB; scale it to the photo's size and join it with the photo's own L",
        "size": str(loaded.size),
        "stride": str(stride),
        "largest_difference": f"{difference:.3g} from PyTorch's ab, in Lab's units",
    }
    if hints:
        said["input hints"] = (
            "float32 (batch, 3, height, width): a, b and a mask, 1 where a colour is given and "
            "0 elsewhere; all 0 for no hints"
        )
    if outputs == BIN_COUNT:
        said["output logits"] = (
            f"float32 (batch, {BIN_COUNT}, height // {stride}, width // {stride}) over the bins; "
            "ab is the mean of the bins under softmax(logits / temperature)"
        )
        said["temperature"] = str(loaded.temperature)
        said["bins"] = json.dumps([[int(a), int(b)] for a, b in ab_bins().tolist()])
    return said


def _describe(onnx_model: Any, said: dict[str, str]) -> None:
    from onnx import helper

    onnx_model.producer_name = "colorize"
    onnx_model.producer_version = version("colorize")
    onnx_model.doc_string = "Colorizes photographs: lightness in, ab out. See the metadata."
    helper.set_model_props(onnx_model, {_PREFIX + name: text for name, text in said.items()})


def _require(*packages: str) -> None:
    for package in packages:
        try:
            import_module(package)
        except ImportError as error:
            raise ImportError(
                f"export needs {package}, not installed: pip install 'colorize[export]'"
            ) from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence the exporter's notes on its own workings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
