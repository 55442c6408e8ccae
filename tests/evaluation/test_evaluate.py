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
    assert report.grey.colorfulness < 1
    # Thresholds are whole numbers, half a step above the errors on average; and chroma is a mean
    # over photos, the area one over pixels.
    expected = 100 * (150.5 - report.truth.chroma) / 151
    assert report.grey.auc_raw == pytest.approx(expected, abs=1.0)


def test_the_colorized_are_neither(report):
    assert report.colorized.chroma > 0
    assert report.colorized.auc_raw < 100


def test_no_color_at_all_scores_as_grey_does(photos, lite_weights):
    from colorize_core.engine import ColorizeOptions

    report = evaluate(
        Colorizer(lite_weights),
        Photographs([photos]),
        size=64,
        options=ColorizeOptions(saturation=0.0),
    )
    assert report.colorized.auc_raw == pytest.approx(report.grey.auc_raw)
    assert report.colorized.psnr == pytest.approx(report.grey.psnr, abs=0.05)


def test_true_hints_show_the_true_colors():
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


class Knows:
    """A classifier that takes what is grey for a tench and what has colour for a tabby."""

    def __call__(self, pictures):
        spread = pictures.amax(1) - pictures.amin(1)
        return torch.where(spread.mean((1, 2)) > 0.01, 281, 0)


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    for number, wordnet in enumerate(("n01440764", "n02123045", "n02123045")):
        Image.fromarray(skimage.data.chelsea()).save(folder / f"{wordnet}_{number}.png")
    return folder


def test_with_true_classes_the_truth_is_recognised_as_often_as_the_classifier_is_right(
    named, lite_weights
):
    photographs = Photographs([named])
    report = evaluate(
        Colorizer(lite_weights), photographs, size=64, classifier=Knows(), classes=[0, 281, 281]
    )
    assert report.grey.recognised == pytest.approx(100 / 3)
    assert report.truth.recognised == report.colorized.recognised == pytest.approx(200 / 3)
    assert report.recovered == pytest.approx(100)


@pytest.mark.parametrize(
    ("words", "truth", "by"),
    [((), 200 / 3, "classes of the photos' names"), (("--labels", "answers"), 100, "answers")],
)
def test_names_that_are_wordnet_ids_are_what_is_to_be_recognised(
    named, lite_weights, tmp_path, mocker, words, truth, by
):
    mocker.patch("colorize_core.evaluation.classifier.Classifier", return_value=Knows())
    figures = tmp_path / "figures.json"
    arguments = [str(named), "-m", str(lite_weights), "--size", "64", "--json", str(figures)]
    result = CliRunner().invoke(command, [*arguments, *words])
    assert result.exit_code == 0, result.output
    assert f"recognised: by the {by}" in result.output
    assert json.loads(figures.read_text())["truth"]["recognised"] == pytest.approx(truth)


def test_the_classifier_says_281_to_a_tabby_and_its_name_does_too():
    from colorize_core.evaluation.classes import imagenet_classes

    cat = torch.from_numpy(skimage.data.chelsea()).permute(2, 0, 1)[None] / 255
    tabby_tiger_egyptian = [imagenet_classes()[f"n0212{n}"] for n in ("3045", "3159", "4075")]
    assert Classifier(torch.device("cpu"))(cat).item() in tabby_tiger_egyptian


def test_the_ab_error_of_grey_is_the_truths_chroma(report):
    assert report.grey.ab_error == pytest.approx(report.truth.chroma)
    assert report.truth.ab_error == 0


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    for name, source in (("cats-1", "chelsea"), ("cats-2", "chelsea"), ("cups-1", "coffee")):
        Image.fromarray(getattr(skimage.data, source)()).save(folder / f"{name}.png")
    return folder


def test_groups_are_reported_as_they_would_be_alone(kinds, lite_weights):
    from colorize_core.evaluation.classes import kind_of

    colorizer, photographs = Colorizer(lite_weights), Photographs([kinds])
    report = evaluate(colorizer, photographs, size=64, groupings={"kind": kind_of})
    alone = evaluate(colorizer, photographs[:2], size=64)
    assert report.photos == 3
    assert set(report.groups["kind"]) == {"cats", "cups"}
    assert report.groups["kind"]["cats"] == alone


