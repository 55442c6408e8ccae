"""The progress bar of long commands."""

from __future__ import annotations

from typing import Any

from colorize_core.cli.terminal import printable


class Display:
    """A bar with what is being done, how much of it is done and the time left, on stderr.

    Args:
        description: of what comes first.
        total: how much there is to do, where that is known; a single thing shows no bar.
        transient: whether the bar goes when all is done.
    """

    def __init__(self, description: str, total: int | None = None, transient: bool = False) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self.console = Console(stderr=True, highlight=False)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=transient,
            disable=not self.console.is_terminal or total == 1,
        )
        self.bar = self.progress.add_task(description, total=total)

    def say(self, text: object) -> None:
        """Print a line above the bar."""
        self.console.print(printable(text), markup=False, soft_wrap=True)

    def __enter__(self) -> Any:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


class Bytes:
    """A bar of what has come of a download, on stderr; called with bytes so far, and in all.

    Args:
        description: of what is fetched.
    """

    def __init__(self, description: str) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        console = Console(stderr=True, highlight=False)
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.bar = self.progress.add_task(printable(description), total=None)

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many bytes are there, and of how many."""
        self.progress.update(self.bar, completed=done, total=total)

    def __enter__(self) -> Bytes:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
