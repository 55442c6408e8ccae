"""``colorize train``: what it passes on, and what it shows."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from colorize_core.cli.app import app
from colorize_core.cli.train_command import _Display
from colorize_core.training.loop import Progress


@pytest.mark.parametrize(
    ("words", "prior", "sanity"),
    [((), None, False), (("--sanity", "--prior", "p.json"), "p.json", True)],
)
def test_the_prior_and_the_sanity_check_are_asked_for_by_option(mocker, words, prior, sanity):
    train = mocker.patch("colorize_core.training.loop.train", return_value=Path("w"))
    result = CliRunner().invoke(app, ["train", "photos", *words])
    assert result.exit_code == 0, result.output
    config = train.call_args.args[0]
    assert (config.prior, config.sanity) == (prior, sanity)


def test_notes_are_shown_before_the_first_step_and_after(capsys):
    with _Display() as display:
        display(Progress(0, 10, 1.5, 0, notes=("sanity: passed [at once]",)))
        display(Progress(1, 10, 3.0, 32))
        display(Progress(2, 10, 3.0, 64, notes=("Warning: the network waits",)))
    shown = capsys.readouterr().err
    assert "sanity: passed [at once]\n" in shown
    assert "Warning: the network waits\n" in shown
    # The loss of the sanity check is none of the run's.
    assert display.loss == 3.0
