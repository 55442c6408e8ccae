"""The places for callers: so many, of which the silent ones give way to others."""

from __future__ import annotations

import threading
import time

MOST_CALLERS = 32


class Place:
    """A caller's place.

    Attributes:
        silent_since: when it was last heard.
        works: whether it is being worked for; then it keeps its place.
        is_lost: whether another caller has it now.
    """

    def __init__(self) -> None:
        self.silent_since = time.monotonic()
        self.works = False
        self.is_lost = threading.Event()


class Places:
    """All places; several threads may use them at the same time."""

    def __init__(self) -> None:
        self._taken: set[Place] = set()
        self._lock = threading.Lock()

    def take(self) -> Place | None:
        """Give a caller a place, where all are taken that of the longest silent one.

        Returns:
            The place; None where all callers are being worked for.
        """
        with self._lock:
            if len(self._taken) >= MOST_CALLERS:
                silent = [place for place in self._taken if not place.works]
                if not silent:
                    return None
                longest = min(silent, key=lambda place: place.silent_since)
                longest.is_lost.set()
                self._taken.discard(longest)
            place = Place()
            self._taken.add(place)
            return place

    def leave(self, place: Place) -> None:
        """Give a place back."""
        with self._lock:
            self._taken.discard(place)
