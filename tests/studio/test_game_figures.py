"""The share of fooled answers and its bootstrap interval."""

import numpy as np
import pytest
import scipy.stats

from gradio_demo.game.answers import Counted
from gradio_demo.game.figures import bootstrap_shares, figures, numbered


def answers(fooled, visitors=None, pictures=None, model="lite") -> list[Counted]:
    visitors = range(len(fooled)) if visitors is None else visitors
    pictures = range(len(fooled)) if pictures is None else pictures
    return [
        Counted(model, "0" * 64, f"v{visitor}", f"p{picture}", bool(answer))
        for answer, visitor, picture in zip(fooled, visitors, pictures, strict=True)
    ]


def test_the_share_is_that_of_the_fooled():
    (figure,) = figures(answers([1, 0, 0, 1, 0], visitors=[0, 0, 1, 1, 1]))
    assert figure.fooled == pytest.approx(0.4)
    assert (figure.answers, figure.visitors, figure.pictures) == (5, 2, 5)
    assert figure.low <= figure.fooled <= figure.high


def test_models_and_weights_are_kept_apart():
    mixed = answers([1, 0], model="lite") + answers([0, 0], model="eccv16")
    mixed.append(Counted("lite", "1" * 64, "v0", "p9", True))
    assert [(f.model, f.weights[0], f.fooled) for f in figures(mixed)] == [
        ("eccv16", "0", 0.0),
        ("lite", "0", 0.5),
        ("lite", "1", 1.0),
    ]


def test_no_answers_have_no_figure():
    assert figures([]) == []


@pytest.mark.parametrize("fooled", [[1], [0, 0, 0, 0]])
def test_where_resampling_tells_nothing_there_is_no_interval(fooled):
    (figure,) = figures(answers(fooled))
    assert (figure.low, figure.high, figure.standard_error) == (None, None, None)
    assert "too few or too equal" in figure.in_words()


@pytest.mark.parametrize("alike", ["visitors", "pictures"])
def test_with_one_picture_or_one_visitor_it_is_scipys_bootstrap_of_the_mean(alike):
    fooled = (np.random.default_rng(1).random(150) < 0.35).astype(float)
    (figure,) = figures(answers(fooled, **{alike: [0] * 150}))
    peer = scipy.stats.bootstrap(
        (fooled,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(0)
    )
    assert figure.low == pytest.approx(peer.confidence_interval.low, abs=0.015)
    assert figure.high == pytest.approx(peer.confidence_interval.high, abs=0.015)
    assert figure.standard_error == pytest.approx(peer.standard_error, rel=0.1)


def test_answers_of_one_visitor_are_not_taken_for_many():
    fooled = np.repeat([1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 20)  # who is fooled once is fooled always
    pictures = np.tile(np.arange(20), 6)
    clustered = bootstrap_shares(fooled, np.repeat(np.arange(6), 20), pictures)
    assert clustered.std() == pytest.approx(np.sqrt((1 / 3) * (2 / 3) / 6), rel=0.1)
    assert clustered.std() > 3 * np.sqrt((1 / 3) * (2 / 3) / 120)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(2)
    visitors, pictures = np.divmod(np.arange(15 * 12), 12)
    held = 0
    for trial in range(120):
        eye = random.normal(0, 0.8, 15)[visitors]
        ease = random.normal(0, 0.8, 12)[pictures]
        fooled = (eye + ease + random.normal(0, 1, len(visitors)) > 0.0).astype(float)
        shares = bootstrap_shares(fooled, visitors, pictures, 300, seed=trial)
        low, high = np.quantile(shares, (0.025, 0.975))
        held += low <= 0.5 <= high  # symmetric about zero: half are fooled
    assert held >= 0.88 * 120


def test_draws_that_hold_no_answer_are_left_out():
    shares = bootstrap_shares(np.array([1.0, 0.0]), np.array([0, 1]), np.array([0, 1]), 400)
    assert 0 < len(shares) < 400
    assert np.isfinite(shares).all()


def test_names_become_numbers_without_gaps():
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]


def test_the_words_have_the_figures():
    (figure,) = figures(answers([1, 0, 0, 0], visitors=[0, 0, 0, 0]))
    words = figure.in_words()
    assert words.startswith("lite (00000000): taken for real in 25.0 % of 4 answers; 95 % interval")
    assert words.endswith("1 visitor, 4 pictures")