def test_the_command_takes_a_half_and_shows_groups(kinds, lite_weights, tmp_path):
    figures = tmp_path / "figures.json"
    arguments = [str(kinds), "-m", str(lite_weights), "--size", "64", "--json", str(figures)]
    words = ["--no-recognise", "--half", "choosing", "--by", "kind", "--by", "place"]
    result = CliRunner().invoke(command, [*arguments, *words])
    assert result.exit_code == 0, result.output
    assert "the half for choosing" in result.output
    content = json.loads(figures.read_text())
    assert content["half"] == "choosing"
    assert content["photos"] == 2
    assert {n: g["photos"] for n, g in content["groups"]["kind"].items()} == {"cats": 1, "cups": 1}
    assert content["groups"]["place"][str(kinds)]["photos"] == 2
    assert content["groups"]["kind"]["cats"]["auc_raw_above_grey"] == pytest.approx(
        content["groups"]["kind"]["cats"]["colorized"]["auc_raw"]
        - content["groups"]["kind"]["cats"]["grey"]["auc_raw"]
    )


@pytest.fixture(scope="module")
def of_aged(kinds, lite_weights):
    from colorize_core.evaluation.aged import AGEINGS

    ageings = {name: AGEINGS[name] for name in ("grain 12", "orthochromatic")}
    nothing = {"nothing": lambda rgb, seed: rgb_to_lab(rgb)[:, :1]}
    colorizer, photographs = Colorizer(lite_weights), Photographs([kinds])
    return evaluate(colorizer, photographs, size=64, ageings=nothing | ageings)


def test_a_print_that_has_not_aged_is_colorized_as_the_photo_is(of_aged):
    same = of_aged.aged["nothing"]
    # But for the rounding of its lightness to a file's greys, of which random weights make much.
    assert same.ab_error == pytest.approx(of_aged.colorized.ab_error, rel=0.05)


def test_an_aged_print_that_stays_grey_errs_by_the_photos_own_chroma(kinds, lite_weights):
    from colorize_core.engine import ColorizeOptions
    from colorize_core.evaluation.aged import AGEINGS

    report = evaluate(
        Colorizer(lite_weights),
        Photographs([kinds])[:1],
        size=64,
        options=ColorizeOptions(saturation=0.0),
        ageings=AGEINGS,
    )
    for version in report.aged.values():
        assert version.ab_error == pytest.approx(report.truth.chroma)


def test_the_grain_of_a_photo_is_the_same_in_every_set(kinds, lite_weights, of_aged):
    seeds = {}

    def note(rgb, seed):
        seeds.setdefault(seed, 0)
        seeds[seed] += 1
        return rgb_to_lab(rgb)[:, :1]

    colorizer, photographs = Colorizer(lite_weights), Photographs([kinds])
    evaluate(colorizer, photographs, size=64, ageings={"note": note})
    evaluate(colorizer, photographs[1:], size=64, ageings={"note": note})
    assert sorted(seeds.values()) == [1, 2, 2]


def test_the_command_shows_aged_prints_beside_the_clean(kinds, lite_weights, tmp_path):
    figures = tmp_path / "figures.json"
    arguments = [str(kinds), "-m", str(lite_weights), "--size", "64", "--json", str(figures)]
    result = CliRunner().invoke(command, [*arguments, "--aged", "--no-recognise", "--limit", "1"])
    assert result.exit_code == 0, result.output
    assert "left grey, the ab error is" in result.output
    content = json.loads(figures.read_text())
    conditions = ["blur 1.5", "blur 3", "grain 12", "faded to 60 %", "orthochromatic"]
    assert list(content["aged"]) == [*conditions, "all together"]
    aged = content["aged"]["blur 3"]
    assert aged["error_ratio"] == pytest.approx(aged["ab_error"] / content["colorized"]["ab_error"])


@pytest.mark.parametrize("words", [(), ("--as-is",)])
def test_the_command_shows_lightness_stretched_or_as_it_is(
    kinds, lite_weights, tmp_path, mocker, words
):
    colorize = mocker.spy(Colorizer, "predict")
    figures = tmp_path / "figures.json"
    arguments = [str(kinds), "-m", str(lite_weights), "--size", "64", "--json", str(figures)]
    arguments += ["--no-recognise", "--limit", "1"]
    assert CliRunner().invoke(command, [*arguments, *words]).exit_code == 0
    assert colorize.call_args.args[2].as_is == bool(words)
    assert json.loads(figures.read_text())["as_is"] == bool(words)
