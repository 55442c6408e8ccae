"""Removal of Gradio's own memory of ended visits.

It holds the state of up to 10,000 visits for good: some 0.3 MB each, last previews included.
"""

from __future__ import annotations

import gradio as gr


def forget_visit(blocks: gr.Blocks, session: str) -> bool:
    """Drop the state and the undelivered messages of an ended visit.

    Args:
        blocks: the page.
        session: the number of the visit.

    Returns:
        False where something of it is still at work, and will make a state anew.
    """
    holder, queue = blocks.state_holder, blocks._queue
    with holder.lock:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
    waiting = queue.pending_event_ids_session.get(session, set())
    if any(event in queue.event_ids_to_events for event in list(waiting)):
        return False
    queue.pending_event_ids_session.pop(session, None)
    queue.pending_messages_per_session.pop(session, None)
    return True


def forget_files(blocks: gr.Blocks) -> None:
    """Drop the lists of all files ever sent and made; deleting these is up to the visits."""
    for names in blocks.temp_file_sets:
        names.clear()
