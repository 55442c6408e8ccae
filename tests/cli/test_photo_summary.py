"""What is said in the end of many photos."""

from pathlib import Path

from colorize_core.cli.photo_summary import Tally, remarks
from colorize_core.engine.planning import Plan
from colorize_core.engine.tasks import Outcome


def tally(*stale: str) -> Tally:
    counted = Tally()
    for number, kind in enumerate(stale):
        name = Path(f"{number}.png")
        counted.add(Outcome(name, "out" / name, done_before=True, stale=kind))
    return counted


def test_what_is_stale_is_said_by_kind_with_an_example():
    one, other = "older than its photo", "made with other options"
    assert remarks(Plan(), tally(one, "", other, one)) == [
        "Note: 2 outputs are older than their photos: such as out/0.png; --overwrite makes them "
        "again",
        "Note: 1 output was made with other options: out/2.png; --overwrite makes it again",
    ]


def test_what_is_done_is_counted_by_what_became_of_it():
    counted = tally("", "")
    counted.add(Outcome(Path("a"), Path("b")))
    counted.add(Outcome(Path("a"), Path("b"), "a: broken"))
    assert str(counted) == "1 colorized, 1 failed, 2 done already"
