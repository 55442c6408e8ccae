"""A caller's desk: the one layer that was looked at for it, and what is asked about that.

It lasts as long as the connection, so that a dialog need not send its photo again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colorize_core.worker import wire
from colorize_core.worker.failures import explain
from colorize_core.worker.jobs import Job, Jobs
from colorize_core.worker.request import options_of, received, result_of, work

if TYPE_CHECKING:  # it brings PyTorch, which is loaded when callers are let in already
    from colorize_core.worker.preview import Previews


class Desk:
    """The desk of one connection.

    Args:
        connection: to the caller.
        jobs: the queue of the worker.
    """

    def __init__(self, connection: Any, jobs: Jobs) -> None:
        self._connection = connection
        self._jobs = jobs
        self._previews: Previews | None = None

    def answer(self, message: dict[str, Any]) -> bool:
        """Answer a request; tell whether it is one of those for a desk.

        Raises:
            ProtocolError: the caller does not keep to the protocol.
            EOFError, OSError: the caller has gone.
        """
        answers = {
            "look": self._look,
            "preview": self._preview,
            "colors": self._colors,
            "render": self._render,
            "models": self._models,
        }
        answer = answers.get(str(message.get("request")))
        if answer is None:
            return False
        try:
            answer(message)
        except (ValueError, TypeError, MemoryError) as error:
            wire.send_message(self._connection, explain(error))
        return True

    def _look(self, message: dict[str, Any]) -> None:
        self._previews = None
        job = received(self._connection, message, only_look=True)
        work(self._connection, job, self._jobs)
        if job.looked is None:
            return
        from colorize_core.worker.preview import Previews

        self._previews = Previews(job.looked)
        looked = job.looked
        told = {
            "reply": "looked",
            "takes_hints": looked.takes_hints,
            "has_classes": looked.has_classes,
            "temperature": looked.prediction.temperature,
        }
        wire.send_message(self._connection, told)

    def _preview(self, message: dict[str, Any]) -> None:
        previews = self._open()
        size = message.get("height"), message.get("width")
        picture = previews.picture(size, options_of(message))  # type: ignore[arg-type]
        height, width = picture.shape[:2]
        told = {"reply": "picture", "width": width, "height": height}
        if message.get("alternatives"):  # only then is looked for them
            told["alternatives"] = previews.alternatives
        wire.send_message(self._connection, told)
        wire.send_pixels(self._connection, picture)

    def _colors(self, message: dict[str, Any]) -> None:
        x, y = message.get("x"), message.get("y")
        if not isinstance(x, int | float) or not isinstance(y, int | float):
            raise ValueError("x and y must be numbers")
        colors = self._open().colors(x, y)
        wire.send_message(self._connection, {"reply": "colors", "colors": colors})

    def _render(self, message: dict[str, Any]) -> None:
        looked = self._open().looked
        options, result = options_of(message), result_of(message)
        job = Job(looked.pixels, result, looked.painted, options, looked)
        work(self._connection, job, self._jobs)

    def _models(self, _: dict[str, Any]) -> None:
        self._jobs.warm.wait()
        from colorize_core.models.loading import usable_models

        found = [{"name": name, "takes_hints": hints} for name, hints in usable_models()]
        wire.send_message(self._connection, {"reply": "models", "models": found})

    def _open(self) -> Previews:
        """Give what lies on the desk.

        Raises:
            ValueError: nothing does.
        """
        if self._previews is None:
            raise ValueError("no layer was looked at on this connection")
        return self._previews
