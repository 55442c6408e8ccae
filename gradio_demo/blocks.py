"""The page as Gradio's Blocks, but for how the steps of one handler reach it."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction


class Blocks(gr.Blocks):
    """Blocks whose handlers' later steps leave the earlier ones as they were.

    Gradio sends of each step but the first how it differs from the one before, and its page makes
    those edits in that very value. A busy page has not shown it by then, and never does: of a
    photo that the next step no longer speaks of, nothing would be left to show.
    """

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """Say how a step differs from the one before: not at all, or by another value."""
        begun = session_hash in self.pending_diff_streams and (
            run in self.pending_diff_streams[session_hash]
        )
        said = super().handle_streaming_diffs(
            block_fn, data, session_hash, run, final, simple_format
        )
        if not begun or final or simple_format:
            return said
        values = self.pending_diff_streams[session_hash][run]
        return [_whole(edits, value) for edits, value in zip(said, values, strict=True)]


def _whole(edits: list[Any], value: Any) -> list[Any]:
    """Put a new value in place of edits inside of the old one."""
    inside = any(path for _, path, _ in edits)
    return [["replace", [], value]] if inside else edits
