"""``colorize visualize``."""

import pytest
import skimage.data
from click.testing import CliRunner
from PIL import Image

from colorize_core.cli.app import app
from colorize_core.color import uniform_prior
from colorize_core.training.logs import RunLogs
from colorize_core.training.prior import write_prior


def run(*arguments):
    return CliRunner().invoke(app, ["visualize", *map(str, arguments)])


def written(folder):
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        with Image.open(folder / name) as figure:
            figure.verify()
            assert figure.format == "PNG"
    return names


def test_a_prior_gives_two_figures(tmp_path):
    write_prior(tmp_path / "p.json", uniform_prior(), {})
    result = run("--prior", tmp_path / "p.json", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert written(tmp_path / "out") == ["class-weights.png", "prior.png"]


def test_a_run_gives_its_curves(tmp_path):
    logs = RunLogs(tmp_path, goes_on=False)
    for step in range(10, 1000, 10):
        logs.write("training", {"loss": 1 / step}, step)
    logs.close()
    result = run("--run", tmp_path, "-o", tmp_path / "new" / "out")
    assert result.exit_code == 0, result.output
    assert written(tmp_path / "new" / "out") == ["curves.png"]


def test_photos_give_an_entropy_map_and_a_strip_each(tmp_path, lite_weights):
    for name, place in (("coffee", "one"), ("coffee", "two"), ("rocket", "two")):
        (tmp_path / place).mkdir(exist_ok=True)
        Image.fromarray(getattr(skimage.data, name)()).save(tmp_path / place / f"{name}.png")
    places = (tmp_path / "one", tmp_path / "two")
    result = run(*places, "-m", lite_weights, "-o", tmp_path / "out", "-d", "cpu")
    assert result.exit_code == 0, result.output
    names = ("coffee", "coffee-2", "rocket")
    kinds = ("entropy", "temperatures")
    assert written(tmp_path / "out") == sorted(f"{n}-{kind}.png" for n in names for kind in kinds)


def test_the_number_of_photos_can_be_limited(tmp_path, lite_weights):
    for name in "abc":
        Image.new("RGB", (64, 48), "gray").save(tmp_path / f"{name}.png")
    run(tmp_path, "--limit", 1, "-m", lite_weights, "-o", tmp_path / "out", "-d", "cpu")
    assert written(tmp_path / "out") == ["a-entropy.png", "a-temperatures.png"]


def test_nothing_to_draw_is_a_wrong_use(tmp_path):
    result = run("-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "give PHOTOS, --prior or --run" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--prior", "--run"])
def test_what_is_not_there_is_named(tmp_path, option):
    result = run(option, tmp_path / "missing", "-o", tmp_path / "out")
    assert isinstance(result.exception, FileNotFoundError)
    assert "missing" in str(result.exception)
    assert not (tmp_path / "out").exists()
