"""Reasons for which a visitor's photo is not open."""

NOTHING = "No photo is open. If one was, the studio has been restarted since; open it again."
CROWDED = "Your photo was put away to make room for other visitors. Open it again."
IDLE = "Your photo was put away after {:g} idle minutes. Open it again."
GONE = "Your photo was put away: its page was closed, or cut off, for too long. Open it again."
ELSEWHERE = "Your photo is open in another window, or in this one after a reload."
