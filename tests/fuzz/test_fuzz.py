"""Mutants of real files neither raise, nor take long, nor much memory, nor are written broken."""

import os

from fuzz import fuzz
from mutants import mutant
from originals import originals

# COLORIZE_FUZZ_SECONDS and COLORIZE_FUZZ_SEED run it for longer, and other mutants.
SECONDS = float(os.environ.get("COLORIZE_FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("COLORIZE_FUZZ_SEED", "1"))
BUSY = 3.0  # times as long a file may take where others keep the machine busy


def test_mutants_of_every_kind_are_colorized_or_refused(tmp_path):
    report = fuzz(SEED, 1 << 30, SECONDS, strict=BUSY)
    assert not report.failures, "\n".join(report.failures[:20])
    assert report.colorized > 0
    assert report.done > report.colorized


def test_a_seed_gives_the_same_mutants():
    files = list(originals().items())
    assert [mutant(files, 5, number) for number in range(50)] == [
        mutant(files, 5, number) for number in range(50)
    ]
    assert mutant(files, 5, 0) != mutant(files, 6, 0)
