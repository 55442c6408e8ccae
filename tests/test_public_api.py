"""The names that Python has, and what importing them costs."""

import subprocess
import sys

import numpy as np
import pytest

import colorize_core


def test_dir_shows_what_there_is():
    assert set(dir(colorize_core)) == {*colorize_core.__all__, "__version__"}
    assert {"colorize", "Colorizer", "rgb_to_lab", "lab_to_rgb", "Lite", "Eccv16"} <= set(
        dir(colorize_core)
    )


@pytest.mark.parametrize("name", colorize_core.__all__)
def test_every_name_is_there(name):
    assert getattr(colorize_core, name).__name__ == name


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'colourise'"):
        colorize_core.colourise  # noqa: B018


def test_importing_the_package_or_its_function_imports_nothing_heavy():
    code = (
        "import sys\nimport colorize_core\nfrom colorize_core import colorize\ndir(colorize_core)\n"
        "heavy = {'torch', 'numpy', 'PIL', 'skimage', 'scipy', 'typing_extensions'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_networks_are_public_and_can_be_built():
    import torch

    network = colorize_core.Lite(313).eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, 64, 64), None).shape == (1, 313, 16, 16)


def test_lab_is_public():
    white = colorize_core.rgb_to_lab(np.ones((1, 3)))
    assert white[0, 0] == pytest.approx(100.0)
    np.testing.assert_allclose(colorize_core.lab_to_rgb(white), 1.0, atol=1e-3)


def test_the_function_colorizes_from_file_to_file(color_image, lite_weights, tmp_path):
    color_image.convert("L").save(tmp_path / "in.jpg")
    image = colorize_core.colorize(tmp_path / "in.jpg", model=lite_weights, device="cpu")
    image.save(tmp_path / "out.jpg")
    assert colorize_core.read_photo(tmp_path / "out.jpg").pixels.shape == (36, 48, 3)


def test_options_are_refused_before_a_network_is_loaded():
    with pytest.raises(TypeError, match="no option 'saturate'"):
        colorize_core.colorize("in.jpg", model="nonsense", saturate=2.0)


@pytest.mark.parametrize("model", [None, 3, ["lite"]])
def test_models_that_are_no_name_or_path_are_refused(model):
    with pytest.raises(TypeError, match="model must be a registered name or the path of weights"):
        colorize_core.Colorizer(model)
