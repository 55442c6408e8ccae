"""Learning curves: what a run writes and what is read back."""

import pytest
import skimage.data
from PIL import Image

from colorize_core.training import TrainingConfig, train
from colorize_core.training.logs import CURVES, RunLogs, read_curves


def test_curves_survive_their_file(tmp_path):
    logs = RunLogs(tmp_path, goes_on=False)
    logs.write("training", {"loss": 2.5, "rate": 0.1}, 10)
    logs.write("validation", {"chroma_ratio": 0.5}, 15)
    logs.write("training", {"loss": 1.5, "rate": 0.05}, 20)
    logs.close()
    assert read_curves(tmp_path) == {
        "training/loss": [(10, 2.5), (20, 1.5)],
        "training/rate": [(10, 0.1), (20, 0.05)],
        "validation/chroma_ratio": [(15, 0.5)],
    }


def test_steps_taken_again_count_once(tmp_path):
    for goes_on, steps, loss in ((False, (10, 20, 30), 3.0), (True, (20, 30, 40), 2.0)):
        logs = RunLogs(tmp_path, goes_on)
        for step in steps:
            logs.write("training", {"loss": loss}, step)
        logs.close()
    assert read_curves(tmp_path) == {"training/loss": [(10, 3.0), (20, 2.0), (30, 2.0), (40, 2.0)]}


def test_a_new_run_starts_new_curves(tmp_path):
    for loss in (3.0, 2.0):
        logs = RunLogs(tmp_path, goes_on=False)
        logs.write("training", {"loss": loss}, int(loss))
        logs.close()
    assert read_curves(tmp_path) == {"training/loss": [(2, 2.0)]}


def test_a_line_that_was_cut_off_is_passed_over(tmp_path):
    (tmp_path / CURVES).write_text('{"step": 10, "loss": 1.0}\n{"step": 20, "lo')
    assert read_curves(tmp_path) == {"loss": [(10, 1.0)]}


def test_what_is_missing_or_empty_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=CURVES):
        read_curves(tmp_path)
    (tmp_path / CURVES).write_text("text\n3\n")
    with pytest.raises(ValueError, match=r"curves\.jsonl: holds no learning curves"):
        read_curves(tmp_path)


def test_a_run_writes_its_losses_and_validations(tmp_path):
    coffee, chelsea = tmp_path / "coffee.png", tmp_path / "chelsea.png"
    Image.fromarray(skimage.data.coffee()).save(coffee)
    Image.fromarray(skimage.data.chelsea()).save(chelsea)
    config = TrainingConfig([str(coffee)], str(tmp_path / "run"), [str(chelsea)])
    config.steps, config.batch, config.crop, config.prior_photos = 20, 2, 32, 1
    config.workers, config.validate_every, config.warm_up = 0, 10, 10
    train(config)
    curves = read_curves(tmp_path / "run")
    assert [step for step, _ in curves["training/loss"]] == [10, 20]
    assert [step for step, _ in curves["validation/chroma_ratio"]] == [10, 20]
    # The end of the warm-up, and the last step of the cosine before it is at 0.
    assert curves["training/rate"][0] == (10, pytest.approx(1e-3))


def test_a_run_that_has_written_no_figures_leaves_no_logs(tmp_path):
    RunLogs(tmp_path, goes_on=False).close()
    assert list(tmp_path.iterdir()) == []
