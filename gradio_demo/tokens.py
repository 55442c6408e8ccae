"""Private tokens of pages: with its token, a reloaded page gets its visit back.

Each page makes one up, keeps it for its window alone, and sends it with its requests.
"""

from __future__ import annotations

import re
from collections import OrderedDict

HEADER = "x-colorize-token"
_FORM = re.compile(r"[0-9a-f]{32}")
_REMEMBERED = 10_000


class Tokens:
    """The visit of each token, of the last ones used."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, str] = OrderedDict()

    def take(self, token: str | None, visit: str) -> str | None:
        """Give a token to a visit, and return the visit that had it before.

        Args:
            token: 32 hexadecimal digits; others count as none.
            visit: the one with the token from now on.
        """
        if token is None or not _FORM.fullmatch(token):
            return None
        before = self._visits.get(token)
        self._visits[token] = visit
        self._visits.move_to_end(token)
        while len(self._visits) > _REMEMBERED:
            self._visits.popitem(last=False)
        return None if before == visit else before

    def has(self, visit: str) -> bool:
        """Tell whether a visit has a token, and so may come back under another name."""
        return visit in self._visits.values()
