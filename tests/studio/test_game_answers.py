"""The file of answers: concurrent writers, killed processes, files that are something else."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, fields, replace
from pathlib import Path

import pytest

import colorize_core
from gradio_demo.game.answers import SCHEMA_VERSION, Answer, Answers, AnswersError, Counted

ROOT = Path(colorize_core.__file__).resolve().parent.parent
ANSWER = Answer(
    version="0.1.0",
    game="9" * 32,
    round=1,
    practice=False,
    visitor="a" * 32,
    picture="b" * 64,
    model="lite",
    weights="c" * 64,
    real=1,
    answer=2,
    seconds=0.75,
    time="2026-01-01T00:00:00.000+00:00",
)
WRITE = f"""
    import sys
    from dataclasses import replace
    from pathlib import Path
    from gradio_demo.game.answers import Answer, Answers

    answer = {ANSWER!r}
    for number in range(1, int(sys.argv[3]) + 1):
        Answers(Path(sys.argv[1])).add(replace(answer, game=sys.argv[2], round=number))
        print(number, flush=True)
"""


@pytest.fixture
def answers(tmp_path) -> Answers:
    return Answers(tmp_path / "home" / "game.sqlite3")


def rows(answers: Answers) -> list[tuple]:
    connection = sqlite3.connect(answers.path)
    try:
        names = ", ".join(field.name for field in fields(Answer))
        return connection.execute(f"SELECT {names} FROM answers ORDER BY game, round").fetchall()
    finally:
        connection.close()


def writer(answers: Answers, game: str, count: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITE), str(answers.path), game, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_an_answer_is_stored_with_all_its_columns(answers):
    assert answers.add(ANSWER)
    assert rows(answers) == [astuple(ANSWER)]


def test_the_file_says_what_it_is(answers):
    answers.check()
    connection = sqlite3.connect(answers.path)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_the_owner_can_read_it(answers):
    answers.check()
    assert answers.path.stat().st_mode & 0o777 == 0o600


def test_a_round_keeps_its_first_answer(answers):
    assert answers.add(ANSWER)
    assert not answers.add(replace(ANSWER, answer=1))
    assert rows(answers) == [astuple(ANSWER)]


@pytest.mark.parametrize("wrong", [{"answer": 3}, {"real": 0}, {"seconds": -1.0}, {"round": 0}])
def test_what_is_no_answer_is_refused(answers, wrong):
    with pytest.raises(ValueError, match="not an answer"):
        answers.add(replace(ANSWER, **wrong))
    assert rows(answers) == []


def test_fooled_is_who_took_the_colorized_picture_for_real(answers):
    answers.add(ANSWER)
    answers.add(replace(ANSWER, round=2, picture="d" * 64, answer=1))
    assert answers.counted() == [
        Counted("lite", "c" * 64, "a" * 32, "b" * 64, fooled=True),
        Counted("lite", "c" * 64, "a" * 32, "d" * 64, fooled=False),
    ]


def test_practice_does_not_count_nor_does_a_picture_met_in_practice(answers):
    answers.add(replace(ANSWER, practice=True))
    answers.add(replace(ANSWER, game="8" * 32))
    assert answers.counted() == []


def test_of_a_visitor_only_the_first_answer_to_a_picture_counts_whatever_the_model(answers):
    answers.add(ANSWER)
    answers.add(replace(ANSWER, game="8" * 32, model="eccv16"))
    answers.add(replace(ANSWER, game="7" * 32, visitor="e" * 32))
    assert [(counted.model, counted.visitor[0]) for counted in answers.counted()] == [
        ("lite", "a"),
        ("lite", "e"),
    ]


def test_threads_write_at_once(answers):
    with ThreadPoolExecutor(8) as pool:
        new = [replace(ANSWER, game=f"{number:032x}") for number in range(80)]
        assert all(pool.map(answers.add, new))
    assert len(rows(answers)) == 80


def test_threads_that_all_find_no_file_agree_on_one(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):  # a reader between two statements of the layout saw half of it
            answers = Answers(tmp_path / f"{number}.sqlite3")
            list(pool.map(lambda _, answers=answers: answers.check(), range(8)))


def test_processes_write_at_once_into_a_file_that_was_not_there(answers):
    processes = [writer(answers, f"{number:032x}", 15) for number in range(4)]
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(rows(answers)) == 60


def test_a_killed_process_loses_no_answer_that_was_stored(answers):
    process = writer(answers, "1" * 32, 100_000)
    stored = 0
    while stored < 5:
        stored = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    stored = int(said.splitlines()[-1]) if said.strip() else stored
    answers.check()
    assert len(rows(answers)) >= stored
    assert answers.add(replace(ANSWER, game="2" * 32))


def test_a_file_of_something_else_is_named_and_left_alone(answers):
    answers.path.parent.mkdir()
    answers.path.write_bytes(b"holiday photos\n" * 200)
    with pytest.raises(AnswersError, match=r"game\.sqlite3: not a file of answers.*move it away"):
        answers.check()
    assert answers.path.read_bytes() == b"holiday photos\n" * 200


def test_another_programs_database_is_named_and_left_alone(answers):
    answers.path.parent.mkdir()
    connection = sqlite3.connect(answers.path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = answers.path.read_bytes()
    with pytest.raises(AnswersError, match="belongs to another program"):
        answers.add(ANSWER)
    assert answers.path.read_bytes() == before


def test_a_newer_schema_is_named(answers):
    answers.check()
    connection = sqlite3.connect(answers.path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(AnswersError, match=f"schema {SCHEMA_VERSION + 1}.*update colorize"):
        answers.counted()


def test_a_damaged_file_is_named(answers):
    for number in range(200):
        answers.add(replace(ANSWER, game=f"{number:032x}"))
    content = bytearray(answers.path.read_bytes())
    content[4096 : len(content)] = b"\xff" * (len(content) - 4096)
    answers.path.write_bytes(content)
    with pytest.raises(AnswersError, match=r"damaged.*move it away"):
        answers.check()


def test_an_empty_file_is_taken(answers):
    answers.path.parent.mkdir()
    answers.path.touch()
    assert answers.add(ANSWER)


def test_a_folder_in_its_place_is_named(answers):
    answers.path.mkdir(parents=True)
    with pytest.raises(AnswersError, match=r"game\.sqlite3: answers cannot be stored here"):
        answers.check()
