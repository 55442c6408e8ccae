"""The model card: what programs read in it, and that its figures are the documented ones."""

import json
import re
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from colorize_core.models.registry import model_entry
from colorize_core.sharing.card import MADE, card_of, figures_of, licence_id, write_card

DOCUMENTED = Path(__file__).parents[2] / "docs/lite.md"
COLUMNS = {"photos": 1, "auc_raw_above_grey": 2, "auc_rebalanced_above_grey": 3}
COLUMNS |= {"chroma_of_truth": 4, "psnr": 5}
ROWS = {"photos": "varied photographs", "people": "people", "objects": "objects and animals"}


@pytest.fixture(scope="module")
def sidecar():
    return json.loads(model_entry("lite").sidecar.read_text("utf-8"))


@pytest.fixture
def card(sidecar, tmp_path):
    """The card of lite, as the hub's library reads it."""
    (tmp_path / "README.md").write_text(card_of(sidecar), "utf-8")
    return ModelCard.load(tmp_path / "README.md")


def documented():
    """The figures of docs/lite.md, by row and column."""
    lines = DOCUMENTED.read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:2] == "| "]
    first = next(number for number, row in enumerate(rows) if "rebalanced" in row)
    return {row[0]: row for row in rows[first:] if row[0] in ROWS.values() and len(row) == 7}


def test_programs_can_read_it(card):
    assert card.data.library_name == "colorize"
    assert card.data.pipeline_tag == "image-to-image"
    assert card.data.license == "apache-2.0"
    assert "tiny-imagenet" in card.data.datasets


def test_its_figures_are_those_of_the_documentation(card):
    table = documented()
    assert card.data.eval_results
    checked = 0
    for result in card.data.eval_results:
        row = table[ROWS[result.dataset_name.split(" ")[0]]]
        if result.metric_type in COLUMNS:
            assert float(row[COLUMNS[result.metric_type]]) == result.metric_value
            assert f"({row[1]})" in result.dataset_name
            checked += 1
    assert checked == 10


def test_people_can_read_the_same_figures(card, sidecar):
    rows = [line for line in card.text.splitlines() if line.startswith("| photos | 200 |")]
    columns = "auc_raw_above_grey", "auc_rebalanced_above_grey", "chroma_of_truth"
    expected = [sidecar["figures"]["photos"][name] for name in columns]
    assert [float(figure) for figure in re.findall(r"[\d.]+", rows[0])[1:4]] == expected


def test_a_card_of_weights_that_nobody_measured_has_no_figures(tmp_path):
    (tmp_path / "README.md").write_text(card_of({"model": "lite"}), "utf-8")
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.license == "unknown"
    assert card.data.eval_results is None
    assert "## Figures" not in card.text


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        (None, "unknown"),
        ("CC-BY-4.0", "cc-by-4.0"),
        ("BSD 2-Clause, (c) Ann", "bsd-2-clause"),
        ("Apache-2.0; trained on photographs", "apache-2.0"),
        ("ask Ann", "other"),
    ],
)
def test_licences_have_the_hubs_names(licence, known):
    assert licence_id(licence) == known


def test_what_people_have_written_stays(tmp_path):
    write_card(tmp_path, {"model": "lite", "temperature": 0.5})
    write_card(tmp_path, {"model": "lite", "temperature": 0.7})
    assert "| decoded at T | 0.7 |" in (tmp_path / "README.md").read_text("utf-8")
    (tmp_path / "README.md").write_text("My own words.")
    write_card(tmp_path, {"model": "lite"})
    assert (tmp_path / "README.md").read_text() == "My own words."


def test_a_card_says_that_it_is_made(sidecar):
    assert MADE in card_of(sidecar)


def test_figures_come_from_an_evaluation():
    version = {"auc_raw": 88.0, "auc_rebalanced": 66.0, "chroma": 9.0, "psnr": 22.126}
    grey = version | {"auc_raw": 87.5, "auc_rebalanced": 60.0}
    truth = version | {"chroma": 10.0}
    versions = {"grey": grey, "colorized": version | {"recognised": None}, "truth": truth}
    figures = figures_of({"photos": 7, "size": 256, **versions})
    assert figures["photos"] == {
        "photos": 7,
        "auc_raw_above_grey": 0.5,
        "auc_rebalanced_above_grey": 6.0,
        "chroma_of_truth": 0.9,
        "psnr": 22.13,
    }
    with pytest.raises(ValueError, match="not figures of an evaluation: 'grey' is missing"):
        figures_of({})
