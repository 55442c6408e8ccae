"""The game's answers in one SQLite file, for any number of processes."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

SCHEMA_VERSION = 1
_APPLICATION = 0x436F6C72  # "Colr": marks the file as this game's
_BUSY_SECONDS = 30.0
_making = threading.Lock()
_SCHEMA = """
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    game TEXT NOT NULL,
    round INTEGER NOT NULL CHECK (round >= 1),
    practice INTEGER NOT NULL CHECK (practice IN (0, 1)),
    visitor TEXT NOT NULL,
    picture TEXT NOT NULL,
    model TEXT NOT NULL,
    weights TEXT NOT NULL,
    real INTEGER NOT NULL CHECK (real IN (1, 2)),
    answer INTEGER NOT NULL CHECK (answer IN (1, 2)),
    seconds REAL NOT NULL CHECK (seconds >= 0),
    time TEXT NOT NULL,
    UNIQUE (game, round)
)
"""
# Who has met a photo knows its colours, whatever the model: only the first answer counts.
_COUNTED = """
SELECT model, weights, visitor, picture, answer <> real FROM answers
WHERE practice = 0 AND id IN (SELECT min(id) FROM answers GROUP BY visitor, picture)
ORDER BY id
"""


class AnswersError(OSError):
    """An unusable file of answers; the message names it, the reason and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored answer.

    Attributes:
        version: of ``colorize_core``.
        game: a random number, in hexadecimal.
        round: of the game, from 1.
        practice: whether the visitor was told at once if it was right; such answers don't count.
        visitor: a random number that the visitor's browser keeps, in hexadecimal.
        picture: SHA-256 of the real picture's pixels as shown.
        model: its name.
        weights: SHA-256 of its weights' file.
        real: 1 or 2, the picture that was real.
        answer: 1 or 2, the picture taken for real.
        seconds: from the second picture's end to the answer, in the browser.
        time: when it was stored, UTC, ISO 8601.
    """

    version: str
    game: str
    round: int
    practice: bool
    visitor: str
    picture: str
    model: str
    weights: str
    real: int
    answer: int
    seconds: float
    time: str

    @property
    def right(self) -> bool:
        """Whether the real picture was taken for real."""
        return self.answer == self.real


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer for the statistics; ``fooled``: the colorized one was taken for real."""

    model: str
    weights: str
    visitor: str
    picture: str
    fooled: bool


class Answers:
    """All answers ever given, safe to use from any thread and process.

    Every call opens the file anew, so there is nothing to close, and a killed process loses at
    most the answer it was storing.

    Args:
        path: made with its folder when it is first needed; readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Find out whether answers can be stored.

        Raises:
            AnswersError: the file cannot be written, is damaged, or is not this game's.
        """
        with self._opened() as connection:
            (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if state != "ok":
                raise sqlite3.DatabaseError(state)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")

    def add(self, answer: Answer) -> bool:
        """Store an answer; it is on the disk when this returns.

        Returns:
            False where the game's round has been answered before; the first answer stays.

        Raises:
            AnswersError: it cannot be stored.
            ValueError: a field is out of its range.
        """
        names = [field.name for field in fields(Answer)]
        places = ", ".join("?" * len(names))
        command = (
            f"INSERT INTO answers ({', '.join(names)}) VALUES ({places}) "
            "ON CONFLICT (game, round) DO NOTHING"
        )
        with self._opened() as connection:
            try:
                return connection.execute(command, astuple(answer)).rowcount == 1
            except sqlite3.IntegrityError as error:
                raise ValueError(f"not an answer: {error}") from error

    def counted(self) -> list[Counted]:
        """List the answers that count: each visitor's first to each picture, none of practice.

        Raises:
            AnswersError: the file cannot be read.
        """
        with self._opened() as connection:
            rows = connection.execute(_COUNTED).fetchall()
        return [
            Counted(model, weights, visitor, picture, bool(fooled))
            for model, weights, visitor, picture, fooled in rows
        ]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._make()
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN")  # one moment's state: another may be laying it out
                ours = self._is_ours(connection)
                connection.execute("COMMIT")
                if not ours:
                    self._lay_out(connection)
                with suppress(sqlite3.OperationalError):  # in use: the next one will do it
                    connection.execute("PRAGMA journal_mode = WAL")
                yield connection
        except sqlite3.Error as error:
            raise AnswersError(f"{self.path}: {_advice(error)}") from error
        except AnswersError:
            raise
        except OSError as error:
            raise AnswersError(
                f"{self.path}: answers cannot be stored here: {error.strerror or error}"
            ) from error

    def _make(self) -> None:
        """Make an empty file for its owner alone, where there is none.

        Closing a file ends all locks that the process has on it, also those of SQLite in other
        threads; so a file that is there is never opened but by SQLite.
        """
        with _making:
            if not self.path.exists():
                with suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Check the file's marks; False for an empty file."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (application, version, tables) == (0, 0, 0):
            return False
        if application != _APPLICATION:
            raise AnswersError(
                f"{self.path}: belongs to another program, and is left as it is: "
                "choose another file for the answers"
            )
        if version != SCHEMA_VERSION:
            raise AnswersError(
                f"{self.path}: written by another version of colorize (schema {version}, this one "
                f"has {SCHEMA_VERSION}): update colorize, or choose another file for the answers"
            )
        return True

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._is_ours(connection):  # another process may have been faster
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _advice(error: sqlite3.Error) -> str:
    words = " ".join(str(error).split())
    if "locked" in words or "busy" in words:
        return f"another program has held it for {_BUSY_SECONDS:.0f} seconds: close that one"
    if "readonly" in words or "unable to open" in words:
        return f"answers cannot be stored here: {words}"
    if "full" in words or "disk I/O" in words:
        return f"answers cannot be stored: {words}"
    return f"not a file of answers, or a damaged one ({words}): move it away and start again"
