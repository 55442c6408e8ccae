import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from colorize_core.models import build_network
from colorize_core.models.files import export_weights, read_tensors, write_tensors
from colorize_core.models.loading import load_model


class Trap:
    """What an attacker would pickle: it makes a file when it is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def dump(content: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=2))


BOTH_PICKLES = pytest.mark.parametrize("save", [torch.save, dump])


@pytest.fixture(scope="module")
def tensors(lite_weights: Path) -> dict[str, torch.Tensor]:
    return load_file(lite_weights)


def refusal(path: Path) -> str:
    """The message that loading is refused with; it names the file."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- each test looks at the message
        load_model(path)
    assert str(path) in str(caught.value)
    return str(caught.value).replace(str(path), "")  # pytest puts the test's name into the path


def test_exported_weights_come_back_within_half_precision(tmp_path):
    torch.manual_seed(3)
    network = build_network("lite")
    path = tmp_path / "weights.safetensors"
    export_weights(path, network.state_dict(), {})
    loaded = load_model(path).network.state_dict()
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(loaded[name], tensor, rtol=2**-11, atol=1e-7)


def test_exported_floats_are_half_precision(tensors):
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}


def test_loaded_networks_compute_in_single_precision(lite_weights):
    network = load_model(lite_weights).network
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


def test_metadata_comes_back(tmp_path):
    write_tensors(tmp_path / "x.safetensors", {"a": torch.ones(2)}, {"licence": "free"})
    assert read_tensors(tmp_path / "x.safetensors")[1] == {"licence": "free"}


def test_the_network_is_read_off_the_file(eccv16_weights):
    assert load_model(eccv16_weights).name == "eccv16"


def test_the_number_of_outputs_is_read_off_the_file(regression_weights):
    assert load_model(regression_weights).network.state_dict()["head.weight"].shape[0] == 2


def test_paths_may_be_strings(lite_weights):
    assert load_model(str(lite_weights)).name == "lite"


