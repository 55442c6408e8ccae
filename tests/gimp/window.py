"""A GIMP in its real window, on a screen that nobody sees, worked with keys and the mouse."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from host import Host

SCREEN = (1280, 900)
_START_SECONDS = 120.0
_POLL_SECONDS = 0.2


class Window:
    """A screen, a window manager and a GIMP that shows a picture.

    Args:
        host: which GIMP.
        pictures: the files that it opens; the last one is seen.
    """

    def __init__(self, host: Host, *pictures: Path) -> None:
        self.host = host
        self._running: list[subprocess.Popen[bytes]] = []
        self._variables: dict[str, str] = {}
        try:
            self._open(pictures)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End GIMP without asking it, and then its screen."""
        for process in reversed(self._running):
            for stop, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, stop)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)
                    break
        self._running.clear()

    def keys(self, *keys: str) -> None:
        """Press keys, one after another, in whatever window has the focus."""
        for key in keys:
            self._do("key", "--clearmodifiers", key)
            time.sleep(0.15)

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("type", "--delay", "30", text)

    def drag(self, *points: tuple[int, int]) -> None:
        """Press the left button at the first point of the screen and let it go at the last."""
        (x, y), *others = points
        self._do("mousemove", str(x), str(y), "mousedown", "1")
        for x, y in others:
            self._do("mousemove", str(x), str(y))
            time.sleep(0.1)
        self._do("mouseup", "1")

    def point(self, x: int, y: int) -> None:
        """Bring the pointer to a point of the screen."""
        self._do("mousemove", str(x), str(y))

    def click(self, x: int, y: int) -> None:
        """Click the left button at a point of the screen."""
        self._do("mousemove", str(x), str(y), "click", "1")

    def titles(self) -> list[str]:
        """Of all windows that can be seen."""
        found = self._do("search", "--onlyvisible", "--name", ".", check=False)
        return [self._do("getwindowname", number, check=False) for number in found.split()]

    def title(self, pattern: str, seconds: float = 30.0) -> str:
        """The title of a window that matches, as soon as there is one.

        Raises:
            AssertionError: there is none in time; the message says which there are.
        """
        found: list[str] = []

        def look() -> str | None:
            found[:] = self.titles()
            return next((title for title in found if re.search(pattern, title)), None)

        return self.wait(look, seconds, lambda: f"no window like {pattern!r} among {found}")

    def focus(self, pattern: str) -> None:
        """Give a window the keyboard."""
        self.title(pattern)
        self._do("search", "--onlyvisible", "--name", pattern, "windowactivate", "--sync")

    def place(self, pattern: str) -> tuple[str, int, int]:
        """Number of a window, and where its inside begins on the screen."""
        number = self._do("search", "--onlyvisible", "--name", pattern).split()[0]
        told = self._do("getwindowgeometry", "--shell", number)
        values = dict(line.split("=") for line in told.splitlines())
        return number, int(values["X"]), int(values["Y"])

    def wait(
        self, look: Callable[[], Any], seconds: float = 30.0, failure: Callable[[], str] = str
    ) -> Any:
        """What ``look`` gives as soon as that is true."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > deadline:
                kept = self.picture(self.host.folder / "failure.png")
                raise AssertionError(f"{failure()}; the screen is in {kept}")
            time.sleep(_POLL_SECONDS)

    def picture(self, file: Path) -> Path:
        """Write what the screen shows into a PNG file in the shared folder."""
        self.host.chamber.run(["import", "-window", "root", file], self._variables, 60)
        return file

    def _open(self, pictures: Sequence[Path]) -> None:
        shared = self.host.folder
        self._silence_greetings()
        log = shared / "screen.log"
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        self._start(["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"], log)
        self._variables["DISPLAY"] = self._display(log)
        self._answers("getdisplaygeometry", "no screen")
        self._manage(shared / "openbox.log")
        gimp = ["gimp", "--no-splash", "--new-instance", *pictures]
        self._start(gimp, shared / "gimp.log")
        self.title(r"\d layer", _START_SECONDS)

    def _silence_greetings(self) -> None:
        """Let GIMP open the picture and nothing else."""
        version = self.host.chamber.run(["gimp", "--version"]).stdout.split()[-1]
        settings = (
            f'(config-version "{version}")',
            "(check-updates no)",
            "(show-welcome-dialog no)",
            "(save-session-info no)",
        )
        (self.host.settings / "gimprc").write_text("\n".join(settings) + "\n")

    def _manage(self, log: Path) -> None:
        """Start the window manager; once more where it ends at once, as on a busy machine."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            manager = self._start(["openbox"], log)
            while manager.poll() is None and time.monotonic() < deadline:
                if self._do("get_desktop", check=False):
                    return
                time.sleep(_POLL_SECONDS)
        raise AssertionError(f"no window manager: {log.read_text(errors='replace')}")

    def _answers(self, question: str, failure: str) -> None:
        """Wait until xdotool is told something."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._do(question, check=False):
            assert time.monotonic() < deadline, failure
            time.sleep(_POLL_SECONDS)

    def _display(self, log: Path) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            for line in log.read_text(errors="replace").splitlines():
                if line.strip().isdigit():
                    return f":{line.strip()}"
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"no screen: {log.read_text(errors='replace')}")

    def _start(self, command: list[str | Path], log: Path) -> subprocess.Popen[bytes]:
        process = self.host.chamber.start(command, log, self._variables)
        self._running.append(process)
        return process

    def _do(self, *arguments: str, check: bool = True) -> str:
        done = self.host.chamber.run(["xdotool", *arguments], self._variables, 60)
        assert not (check and done.returncode), (arguments, done.stdout)
        return "" if done.returncode else done.stdout.strip()
