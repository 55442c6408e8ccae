"""The rules of the game, without a browser."""

import base64
import io
import sqlite3

import numpy as np
import pytest
from PIL import Image

from colorize_core.photo import PhotoError
from gradio_demo.game.answers import Answers, AnswersError
from gradio_demo.game.pairs import own_photos, square
from gradio_demo.game.table import GameError, Table

VISITOR = "0123456789abcdef" * 2


@pytest.fixture
def make_table(tmp_path):
    def make(**options) -> Table:
        return Table(
            Answers(tmp_path / "game.sqlite3"),
            ["lite", "eccv16"],
            lambda model, picture: 255 - picture,
            lambda model: f"checksum of {model}",
            own_photos(),
            **options,
        )

    return make


@pytest.fixture
def table(make_table) -> Table:
    return make_table()


def stored(table: Table, columns: str) -> list[tuple]:
    connection = sqlite3.connect(table.answers.path)
    try:
        return connection.execute(f"SELECT {columns} FROM answers ORDER BY id").fetchall()
    finally:
        connection.close()


def pixels(url: str) -> np.ndarray:
    head, _, content = url.partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        return np.asarray(image)


def real_one(seen: dict) -> int:
    """1 or 2: which picture is one of the photos."""
    photos = [square(path) for path in own_photos()]
    first = pixels(seen["pictures"][0])
    return 1 if any((first == photo).all() for photo in photos) else 2


def play(table: Table, fooled: tuple[bool, ...], **options) -> dict:
    seen = table.start([], "lite", **options)
    for number, wrong in enumerate(fooled, 1):
        real = real_one(seen)
        seen = table.answer(seen["game"], number, 3 - real if wrong else real, 0.5)
    return seen


def test_a_whole_game_is_stored_and_counted(table):
    end = play(table, (True, True, False, False, True), visitor=VISITOR)
    assert end["over"]
    assert (end["right"], end["of"]) == (2, 4)  # the first round is practice
    assert [given["real"] == given["answer"] for given in end["played"]] == [
        *(False, False, True, True, False)
    ]
    (figure,) = end["figures"]
    assert (figure["model"], figure["fooled"], figure["answers"]) == ("lite", 0.5, 4)
    assert "50.0 % of 4 answers" in figure["words"]
    rows = stored(table, "game, round, practice, visitor, model, weights, seconds")
    assert rows == [
        (end["game"], number, int(number == 1), VISITOR, "lite", "checksum of lite", 0.5)
        for number in range(1, 6)
    ]


def test_the_pair_is_a_photo_and_its_colorized_self(table):
    seen = table.start([], "lite")
    first, second = (pixels(url) for url in seen["pictures"])
    assert (first == 255 - second).all()


def test_only_practice_is_told_whether_it_was_right(table):
    seen = table.start([], "lite")
    assert (seen["practice"], seen["right"]) == (True, None)
    seen = table.answer(seen["game"], 1, real_one(seen), 0.5)
    assert (seen["practice"], seen["right"]) == (False, True)
    seen = table.answer(seen["game"], 2, 1, 0.5)
    assert seen["right"] is None


def test_nothing_that_is_sent_before_the_end_names_the_photos(table):
    seen = table.start([], "lite")
    others = {key: value for key, value in seen.items() if key != "pictures"}
    assert set(others) == {"visitor", "left_out", "game", "round", "rounds", "practice", "right"}
    assert len({len(url) for url in seen["pictures"]}) == 1


def test_asking_twice_does_no_harm(table):
    seen = table.start([], "lite")
    once = table.answer(seen["game"], 1, 1, 0.5)
    again = table.answer(seen["game"], 1, 2, 0.5)
    assert once == again
    assert stored(table, "round, answer") == [(1, 1)]


def test_the_result_can_be_asked_for_again(table):
    end = play(table, (False,) * 5)
    assert table.answer(end["game"], 5, 1, 0.5) == end


def test_playing_again_adds_nothing_to_the_figures(table):
    first = play(table, (False,) * 5, visitor=VISITOR)
    second = play(table, (True,) * 5, visitor=VISITOR)
    assert second["right"] == 0
    assert second["figures"] == first["figures"]


def test_who_has_no_number_gets_one(table):
    assert table.start([], "", visitor="Robert'); DROP TABLE answers")["visitor"] != VISITOR
    assert table.start([], "", visitor=VISITOR)["visitor"] == VISITOR


@pytest.mark.parametrize(
    ("number", "answer", "seconds", "said"),
    [
        (2, 1, 0.5, "round 2 has not been shown"),
        (0, 1, 0.5, "round 0 has not been shown"),
        (1, 3, 0.5, "the answer is 1 or 2"),
        (1, 1, -1.0, "seconds"),
        (1, 1, float("nan"), "seconds"),
    ],
)
def test_what_is_no_answer_is_refused(table, number, answer, seconds, said):
    seen = table.start([], "lite")
    with pytest.raises(GameError, match=said):
        table.answer(seen["game"], number, answer, seconds)
    assert stored(table, "*") == []


def test_a_round_after_the_last_is_refused(table):
    end = play(table, (False,) * 5)
    with pytest.raises(GameError, match="round 6 has not been shown"):
        table.answer(end["game"], 6, 1, 0.5)


@pytest.mark.parametrize(
    ("model", "rounds", "said"),
    [("liet", 5, "no model named 'liet'; there are lite, eccv16"), ("lite", 51, "1 to 50 pairs")],
)
def test_a_game_that_cannot_be_is_refused(table, model, rounds, said):
    with pytest.raises(GameError, match=said):
        table.start([], model, rounds)


def test_visitors_bring_their_own_photos(table, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    seen = table.start([tmp_path / "broken.jpg", own_photos()[0]], "lite")
    assert seen["rounds"] == 1
    assert len(seen["left_out"]) == 1
    assert "broken.jpg" in seen["left_out"][0]
    assert not seen["practice"]


def test_a_folder_without_a_photo_that_will_do_says_why(table, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    with pytest.raises(GameError, match=r"No photo to play with.*broken\.jpg"):
        table.start([tmp_path / "broken.jpg"], "lite")


def test_a_photo_that_goes_away_is_named(table, tmp_path):
    copies = []
    for path in own_photos()[:2]:
        copies.append(tmp_path / path.name)
        copies[-1].write_bytes(path.read_bytes())
    seen = table.start(copies, "lite")
    for copy in copies:
        copy.unlink()
    with pytest.raises(PhotoError, match=r"astronaut\.png|chelsea\.png"):
        table.answer(seen["game"], 1, 1, 0.5)
    assert stored(table, "round") == [(1,)]


def test_a_file_of_answers_that_cannot_be_used_stops_the_game_before_it_begins(table):
    table.answers.path.write_text("something else " * 100)
    with pytest.raises(AnswersError, match="not a file of answers"):
        table.start([], "lite")


def test_games_that_nobody_plays_end(make_table):
    table = make_table(idle_minutes=0.0)
    seen = table.start([], "lite")
    with pytest.raises(GameError, match=r"has ended.*Start a new one"):
        table.answer(seen["game"], 1, 1, 0.5)


def test_of_too_many_games_the_one_longest_untouched_ends(make_table):
    table = make_table(most_games=2)
    games = [table.start([], "lite") for _ in range(2)]
    table.answer(games[0]["game"], 1, 1, 0.5)
    table.start([], "lite")
    table.answer(games[0]["game"], 2, 1, 0.5)
    with pytest.raises(GameError, match="has ended"):
        table.answer(games[1]["game"], 1, 1, 0.5)