def test_the_averaged_weights_of_a_checkpoint_are_taken(tensors, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    averaged = {f"ema/{name}": tensor for name, tensor in tensors.items()}
    raw = {f"model/{name}": torch.zeros_like(tensor) for name, tensor in tensors.items()}
    save_file(averaged | raw, path)
    torch.testing.assert_close(
        load_model(path).network.state_dict()["head.weight"].half().detach(), tensors["head.weight"]
    )


def test_temperature_and_size_come_from_the_sidecar(tensors, tmp_path):
    save_file(tensors, tmp_path / "tuned.safetensors")
    (tmp_path / "tuned.json").write_text(json.dumps({"temperature": 0.5, "size": 320}))
    loaded = load_model(tmp_path / "tuned.safetensors")
    assert (loaded.temperature, loaded.size) == (0.5, 320)


def test_without_a_sidecar_the_temperature_is_the_papers(lite_weights):
    assert load_model(lite_weights).temperature == 0.38


@pytest.mark.parametrize("legacy", [False, True])
def test_plain_state_dicts_of_pytorch_are_accepted(tensors, tmp_path, legacy):
    path = tmp_path / "plain.pth"
    torch.save(tensors, path, _use_new_zipfile_serialization=not legacy)
    torch.testing.assert_close(
        load_model(path).network.state_dict()["head.weight"].half().detach(), tensors["head.weight"]
    )


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_random_bytes_are_refused(tmp_path, suffix):
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(torch.randint(256, (5000,), dtype=torch.uint8).numpy().tobytes())
    refusal(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_empty_files_are_refused(tmp_path, suffix):
    path = tmp_path / f"empty{suffix}"
    path.touch()
    refusal(path)


def test_truncated_safetensors_are_refused(lite_weights, tmp_path):
    path = tmp_path / "half.safetensors"
    content = lite_weights.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("legacy", [False, True])
def test_truncated_state_dicts_are_refused(tmp_path, legacy):
    path = tmp_path / "half.pth"
    torch.save({"a": torch.ones(1000)}, path, _use_new_zipfile_serialization=not legacy)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in refusal(path)


def test_damaged_names_in_old_state_dicts_are_refused(tmp_path):
    # The reader of pickles fails on these with a UnicodeDecodeError.
    path = tmp_path / "names.pth"
    torch.save({"weight": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(b"weight", b"\xff\xfeight"))
    assert "damaged" in refusal(path)


def test_weights_of_another_architecture_are_refused_with_those_known(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"layer1.weight": torch.ones(3, 3)}, path)
    message = refusal(path)
    assert "another architecture" in message
    assert "lite, eccv16" in message


def test_a_number_of_outputs_that_no_network_has_is_refused(tensors, tmp_path):
    path = tmp_path / "classifier.safetensors"
    save_file(tensors | {"head.weight": torch.zeros(1000, 96, 1, 1)}, path)
    assert "another architecture" in refusal(path)


def test_a_scalar_in_place_of_the_last_layer_is_refused(tensors, tmp_path):
    path = tmp_path / "scalar.safetensors"
    save_file(tensors | {"head.weight": torch.tensor(1.0)}, path)
    assert "another architecture" in refusal(path)


def test_wrong_shapes_are_refused(tensors, tmp_path):
    path = tmp_path / "shape.safetensors"
    save_file(tensors | {"squeeze.weight": torch.zeros(7, 7)}, path)
    assert "squeeze.weight" in refusal(path)


def test_missing_tensors_are_refused(tensors, tmp_path):
    path = tmp_path / "missing.safetensors"
    save_file({name: t for name, t in tensors.items() if name != "scene.bias"}, path)
    assert "scene.bias" in refusal(path)


def test_tensors_too_many_are_refused(tensors, tmp_path):
    path = tmp_path / "more.safetensors"
    save_file(tensors | {"stranger": torch.ones(1)}, path)
    assert "stranger" in refusal(path)


def test_objects_other_than_tensors_are_refused(tmp_path):
    path = tmp_path / "numbers.pth"
    torch.save({"epoch": 3}, path)
    assert "not a state dict of tensors" in refusal(path)


@BOTH_PICKLES
@pytest.mark.parametrize("suffix", [".pth", ".pt"])
def test_pickled_code_is_refused(tmp_path, save, suffix):
    path = tmp_path / f"trap{suffix}"
    save({"a": Trap(tmp_path / "sprung")}, path)
    assert "holds code" in refusal(path)


@BOTH_PICKLES
@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors", ".bin"])
def test_pickled_code_does_not_run(tmp_path, save, suffix):
    path = tmp_path / f"trap{suffix}"
    save({"a": Trap(tmp_path / "sprung")}, path)
    refusal(path)
    assert not (tmp_path / "sprung").exists()


def test_the_trap_of_these_tests_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


@BOTH_PICKLES
def test_pickles_renamed_to_safetensors_are_called_what_they_are(tmp_path, save):
    path = tmp_path / "renamed.safetensors"
    save({"a": torch.ones(2)}, path)
    assert "pickled" in refusal(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_missing_files_are_named(tmp_path, suffix):
    path = tmp_path / f"nowhere{suffix}"
    with pytest.raises(FileNotFoundError, match=rf"nowhere{suffix}: no such file"):
        load_model(path)


def test_unknown_models_are_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match=r"'vgg'.*lite, eccv16"):
        load_model("vgg")


def test_models_without_weights_say_what_to_do():
    with pytest.raises(FileNotFoundError, match=r"no weights for resnet.*or train some$"):
        load_model("resnet")


def test_failing_to_write_weights_keeps_the_old_file(tmp_path, mocker):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"old")
    mocker.patch("colorize_core.atomic.os.fsync", side_effect=OSError(28, "No space left"))
    with pytest.raises(OSError, match="No space left"):
        export_weights(path, {"a": torch.ones(2)}, {})
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(path.name, b"old")]


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_sidecars_that_make_no_sense_are_named(lite_weights, tmp_path, text):
    weights = tmp_path / "some.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    weights.with_suffix(".json").write_text(text)
    with pytest.raises(ValueError, match=r"some\.json: "):
        load_model(weights)


def test_the_sidecar_says_what_the_network_was_tuned_for(lite_weights, tmp_path):
    weights = tmp_path / "some.safetensors"
    weights.write_bytes(lite_weights.read_bytes())
    weights.with_suffix(".json").write_text('{"temperature": 0.7, "size": 192}')
    model = load_model(weights)
    assert (model.temperature, model.size) == (0.7, 192)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "not finite"),
        (float("inf"), "not finite"),
        (-float("inf"), "not finite"),
        (1e300, "not finite"),
        (1j, "complex64, no real numbers"),
        (True, "bool, no real numbers"),
    ],
)
def test_weights_that_are_no_finite_real_numbers_are_refused(lite_weights, tmp_path, value, said):
    tensors, _ = read_tensors(lite_weights)
    kind = {complex: torch.complex64, bool: torch.bool}.get(type(value), torch.float64)
    tensors["head.bias"] = tensors["head.bias"].to(kind)
    tensors["head.bias"][7] = value
    path = tmp_path / "damaged.safetensors"
    write_tensors(path, tensors, {})
    with pytest.raises(
        ValueError, match=rf"damaged\.safetensors: damaged: head\.bias holds.*{said}"
    ):
        load_model(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", value) for value in (None, "abc", 0, -1.0, 1.5, True, [0.4], 1e999)),
        *(("size", value) for value in (None, "256", 0, 64.5, 10**9, {})),
        *(("smallest", value) for value in (None, "64", 0, 64.5, 257, [])),
    ],
)
def test_a_sidecar_that_makes_no_sense_is_named(lite_weights, tmp_path, name, value):
    (tmp_path / "w.safetensors").write_bytes(lite_weights.read_bytes())
    (tmp_path / "w.json").write_text(json.dumps({name: value}))
    with pytest.raises(ValueError, match=rf"w\.json: the {name}( size)? must be .*; got "):
        load_model(tmp_path / "w.safetensors")
