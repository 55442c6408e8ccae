"""``colorize train``: what it passes on, and what it shows."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from colorize_core.cli.app import app
from colorize_core.cli.train_command import _Display
from colorize_core.evaluation.report import Figures, Report
from colorize_core.training import StepReport, TrainingConfig
from colorize_core.training.beginning import photographs_of
from colorize_core.training.settings import settings_of


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


def test_options_come_before_the_presets_settings_even_where_they_are_the_defaults(mocker):
    train = mocker.patch("colorize_core.training.loop.train", return_value=Path("w"))
    words = ["train", "photos", "--preset", "eccv16-paper", "--batch", "32", "--held-out", "3"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    config = train.call_args.args[0]
    assert config == TrainingConfig.of_preset("eccv16-paper", ["photos"], batch=32, held_out=3)
    assert (config.batch, config.crop, config.rate) == (32, 176, 3e-5)


def test_without_a_preset_the_defaults_are_the_settings_own(mocker):
    train = mocker.patch("colorize_core.training.loop.train", return_value=Path("w"))
    assert CliRunner().invoke(app, ["train", "photos"]).exit_code == 0
    assert train.call_args.args[0] == TrainingConfig(["photos"])


def test_a_rank_that_does_not_lead_says_nothing(mocker, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    train = mocker.patch("colorize_core.training.loop.train", return_value=Path("w"))
    result = CliRunner().invoke(app, ["train", "photos"])
    train.call_args.args[1](StepReport(1, 10, 3.0, 32, notes=("a warning",)))
    assert result.output == ""


def test_evaluation_takes_the_photographs_that_training_held_out(mocker, photos):
    figures = Figures(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, None)
    report = Report(1, 256, 0, figures, figures, figures)
    target = "colorize_core.evaluation.evaluate.evaluate"
    evaluate = mocker.patch(target, return_value=report)
    words = ["evaluate", str(photos), "--held-out", "1", "--no-recognise"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    _, held_out = photographs_of(TrainingConfig([str(photos)], held_out=1))
    assert evaluate.call_args.args[1] == list(held_out)


def test_notes_are_shown_before_the_first_step_and_after(capsys):
    with _Display() as display:
        display(StepReport(0, 10, 1.5, 0, notes=("sanity: passed [at once]",)))
        display(StepReport(1, 10, 3.0, 32))
        display(StepReport(2, 10, 3.0, 64, notes=("Warning: the network waits",)))
    shown = capsys.readouterr().err
    assert "sanity: passed [at once]\n" in shown
    assert "Warning: the network waits\n" in shown
    # The loss of the sanity check is none of the run's.
    assert display.loss == 3.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "-1"), "Invalid value for '--rate': -1.0 is not in the range x>=0."),
        (("--ema", "2"), "Invalid value for '--ema': 2.0 is not in the range 0<=x<1."),
        (("--warm-up", "-5"), "Invalid value for '--warm-up': -5 is not in the range x>=0."),
        (("--size", "-3"), "Invalid value for '--size': -3 is not in the range 32<=x<=2048."),
        (("--encoder-rate", "nan"), "Error: --encoder-rate must be at least 0; got nan"),
        (("--shift", "inf"), "Error: --shift must be finite; got inf"),
        (("--crop", "100"), "Error: --crop must be at least 8 and a multiple of 8; got 100"),
        (("--held-out", "1", "--validation", "b"), "Error: --held-out takes the place of"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_as_an_option(words, said):
    result = CliRunner().invoke(app, ["train", "photos", *words])
    assert result.exit_code != 0
    assert said in result.output


def test_options_are_those_that_the_settings_tell_of():
    listed = CliRunner().invoke(app, ["train", "--help"], terminal_width=200).output
    for name, setting in settings_of(TrainingConfig).items():
        option = setting.option or name.replace("_", "-")
        assert (f"--{option} " in listed) == (setting.option != ""), name
        assert setting.option == "" or " ".join(setting.help.split()) in " ".join(listed.split())
