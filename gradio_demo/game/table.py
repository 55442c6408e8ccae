"""The games in progress, and their rules.

These are those of the paper's test (section 3.1): of each photo there are the real picture and the
colorized one, 256 pixels square; each is shown for one second, one after the other, and then the
visitor has all the time in the world to answer. A first fifth of the rounds, ten at most, is for
practice: there it is said at once whether the answer was right, and it does not count. The paper
asks for the picture that is fake, the game for the one that is real; which is the same.

What differs: there is no check with random colours for whether the visitor pays attention, and
nothing keeps people from playing again; so of the answers of one visitor to one picture, only the
first counts.
"""

from __future__ import annotations

import base64
import math
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core import __version__
from colorize_core.photo import read_photo
from gradio_demo.game.answers import Answer, Answers
from gradio_demo.game.figures import figures
from gradio_demo.game.pairs import Pair, Picture, Reader, draw, paired, practice_rounds, square

MOST_ROUNDS = 50
_VISITOR = re.compile(r"[0-9a-f]{32}")


class GameError(ValueError):
    """A game that cannot start or go on; the message says why and what to do."""


@dataclass(slots=True)
class Game:
    """A game in progress.

    Attributes:
        name: a random number that only its player is told, in hexadecimal.
        visitor: who plays it.
        model: its name.
        pictures: one for each round.
        practice: how many of the first rounds are.
        given: the answers so far.
        pair: of the round that is to be answered; None until it is asked for.
        touched: when it was played last, in seconds of ``time.monotonic``.
    """

    name: str
    visitor: str
    model: str
    pictures: list[Picture]
    practice: int
    given: list[Answer] = field(default_factory=list)
    pair: Pair | None = None
    touched: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def over(self) -> bool:
        """Whether all pictures have been answered."""
        return len(self.given) == len(self.pictures)


