import json

import pytest
import skimage.data
import torch
from click.testing import CliRunner
from PIL import Image

from colorize_core.cli.evaluate_command import command
from colorize_core.color import rgb_to_lab
from colorize_core.data import Photographs
from colorize_core.engine import Colorizer
from colorize_core.evaluation.classifier import Classifier
from colorize_core.evaluation.contact_sheet import contact_sheet
from colorize_core.evaluation.evaluate import evaluate, true_hints


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "chelsea", "coffee"):
        Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def report(photos, lite_weights):
    classifier = Classifier(torch.device("cpu"))
    return evaluate(Colorizer(lite_weights), Photographs([photos]), size=96, classifier=classifier)


def test_the_truth_is_perfect(report):
    truth = report.truth
    assert truth.auc_raw == truth.auc_rebalanced == pytest.approx(100)
    assert truth.psnr is None
    assert truth.recognised == 100


def test_grey_has_no_chroma_and_the_error_of_the_truths_chroma(report):
    assert report.grey.chroma == 0
    assert report.grey.colourfulness < 1
    # Thresholds are whole numbers, half a step above the errors on average; and chroma is a mean
    # over photos, the area one over pixels.
    expected = 100 * (150.5 - report.truth.chroma) / 151
    assert report.grey.auc_raw == pytest.approx(expected, abs=1.0)


def test_the_colorized_are_neither(report):
    assert report.colorized.chroma > 0
    assert report.colorized.auc_raw < 100


def test_no_colour_at_all_scores_as_grey_does(photos, lite_weights):
    from colorize_core.engine import ColorizeOptions

    report = evaluate(
        Colorizer(lite_weights),
        Photographs([photos]),
        size=64,
        options=ColorizeOptions(saturation=0.0),
    )
    assert report.colorized.auc_raw == pytest.approx(report.grey.auc_raw)
    assert report.colorized.psnr == pytest.approx(report.grey.psnr, abs=0.05)


def test_true_hints_show_the_true_colours():
    rgb = torch.from_numpy(skimage.data.coffee()).permute(2, 0, 1)[None].float() / 255
    lab = rgb_to_lab(rgb)
    hints = true_hints(lab, 10, seed=3)
    assert len(hints) == 10
    assert hints == true_hints(lab, 10, seed=3) != true_hints(lab, 10, seed=4)
    for hint in hints:
        near = lab[0, 1:, max(0, hint.y - 3) : hint.y + 4, max(0, hint.x - 3) : hint.x + 4]
        assert torch.dist(torch.from_numpy(hint.ab), near.mean((1, 2))) < 1.5


def test_hints_reach_the_network(photos, lite_weights, mocker):
    colorizer = Colorizer(lite_weights)
    spy = mocker.spy(colorizer.network, "forward")
    evaluate(colorizer, Photographs([photos])[:1], size=64, hints=10)
    mask = spy.call_args.args[1][0, 2]
    # The photo of 64 pixels is seen at 256, where a hint's single pixel covers about 4 x 4.
    assert 10 <= mask.sum() <= 10 * 32


def test_the_classifier_knows_the_cat():
    cat = torch.from_numpy(skimage.data.chelsea()).permute(2, 0, 1)[None] / 255
    # ImageNet: 281 tabby, 282 tiger cat, 285 Egyptian cat.
    assert Classifier(torch.device("cpu"))(cat).item() in (281, 282, 285)


def test_the_command_writes_figures_and_a_sheet(photos, lite_weights, tmp_path):
    figures, sheet = tmp_path / "figures.json", tmp_path / "sheet.png"
    arguments = [str(photos), "-m", str(lite_weights), "--size", "64", "--limit", "2"]
    result = CliRunner().invoke(
        command, [*arguments, "--json", str(figures), "--sheet", str(sheet), "--no-recognise"]
    )
    assert result.exit_code == 0, result.output
    assert "AuC rebalanced" in result.output
    assert "above grey" in result.output
    content = json.loads(figures.read_text())
    assert content["photos"] == 2
    assert content["truth"]["psnr"] is None
    assert content["grey"]["chroma"] == 0
    with Image.open(sheet) as image:
        assert image.width == 2 * (3 * 160 + 4)


def test_a_contact_sheet_shows_every_version_in_its_order():
    colors = ("black", "red", "white")
    versions = [Image.new("RGB", (30, 20), color) for color in colors]
    sheet = contact_sheet([versions] * 3, side=10, columns=2)
    assert sheet.size == (2 * 34, 2 * 14)
    assert [sheet.getpixel((x, 5)) for x in (5, 15, 25)] == [
        (0, 0, 0),
        (255, 0, 0),
        (255, 255, 255),
    ]
