"""What of a film is colorized, and where in it colours are known."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from colorize_core.engine import Hint, HintError
from colorize_core.video.errors import VideoError
from colorize_core.video.eye import Eye
from colorize_core.video.frames import pictures
from colorize_core.video.hints import tracked
from colorize_core.video.options import FilmOptions
from colorize_core.video.source import Source

BACKWARDS = 750  # frames before a hint, to which it still applies


def span_of(source: Source, film: FilmOptions) -> tuple[int, int]:
    """Give the ticks of the first frame that is wanted, and after the last.

    Raises:
        VideoError: there is no frame between the two.
    """
    first = source.start if film.begin is None else max(source.start, source.ticks(film.begin))
    last = source.end if film.end is None else min(source.end, source.ticks(film.end))
    within = [ticks for ticks in source.times if first <= ticks < last]
    if not within:
        raise VideoError(
            f"{source.path}: has no picture in that time; it lasts "
            f"{source.seconds(source.end):.1f} seconds"
        )
    return within[0], last


def hints_of_film(
    source: Source, eye: Eye, film: FilmOptions, span: tuple[int, int]
) -> dict[int, tuple[Hint, ...]]:
    """Follow the hints of a film through their scenes; the rest of it is not decoded.

    Args:
        source: the film.
        eye: how its frames are seen.
        film: its hints, and how it is gone about.
        span: ticks of the first frame that is wanted, and after the last.

    Returns:
        The hints of each frame that has some, by ticks.

    Raises:
        HintError: one lies outside of the film, or of what is wanted of it.
    """
    found: dict[int, tuple[Hint, ...]] = {}
    for group in _apart(source, _checked(source, film, span)):
        first = source.times[max(0, bisect_left(source.times, group[0][0]) - BACKWARDS)]
        after = max(span[0], first) - 1
        frames = pictures(source, after, span[1], film.deinterlace == "auto")
        for ticks, hints in tracked(frames, eye, group).items():
            found[ticks] = (*found.get(ticks, ()), *hints)
    return found


def _checked(source: Source, film: FilmOptions, span: tuple[int, int]) -> list[tuple[int, Hint]]:
    """List hints with the ticks of their frames, in order."""
    height, width = source.shape.shown
    wanted = []
    for number, one in enumerate(film.hints, 1):
        ticks = one.ticks(source)
        if not span[0] <= ticks < span[1]:
            raise HintError(f"hint {number}: its time is not within what is colorized")
        if one.hint.x >= width or one.hint.y >= height:
            raise HintError(
                f"hint {number}: ({one.hint.x:g}, {one.hint.y:g}) is outside the film of "
                f"{width} x {height} pixels"
            )
        wanted.append((ticks, one.hint))
    return sorted(wanted, key=lambda one: one[0])


def _apart(source: Source, wanted: list[tuple[int, Hint]]) -> list[list[tuple[int, Hint]]]:
    """Group hints, so that between two groups there are frames to which none applies backwards."""
    if not wanted:
        return []
    groups = [[wanted[0]]]
    for one, other in pairwise(wanted):
        places = [bisect_left(source.times, ticks) for ticks, _ in (one, other)]
        if places[1] - places[0] > BACKWARDS:
            groups.append([])
        groups[-1].append(other)
    return groups