class Table:
    """A table for any number of games at a time.

    Args:
        answers: where they are stored.
        models: the names there are.
        colorize: called with a model's name and a picture, sRGB uint8 ``(H, W, 3)``; gives it in
            the model's colours.
        checksum: called with a model's name; gives the SHA-256 of its weights' file.
        photos: what is played with unless visitors bring their own.
        read: reads a visitor's file.
        most_games: at a time; of more, the one longest untouched ends.
        idle_minutes: after which an untouched game ends.
    """

    def __init__(
        self,
        answers: Answers,
        models: Sequence[str],
        colorize: Callable[[str, np.ndarray], np.ndarray],
        checksum: Callable[[str], str],
        photos: Sequence[Path],
        read: Reader = read_photo,
        most_games: int = 64,
        idle_minutes: float = 30.0,
    ) -> None:
        self.answers = answers
        self.models = list(models)
        self.photos = list(photos)
        self._colorize = colorize
        self._checksum = checksum
        self._read = read
        self._most_games = most_games
        self._idle_minutes = idle_minutes
        self._games: OrderedDict[str, Game] = OrderedDict()
        self._lock = threading.Lock()

    def start(
        self, photos: Sequence[Path], model: str, rounds: int = MOST_ROUNDS, visitor: str = ""
    ) -> dict[str, Any]:
        """Begin a game.

        Args:
            photos: files of the visitor's own; none plays with the table's.
            model: a name; empty takes the first.
            rounds: 1 to 50; fewer are played where there are not so many pictures.
            visitor: what a game before gave as its visitor; anything else makes a new one.

        Returns:
            What :meth:`answer` does for the first round, with ``visitor`` and ``left_out``: why
            each file that will not do was left out.

        Raises:
            GameError: there is no such model, no photo will do, or the rounds are out of range.
            AnswersError: answers cannot be stored.
        """
        self.answers.check()
        model = model or self.models[0]
        if model not in self.models:
            raise GameError(f"no model named {model!r}; there are {', '.join(self.models)}")
        if not 1 <= rounds <= MOST_ROUNDS:
            raise GameError(f"a game has 1 to {MOST_ROUNDS} pairs; got {rounds}")
        pictures, left_out = draw(photos or self.photos, int(rounds), self._read)
        if not pictures:
            raise GameError("No photo to play with. " + " · ".join(left_out))
        game = Game(
            secrets.token_hex(16),
            visitor if _VISITOR.fullmatch(visitor) else secrets.token_hex(16),
            model,
            pictures,
            practice_rounds(len(pictures)),
        )
        with game.lock:
            seen = {"visitor": game.visitor, "left_out": left_out, **self._round(game)}
        with self._lock:
            self._end_old()
            self._games[game.name] = game
            while len(self._games) > self._most_games:
                self._games.popitem(last=False)
        return seen

    def answer(self, game: str, number: int, answer: int, seconds: float) -> dict[str, Any]:
        """Take an answer, store it, and go on.

        A round that has been answered keeps its first answer; so asking twice does no harm.

        Args:
            game: as :meth:`start` named it.
            number: of the round, from 1; the one that was shown last, or one before.
            answer: 1 or 2, the picture taken for real.
            seconds: from the second picture's end to the answer, 0 to a day.

        Returns:
            The next round: ``game``, ``round`` and ``rounds``, whether it is ``practice``, the two
            ``pictures`` as data URLs, and after practice whether the answer before was ``right``.
            After the last round in place of pictures: ``over``; ``right`` answers ``of`` those
            that were no practice; ``played``, the list of all with ``real``,
            ``answer`` and ``practice``; and ``figures``, see :meth:`figures`.

        Raises:
            GameError: there is no such game or round, or the answer is none.
            AnswersError: it cannot be stored; it can be given again.
            PhotoError: the next photo is gone.
        """
        if answer not in (1, 2):
            raise GameError(f"the answer is 1 or 2; got {answer}")
        if not (math.isfinite(seconds) and 0.0 <= seconds <= 86_400.0):
            raise GameError(f"an answer takes 0 to 86400 seconds; got {seconds}")
        found = self._game(game)
        with found.lock:
            now = len(found.given) + 1
            if not 1 <= number <= now or (number == now and found.pair is None):
                raise GameError(f"round {number} has not been shown")
            if number == now and found.pair is not None:
                self._take(found, found.pair, int(answer), float(seconds))
            return self._over(found) if found.over else self._round(found)

    def figures(self) -> list[dict[str, Any]]:
        """List the figures of all models: :class:`~gradio_demo.game.figures.Figure`'s fields,
        and ``words``, the same as a sentence.

        Raises:
            AnswersError: they cannot be read.
        """
        return [
            {**asdict(figure), "words": figure.in_words()}
            for figure in figures(self.answers.counted())
        ]

    def _take(self, game: Game, pair: Pair, answer: int, seconds: float) -> None:
        number = len(game.given) + 1
        taken = Answer(
            version=__version__,
            game=game.name,
            round=number,
            practice=number <= game.practice,
            visitor=game.visitor,
            picture=game.pictures[number - 1].digest,
            model=game.model,
            weights=self._checksum(game.model),
            real=pair.real,
            answer=answer,
            seconds=seconds,
            time=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        )
        self.answers.add(taken)
        game.given.append(taken)
        game.pair = None

    def _round(self, game: Game) -> dict[str, Any]:
        number = len(game.given) + 1
        if game.pair is None:
            real = square(game.pictures[number - 1].path, self._read)
            game.pair = paired(real, lambda picture: self._colorize(game.model, picture))
        before = game.given[-1] if game.given else None
        return {
            "game": game.name,
            "round": number,
            "rounds": len(game.pictures),
            "practice": number <= game.practice,
            "pictures": [_data_url(file) for file in game.pair.files],
            "right": before.right if before and before.practice else None,
        }

    def _over(self, game: Game) -> dict[str, Any]:
        counted = game.given[game.practice :]
        return {
            "game": game.name,
            "over": True,
            "right": sum(answer.right for answer in counted),
            "of": len(counted),
            "played": [
                {"real": given.real, "answer": given.answer, "practice": given.practice}
                for given in game.given
            ],
            "figures": self.figures(),
        }

    def _game(self, name: str) -> Game:
        with self._lock:
            self._end_old()
            game = self._games.get(name)
            if game is None:
                raise GameError(
                    f"This game has ended: nobody played it for {self._idle_minutes:g} minutes, or "
                    "many others began. Start a new one; what was answered is stored."
                )
            game.touched = time.monotonic()
            self._games.move_to_end(name)
            return game

    def _end_old(self) -> None:
        oldest = time.monotonic() - 60.0 * self._idle_minutes
        for name in [name for name, game in self._games.items() if game.touched < oldest]:
            del self._games[name]


def _data_url(png: bytes) -> str:
    """Encode a picture as a data URL: it has no name, and is in no cache or log."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
